import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Regions, services and endpoints")
struct CatalogAdminTests {
  /// A cloud, its administrator's token, and one more service.
  private struct Setting {
    let cloud: TestCloud
    let token: String
    let service: String

    init() async throws {
      cloud = try await TestCloud()
      token = await cloud.token("admin", project: "admin")
      let body: JSON = ["service": ["type": "dns", "name": "designate", "description": "names"]]
      let created = await cloud.send(.post, "/v3/services", token: token, body: body)
      #expect(created.status == 201 && created["service", "enabled"] == "True")
      service = created["service", "id"] ?? ""
    }

    func endpoint(_ url: String, _ more: [String: JSON] = [:]) async -> Answer {
      var members = JSONObject(more.map { (key: $0.key, value: $0.value) })
      members["service_id"] = .string(service)
      members["interface"] = members["interface"] ?? "public"
      members["url"] = .string(url)
      return await cloud.send(.post, "/v3/endpoints", token: token, body: ["endpoint": .object(members)])
    }

    /// What a new token of a user lists for the service.
    func listed(_ user: String = "demo", project: String = "demo") async -> [String] {
      let login = await cloud.login(user, project: project)
      let services = login.json["token"]?["catalog"]?.array ?? []
      return services.filter { $0["id"]?.text == service }.flatMap { $0["endpoints"]?.array ?? [] }
        .compactMap { $0["url"]?.text }
    }
  }

