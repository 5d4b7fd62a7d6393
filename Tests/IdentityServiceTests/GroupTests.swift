import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Groups")
struct GroupTests {
  @Test("are created, changed and deleted")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let created = await cloud.send(.post, "/v3/groups", token: admin, body: ["group": ["name": "class", "room": 7]])
    #expect(created.status == 201)
    #expect(created.json["group"]?["description"] == "" && created.json["group"]?["room"] == 7)
    let id = created["group", "id"] ?? ""
    #expect(created["group", "links", "self"] == "http://cloud.example:5000/identity/v3/groups/" + id)
    let twice = await cloud.send(.post, "/v3/groups", token: admin, body: ["group": ["name": "class"]])
    #expect(twice.status == 409)
    let change: JSON = ["group": ["description": "of 2026", "domain_id": "default"]]
    let changed = await cloud.send(.patch, "/v3/groups/\(id)", token: admin, body: change)
    #expect(changed["group", "description"] == "of 2026" && changed.json["group"]?["room"] == 7)
    let moved: JSON = ["group": ["domain_id": "other"]]
    #expect(
      await cloud.send(.patch, "/v3/groups/\(id)", token: admin, body: moved).message == "Cannot change Domain ID")
    #expect(await cloud.send(.get, "/v3/groups?name=class", token: admin).names("groups") == ["class"])
    #expect(await cloud.send(.get, "/v3/groups?name=other", token: admin).names("groups").isEmpty)
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.get, "/v3/groups/\(id)", token: demo).status == 403)
    #expect(await cloud.send(.delete, "/v3/groups/\(id)", token: admin).status == 204)
    #expect(await cloud.send(.get, "/v3/groups/\(id)", token: admin).message == "Could not find group: \(id).")
  }

  @Test("give their members what they hold, until they leave")
  func membership() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let group = await cloud.send(.post, "/v3/groups", token: admin, body: ["group": ["name": "staff"]])
    let id = group["group", "id"] ?? ""
    let demo = try cloud.value("SELECT id FROM users WHERE name = 'demo'")
    try await cloud.execute(
      """
      INSERT INTO role_assignments (group_id, role_id, scope, target_id)
      SELECT ?, roles.id, 'project', projects.id FROM roles, projects
      WHERE roles.name = 'reader' AND projects.name = 'admin'
      """, id)
    let path = "/v3/groups/\(id)/users/\(demo)"
    #expect(await cloud.login("demo", project: "admin").status == 401)
    #expect(await cloud.send(.head, path, token: admin).status == 404)
    #expect(
      await cloud.send(.delete, path, token: admin).message == "User '\(demo)' not found in group '\(id)'")
    for _ in 1...2 { #expect(await cloud.send(.put, path, token: admin).status == 204) }
    #expect(await cloud.send(.head, path, token: admin).status == 204)
    let token = await cloud.token("demo", project: "admin")
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).names("projects").contains("admin"))
    let groups = await cloud.send(.get, "/v3/users/\(demo)/groups", token: token)
    #expect(groups.names("groups") == ["staff"] && groups.text.contains(#""membership_expires_at":null"#))
    #expect(await cloud.send(.get, "/v3/groups/\(id)/users", token: admin).names("users") == ["demo"])
    #expect(await cloud.send(.get, "/v3/groups/\(id)/users?name=x", token: admin).names("users").isEmpty)
    #expect(await cloud.send(.delete, path, token: admin).status == 204)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 401)
    #expect(await cloud.login("demo", project: "admin").status == 401)
    #expect(await cloud.send(.put, "/v3/groups/\(id)/users/nobody", token: admin).status == 404)
    #expect(await cloud.send(.put, "/v3/groups/nothing/users/\(demo)", token: admin).status == 404)
  }

  @Test("show who is in them to nobody who is only in them too")
  func privacy() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let group = await cloud.send(.post, "/v3/groups", token: admin, body: ["group": ["name": "staff"]])
    let demo = await cloud.token("demo", project: "demo")
    let id = group["group", "id"] ?? ""
    for path in ["/v3/groups", "/v3/groups/\(id)/users", "/v3/users/someone/groups"] {
      #expect(await cloud.send(.get, path, token: demo).status == 403, "\(path)")
    }
  }
}
