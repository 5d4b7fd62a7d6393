import HTTPServer
import OpenStackAPI
import Testing

@Suite("Roles")
struct RoleTests {
  @Test("are created, changed and deleted; members that Keystone does not know are kept")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let created = await cloud.send(
      .post, "/v3/roles", token: token, body: ["role": ["name": "observer", "color": "red"]])
    #expect(created.status == 201)
    #expect(created.json["role"]?["color"] == "red" && created.json["role"]?["domain_id"] == .null)
    let path = "/v3/roles/" + (created.json["role"]?["id"]?.text ?? "")
    let changed = await cloud.send(
      .patch, path, token: token, body: ["role": ["description": "sees", "size": 3, "options": ["immutable": true]]])
    #expect(changed.json["role"]?["description"] == "sees")
    #expect(changed.json["role"]?["color"] == "red" && changed.json["role"]?["size"] == 3)
    #expect(await cloud.send(.delete, path, token: token).status == 403)
    let mutable: JSON = ["role": ["options": ["immutable": nil]]]
    #expect(await cloud.send(.patch, path, token: token, body: mutable).text.contains(#""options":{}"#))
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).status == 404)
  }

  @Test("have a name that no other role of the domain has")
  func names() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let twice = await cloud.send(.post, "/v3/roles", token: token, body: ["role": ["name": "member"]])
    #expect(twice.status == 409)
    #expect(
      twice.json["error"]?["message"]
        == "Conflict occurred attempting to store role - Duplicate entry found with name member.")
    let nameless = await cloud.send(.post, "/v3/roles", token: token, body: ["role": [:]])
    #expect(
      nameless.json["error"]?["message"]
        == "Invalid input for field/attribute role. Value: {}. 'name' is a required property")
    let ofDomain: JSON = ["role": ["name": "member", "domain_id": "default"]]
    #expect(await cloud.send(.post, "/v3/roles", token: token, body: ofDomain).status == 201)
  }

  @Test("of a domain are listed with it alone, and stay in it")
  func ofDomain() async throws {
    let office = try await Office()
    let id = await office.make("role", "guide", ["domain_id": "default"])
    #expect(await office.send(.get, "/roles?domain_id=default").names("roles") == ["guide"])
    #expect(!(await office.send(.get, "/roles").names("roles").contains("guide")))
    #expect(await office.send(.head, "/roles/\(id)").status == 200)
    let moved = await office.send(.patch, "/roles/\(id)", ["role": ["domain_id": nil]])
    #expect(moved.status == 400 && moved.message == "Update of `domain_id` is not allowed.")
    let renamed = await office.send(.patch, "/roles/\(id)", ["role": ["id": "other"]])
    #expect(renamed.message == "Cannot change ID")
    let demo = await office.cloud.token("demo", project: "demo")
    let refused = await office.send(.get, "/roles/\(id)", as: demo)
    #expect(refused.message == "You are not authorized to perform the requested action: identity:get_domain_role.")
    #expect(await office.send(.get, "/roles/nope", as: demo).message == "Could not find role: nope.")
  }

  @Test("imply others, which come with them in tokens")
  func implied() async throws {
    let office = try await Office()
    let (prior, implied) = (try office.id("roles", "member"), await office.make("role", "guide"))
    let path = "/roles/\(prior)/implies/\(implied)"
    #expect(await office.send(.get, path).message == "\(prior) does not imply \(implied).")
    let created = await office.send(.put, path)
    #expect(created.status == 201)
    #expect(created["role_inference", "prior_role", "name"] == "member")
    #expect(created["role_inference", "implies", "name"] == "guide")
    #expect(created["links", "self"]?.hasSuffix(path) == true)
    #expect(await office.send(.put, path).status == 409)
    #expect(await office.send(.head, path).status == 204)
    let list = await office.send(.get, "/roles/\(prior)/implies")
    #expect(list.names("role_inference", "implies") == ["reader", "guide"])
    let all = await office.send(.get, "/role_inferences").json["role_inferences"]?.array ?? []
    #expect(all.compactMap { $0["prior_role"]?["name"]?.text } == ["member", "manager", "admin"])
    let login = await office.cloud.login("demo", project: "demo")
    #expect(login.names("token", "roles").contains("guide"))
    #expect(await office.send(.delete, path).status == 204)
    #expect(await office.send(.delete, path).status == 404)
  }

  @Test("do not imply `admin`, nor those of the cloud one of a domain")
  func prohibited() async throws {
    let office = try await Office()
    let (member, admin) = (try office.id("roles", "member"), try office.id("roles", "admin"))
    let guide = await office.make("role", "guide", ["domain_id": "default"])
    for implied in [admin, guide] {
      let refused = await office.send(.put, "/roles/\(member)/implies/\(implied)")
      #expect(refused.status == 403 && refused.message == "\(implied) cannot be an implied roles.")
    }
    #expect(await office.send(.put, "/roles/\(guide)/implies/\(member)").status == 201)
    #expect(await office.send(.put, "/roles/\(member)/implies/nope").message == "Could not find role: nope.")
    let demo = await office.cloud.token("demo", project: "demo")
    #expect(await office.send(.put, "/roles/\(member)/implies/\(member)", as: demo).status == 403)
  }
}
