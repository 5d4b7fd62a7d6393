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
