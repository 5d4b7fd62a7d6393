import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Logging in")
struct LoginTests {
  @Test("a token for a project says who, where, with which roles and until when, in Keystone's order")
  func project() async throws {
    let cloud = try await TestCloud()
    let answer = await cloud.login("demo", project: "demo")
    #expect(answer.status == 201)
    #expect(answer.token.hasPrefix("gAAAAA") && answer.token.count < 255)
    #expect(answer.headers["Vary"] == "X-Auth-Token")
    #expect(
      answer.json["token"]?.object?.keys == [
        "methods", "user", "audit_ids", "expires_at", "issued_at", "project", "is_domain", "roles", "catalog",
      ])
    #expect(answer.json["token"]?["methods"] == ["password"])
    #expect(answer["token", "user", "name"] == "demo")
    #expect(answer["token", "user", "domain", "name"] == "Default")
    #expect(answer["token", "user", "password_expires_at"] == "None")
    #expect(answer["token", "project", "name"] == "demo")
    #expect(answer["token", "project", "domain", "id"] == "default")
    #expect(answer["token", "issued_at"] == "2026-11-23T12:00:00.000000Z")
    #expect(answer["token", "expires_at"] == "2026-11-23T13:00:00.000000Z")
    #expect(answer.names("token", "roles") == ["member", "reader"])
    #expect(answer["token", "audit_ids", "0"]?.count == 22)
  }

  @Test("roles bring what they imply, in the order of the chain")
  func impliedRoles() async throws {
    let answer = try await TestCloud().login("admin", project: "admin")
    #expect(answer.names("token", "roles") == ["admin", "manager", "member", "reader"])
  }

  @Test(
    "without a scope the token has neither project nor roles nor catalog",
    arguments: [nil, ["unscoped": [:]], "unscoped"] as [JSON?])
  func unscoped(_ scope: JSON?) async throws {
    let answer = try await TestCloud().login("demo", scope: scope)
    #expect(answer.status == 201)
    #expect(
      answer.json["token"]?.object?.keys == ["methods", "user", "audit_ids", "expires_at", "issued_at"])
  }

  @Test("without a scope a default project is taken, if the user has a role there")
  func defaultProject() async throws {
    let cloud = try await TestCloud()
    try await cloud.execute(
      "UPDATE users SET default_project_id = (SELECT id FROM projects WHERE name = 'demo') WHERE name = 'demo'")
    #expect(await cloud.login("demo")["token", "project", "name"] == "demo")
    #expect(await cloud.login("demo", scope: "unscoped").json["token"]?["project"] == nil)
    try await cloud.execute("UPDATE projects SET enabled = 0 WHERE name = 'demo'")
    #expect(await cloud.login("demo").json["token"]?["project"] == nil)
    try await cloud.execute("UPDATE projects SET enabled = 1 WHERE name = 'demo'")
    try await cloud.execute("DELETE FROM role_assignments")
    let answer = await cloud.login("demo")
    #expect(answer.status == 201)
    #expect(answer.json["token"]?["project"] == nil)
  }

  @Test("a token for a domain", arguments: [["id": "default"], ["name": "Default"]] as [JSON])
  func domain(_ domain: JSON) async throws {
    let answer = try await TestCloud().login("admin", scope: ["domain": domain])
    #expect(answer.status == 201)
    #expect(answer["token", "domain", "name"] == "Default")
    #expect(answer.names("token", "roles") == ["admin", "manager", "member", "reader"])
    #expect(answer.json["token"]?["project"] == nil)
  }

  @Test("a token for the system")
  func system() async throws {
    let answer = try await TestCloud().login("admin", scope: ["system": ["all": true]])
    #expect(answer.status == 201)
    #expect(answer["token", "system", "all"] == "True")
    #expect(answer.names("token", "roles").first == "admin")
  }

  @Test("a user by id needs no domain, nor does a project")
  func byID() async throws {
    let cloud = try await TestCloud()
    let user = try cloud.value("SELECT id FROM users WHERE name = 'demo'")
    let project = try cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    let answer = await cloud.authenticate([
      "identity": TestCloud.password(["id": .string(user)], "secret"), "scope": ["project": ["id": .string(project)]],
    ])
    #expect(answer.status == 201)
    #expect(answer["token", "project", "id"] == project)
  }

  @Test("roles through a group, and inherited ones from a domain and from a project above")
  func indirectRoles() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "projects": [
          ["name": "admin"], ["name": "above"], ["name": "middle", "parent": "above"],
          ["name": "below", "parent": "middle"],
        ],
        "users": [["name": "ada", "password": "secret"]],
      ]
    ])
    #expect(await cloud.login("ada", project: "below").status == 401)
    try await cloud.execute("INSERT INTO user_groups (id, name, domain_id) VALUES ('g', 'group', 'default')")
    try await cloud.execute("INSERT INTO memberships SELECT id, 'g' FROM users")
    try await cloud.execute(
      """
      INSERT INTO role_assignments (group_id, role_id, scope, target_id, inherited)
      SELECT 'g', roles.id, 'project', projects.id, 1 FROM roles, projects
      WHERE roles.name = 'member' AND projects.name = 'above'
      """)
    #expect(await cloud.login("ada", project: "below").names("token", "roles") == ["member", "reader"])
    #expect(await cloud.login("ada", project: "above").status == 401)
    let list = await cloud.send(.get, "/v3/auth/projects", token: cloud.token("ada"))
    #expect(list.names("projects") == ["middle", "below"])
    try await cloud.execute("UPDATE role_assignments SET scope = 'domain', target_id = 'default'")
    let all = await cloud.send(.get, "/v3/auth/projects", token: cloud.token("ada"))
    #expect(all.names("projects") == ["admin", "above", "middle", "below"])
    #expect(await cloud.login("ada", scope: ["domain": ["id": "default"]]).status == 401)
  }

  @Test("rescoping keeps the end, adds the method and remembers the first token")
  func rescoping() async throws {
    let cloud = try await TestCloud()
    let first = await cloud.login("demo")
    cloud.world.clock.advance(by: .seconds(600))
    let demo: JSON = ["project": ["name": "demo", "domain": ["id": "default"]]]
    let second = await cloud.authenticate(["identity": TestCloud.token(first.token), "scope": demo])
    #expect(second.status == 201)
    #expect(second.json["token"]?["methods"] == ["password", "token"])
    #expect(second["token", "expires_at"] == first["token", "expires_at"])
    #expect(second["token", "issued_at"] == "2026-11-23T12:10:00.000000Z")
    #expect(second.json["token"]?["audit_ids"]?.array?.count == 2)
    #expect(second["token", "audit_ids", "1"] == first["token", "audit_ids", "0"])
    let third = await cloud.authenticate(["identity": TestCloud.token(second.token)])
    #expect(third["token", "audit_ids", "1"] == first["token", "audit_ids", "0"])
  }

  @Test("a token for the system can't become one for a project")
  func leavingTheSystem() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", scope: ["system": ["all": true]])
    let answer = await cloud.authenticate([
      "identity": TestCloud.token(token), "scope": ["domain": ["id": "default"]],
    ])
    #expect(answer.status == 403)
  }

  @Test("the thousandth login is remembered, a changed password is not")
  func remembered() async throws {
    let cloud = try await TestCloud()
    #expect(await cloud.login("demo").status == 201)
    let start = ContinuousClock.now
    for _ in 0..<100 { #expect(await cloud.login("demo").status == 201) }
    #expect(ContinuousClock.now - start < .milliseconds(1000))
    #expect(await cloud.login("demo", password: "Secret").status == 401)
    let hash = try Password(hashing: "other", salt: cloud.world.identifiers.bytes(16)).stored
    try await cloud.execute("UPDATE passwords SET hash = ?", hash)
    #expect(await cloud.login("demo").status == 401)
    #expect(await cloud.login("demo", password: "other").status == 201)
  }
}
