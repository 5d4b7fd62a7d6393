import CloudTesting
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Catalog")
struct CatalogTests {
  @Test("every service has three endpoints at the address that the client used")
  func project() async throws {
    let cloud = try await TestCloud()
    let login = await cloud.login("demo", project: "demo")
    #expect(login.names("token", "catalog") == ["keystone", "nova", "cinderv3"])
    #expect(login.names("token", "catalog", of: "type") == ["identity", "compute", "volumev3"])
    let compute = try #require(login.json["token"]?["catalog"]?.array?[1])
    #expect(compute.object?.keys == ["endpoints", "id", "type", "name"])
    let endpoints = try #require(compute["endpoints"]?.array)
    #expect(endpoints.map { $0["interface"] } == ["public", "internal", "admin"])
    #expect(Set(endpoints.compactMap { $0["id"]?.text }).count == 3)
    #expect(endpoints[0]["url"] == "http://cloud.example:5000/compute/v2.1")
    #expect(endpoints[0]["region"] == "RegionOne" && endpoints[0]["region_id"] == "RegionOne")
    let project = try #require(login["token", "project", "id"])
    let volume = login["token", "catalog", "2", "endpoints", "0", "url"]
    #expect(volume == "http://cloud.example:5000/volume/v3/\(project)")
  }

  @Test(
    "has the addresses that DevStack registered for a release",
    arguments: [
      (.mitaka, "identity/v2.0", "compute/v2.1/$(tenant_id)s"), (.newton, "identity", "compute/v2.1"),
      (.ocata, "identity", "compute/v2.1"), (.latest, "identity", "compute/v2.1"),
    ] as [(Release, String, String)])
  func releases(_ release: Release, _ identity: String, _ compute: String) async throws {
    let cloud = try await TestCloud(release: release)
    let login = await cloud.login("demo", project: "demo")
    let project = login["token", "project", "id"] ?? ""
    let urls = [identity, compute].map { "http://cloud.example:5000/" + $0.replacing("$(tenant_id)s", with: project) }
    #expect((0...1).map { login["token", "catalog", "\($0)", "endpoints", "0", "url"] } == urls)
  }

  @Test("without the API before v3 names v3 to those of Mitaka")
  func withoutV2() async throws {
    let cloud = try await TestCloud(["identity": ["v2": false]], release: .mitaka)
    let login = await cloud.login("demo", project: "demo")
    #expect(login["token", "catalog", "0", "endpoints", "0", "url"] == "http://cloud.example:5000/identity/v3")
  }

  @Test("follows the release when the cloud is started as another, but for what an administrator wrote")
  func anotherRelease() async throws {
    let scratch = try ScratchDirectory()
    let file = scratch.path + "/cloud.sqlite"
    let old = try await TestCloud(release: .mitaka, file: file)
    try await old.execute(
      "UPDATE endpoints SET url = 'http://elsewhere/v2.0' WHERE interface = 'admin' AND url = '/identity/v2.0'")
    await old.world.close()
    for (release, url) in [(Release.latest, "/identity"), (.mitaka, "/identity/v2.0")] {
      let cloud = try await TestCloud(release: release, file: file, isNew: false)
      let urls = try cloud.world.read { try $0.query("SELECT url FROM endpoints ORDER BY number", as: String.self) }
      #expect(Array(urls.prefix(3)) == [url, url, "http://elsewhere/v2.0"])
      await cloud.world.close()
    }
  }

  @Test("what needs a project is left out for a domain and for the system; its service stays, as in Keystone")
  func withoutProject() async throws {
    let cloud = try await TestCloud()
    for scope in [["domain": ["id": "default"]], ["system": ["all": true]]] as [JSON] {
      let catalog = try #require(await cloud.login("admin", scope: scope).json["token"]?["catalog"]?.array)
      #expect(catalog.map { $0["endpoints"]?.array?.count } == [3, 3, 0])
    }
  }

  @Test("nocatalog drops it, with any value")
  func nocatalog() async throws {
    let cloud = try await TestCloud()
    let identity = TestCloud.password(["name": "demo", "domain": ["id": "default"]], "secret")
    let auth: JSON = ["identity": identity, "scope": ["project": ["name": "demo", "domain": ["id": "default"]]]]
    let login = await cloud.authenticate(auth, query: "?nocatalog")
    #expect(login.status == 201)
    #expect(login.json["token"]?["catalog"] == nil)
    let shown = await cloud.send(.get, "/v3/auth/tokens?nocatalog=0", token: login.token, subject: login.token)
    #expect(shown.json["token"]?["catalog"] == nil)
  }

  @Test("ids stay the same and differ between worlds")
  func ids() async throws {
    var ids: [String] = []
    for name in ["one", "one", "other"] {
      let login = try await TestCloud(name: name).login("demo", project: "demo")
      ids.append(try #require(login["token", "catalog", "1", "endpoints", "0", "id"]))
    }
    #expect(ids[0] == ids[1])
    #expect(ids[0] != ids[2])
    #expect(ids[0].count == 32)
  }

  @Test("GET /v3/auth/catalog lists what the token does")
  func auth() async throws {
    let cloud = try await TestCloud()
    let login = await cloud.login("demo", project: "demo")
    let answer = await cloud.send(.get, "/v3/auth/catalog", token: login.token)
    #expect(answer.status == 200)
    #expect(answer.json["catalog"] == login.json["token"]?["catalog"])
    #expect(answer["links", "self"] == "http://cloud.example:5000/identity/v3/auth/catalog")
    let refused = await cloud.send(.get, "/v3/auth/catalog", token: cloud.token("demo"))
    #expect(refused.status == 403)
    #expect(refused.message == "You are not authorized to perform the requested action.")
  }
}