  @Test("regions lie in one another, and not in themselves")
  func regions() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let north = await cloud.send(.put, "/v3/regions/north", token: token, body: ["region": ["description": nil]])
    #expect(north.status == 201 && north["region", "description"] == "")
    let twice = await cloud.send(.post, "/v3/regions", token: token, body: ["region": ["id": "north"]])
    #expect(twice.status == 409)
    #expect(twice.message == "Conflict occurred attempting to store region - Duplicate ID, north..")
    let other = await cloud.send(.put, "/v3/regions/a", token: token, body: ["region": ["id": "b"]])
    #expect(other.message == #"Conflicting region IDs specified: "a" != "b""#)
    let inner: JSON = ["region": ["id": "inner", "parent_region_id": "north"]]
    #expect(await cloud.send(.post, "/v3/regions", token: token, body: inner).status == 201)
    let lost: JSON = ["region": ["parent_region_id": "south"]]
    #expect(await cloud.send(.post, "/v3/regions", token: token, body: lost).message == "Could not find region: south.")
    let circle = await cloud.send(
      .patch, "/v3/regions/north", token: token, body: ["region": ["parent_region_id": "inner"]])
    #expect(circle.status == 400)
    #expect(circle.message == "The specified parent region north would create a circular region hierarchy.")
    let reader = await cloud.token("demo", project: "demo")
    let inside = await cloud.send(.get, "/v3/regions?parent_region_id=north", token: reader)
    #expect(inside.names("regions", of: "id") == ["inner"])
    #expect(await cloud.send(.delete, "/v3/regions/north", token: reader).status == 403)
    #expect(await cloud.send(.delete, "/v3/regions/north", token: token).status == 204)
    #expect(await cloud.send(.get, "/v3/regions/inner", token: token).status == 404)
    let used = await cloud.send(.delete, "/v3/regions/RegionOne", token: token)
    #expect(used.status == 403)
    #expect(
      used.message
        == "Unable to delete region RegionOne because it or its child regions have associated endpoints.")
  }

  @Test("what is added, disabled and deleted shows in the next token")
  func nextToken() async throws {
    let setting = try await Setting()
    let (cloud, token) = (setting.cloud, setting.token)
    #expect(await setting.listed() == [])
    let created = await setting.endpoint("https://dns.example:9001/v2/$(project_id)s/%(user_id)s")
    #expect(created.status == 201)
    let login = await cloud.login("demo", project: "demo")
    let ids = [login["token", "project", "id"], login["token", "user", "id"]].compactMap { $0 }
    #expect(await setting.listed() == ["https://dns.example:9001/v2/\(ids.joined(separator: "/"))"])
    let path = "/v3/endpoints/" + (created["endpoint", "id"] ?? "")
    _ = await cloud.send(.patch, path, token: token, body: ["endpoint": ["url": "https://dns.example"]])
    #expect(await setting.listed() == ["https://dns.example"])
    _ = await cloud.send(.patch, path, token: token, body: ["endpoint": ["enabled": false]])
    #expect(await setting.listed() == [])
    _ = await cloud.send(.patch, path, token: token, body: ["endpoint": ["enabled": true]])
    #expect(await setting.listed().count == 1)
    #expect(await cloud.send(.delete, "/v3/services/\(setting.service)", token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).status == 404)
    #expect(await cloud.login("demo", project: "demo").names("token", "catalog").contains("designate") == false)
  }

  @Test("the cloud's own endpoints follow the client's address until they are given another, and stay deleted")
  func ownServices() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let services = await cloud.send(.get, "/v3/services?type=volumev3", token: token)
    let volume = services["services", "0", "id"] ?? ""
    let list = await cloud.send(.get, "/v3/endpoints?service_id=\(volume)&interface=public", token: token)
    #expect(list["endpoints", "0", "url"] == "http://cloud.example:5000/volume/v3/$(project_id)s")
    let path = "/v3/endpoints/" + (list["endpoints", "0", "id"] ?? "")
    let changed = await cloud.send(
      .patch, path, token: token, body: ["endpoint": ["url": "https://volume.example/$(project_id)s"]])
    #expect(changed["endpoint", "url"] == "https://volume.example/$(project_id)s")
    #expect(await cloud.send(.delete, "/v3/services/\(volume)", token: token).status == 204)
    try await cloud.service.recover(cloud.world)
    #expect(await cloud.send(.get, "/v3/services", token: token).names("services") == ["keystone", "nova"])
  }

  @Test("a world from before there were such rows gets them when it is opened, with the ids that it had")
  func olderWorld() async throws {
    let cloud = try await TestCloud()
    let before = await cloud.login("demo", project: "demo").json["token"]?["catalog"]
    for table in ["services", "regions", "seeded_services"] { try await cloud.execute("DELETE FROM \(table)") }
    #expect(await cloud.login("demo", project: "demo").names("token", "catalog") == [])
    try await cloud.service.recover(cloud.world)
    #expect(await cloud.login("demo", project: "demo").json["token"]?["catalog"] == before)
    let token = await cloud.token("admin", project: "admin")
    let id = before?.array?[1]["endpoints"]?.array?[0]["id"]?.text ?? ""
    let changed = await cloud.send(
      .patch, "/v3/endpoints/\(id)", token: token, body: ["endpoint": ["url": "http://x/$(nobody)s"]])
    #expect(changed.status == 200)
    let compute = await cloud.login("demo", project: "demo").json["token"]?["catalog"]?.array?[1]
    #expect(compute?["endpoints"]?.array?.count == 2, "one whose template is malformed is left out")
  }

  @Test("a bad endpoint is refused with a word on what is wrong")
  func badEndpoints() async throws {
    let setting = try await Setting()
    for url in ["http://x/$(nobody)s", "http://x/$(project_id)", "http://x/%(project_id)d", "http://x/%"] {
      let refused = await setting.endpoint(url)
      #expect(refused.status == 400)
      #expect(refused.message == "Cannot create an endpoint with an invalid URL: \(url).")
    }
    let path = await setting.endpoint("/path")
    #expect(
      path.message
        == "Invalid input for field/attribute url. Value: /path. '/path' does not match '^[a-zA-Z0-9+.-]+:.+'")
    let word = await setting.endpoint("http://x", ["enabled": "False"])
    #expect(
      word.message == "Invalid input for field/attribute enabled. Value: False. 'False' is not of type 'boolean'")
    let place = await setting.endpoint("http://x", ["region_id": "nowhere"])
    #expect(place.message?.hasPrefix("Expecting to find endpoint region_id in region table. ") == true)
    let list = await setting.cloud.send(.get, "/v3/endpoints?interface=private", token: setting.token)
    #expect(list.status == 400)
    #expect(
      list.message
        == "Invalid input for field/attribute interface. Value: private. 'private' is not one of "
        + "['admin', 'internal', 'public']")
  }

  @Test("the older member region makes the region")
  func legacyRegion() async throws {
    let setting = try await Setting()
    let created = await setting.endpoint("http://x", ["region": "attic", "name": "spare"])
    #expect(created["endpoint", "region_id"] == "attic" && created["endpoint", "region"] == "attic")
    #expect(created["endpoint", "name"] == "spare")
    #expect(await setting.cloud.send(.get, "/v3/regions/attic", token: setting.token).status == 200)
  }

  @Test("a project that was given endpoints lists those alone")
  func filter() async throws {
    let setting = try await Setting()
    let (cloud, token) = (setting.cloud, setting.token)
    let first = await setting.endpoint("http://one")["endpoint", "id"] ?? ""
    _ = await setting.endpoint("http://two", ["interface": "internal"])
    let project = await cloud.login("demo", project: "demo")["token", "project", "id"] ?? ""
    let filter = "/v3/OS-EP-FILTER/projects/\(project)/endpoints"
    #expect(await cloud.send(.put, "\(filter)/\(first)", token: token).status == 204)
    #expect(await cloud.send(.head, "\(filter)/\(first)", token: token).status == 204)
    let twice = await cloud.send(.put, "\(filter)/\(first)", token: token)
    #expect(twice.message == "Conflict occurred attempting to store project_endpoint - Duplicate entry.")
    #expect(await cloud.login("demo", project: "demo").names("token", "catalog") == ["designate"])
    #expect(await setting.listed() == ["http://one"])
    #expect(await setting.listed("admin", project: "admin").count == 2)
    let projects = await cloud.send(.get, "/v3/OS-EP-FILTER/endpoints/\(first)/projects", token: token)
    #expect(projects.names("projects") == ["demo"])
    #expect(await cloud.send(.delete, "\(filter)/\(first)", token: token).status == 204)
    let gone = await cloud.send(.delete, "\(filter)/\(first)", token: token)
    #expect(gone.message == "Endpoint \(first) not found in project \(project)")
    #expect(await setting.listed().count == 2)
  }

  @Test("endpoint groups give projects what fits their filters")
  func groups() async throws {
    let setting = try await Setting()
    let (cloud, token) = (setting.cloud, setting.token)
    _ = await setting.endpoint("http://one")
    _ = await setting.endpoint("http://two", ["interface": "internal"])
    let path = "/v3/OS-EP-FILTER/endpoint_groups"
    let filters: JSON = ["service_id": .string(setting.service), "interface": "internal"]
    let created = await cloud.send(
      .post, path, token: token, body: ["endpoint_group": ["name": "g", "filters": filters]])
    #expect(created.status == 201 && created.json["endpoint_group"]?["filters"] == filters)
    let group = "\(path)/\(created["endpoint_group", "id"] ?? "")"
    #expect(created["endpoint_group", "links", "self"] == "http://cloud.example:5000/identity" + group)
    let project = await cloud.login("demo", project: "demo")["token", "project", "id"] ?? ""
    #expect(await cloud.send(.put, "\(group)/projects/\(project)", token: token).status == 204)
    #expect(await setting.listed() == ["http://two"])
    #expect(await cloud.send(.get, "\(group)/endpoints", token: token).names("endpoints", of: "url") == ["http://two"])
    let shown = await cloud.send(.get, "\(group)/projects/\(project)", token: token)
    #expect(shown["project_endpoint_group", "project_id"] == project)
    let given = await cloud.send(.get, "/v3/OS-EP-FILTER/projects/\(project)/endpoint_groups", token: token)
    #expect(given.names("endpoint_groups") == ["g"])
    #expect(await cloud.send(.delete, group, token: token).status == 204)
    #expect(await cloud.send(.get, group, token: token).message?.hasPrefix("Could not find Endpoint Group: ") == true)
    #expect(await setting.listed().count == 2)
    for (filters, message) in [
      ([:], "filters field is required and cannot be empty"),
      (["url": "x"], "Expecting to find service_id or region_id or interface in endpoint_group."),
    ] as [(JSON, String)] {
      let refused = await cloud.send(
        .post, path, token: token, body: ["endpoint_group": ["name": "g", "filters": filters]])
      #expect(refused.status == 400 && refused.message?.hasPrefix(message) == true)
    }
  }
}
