import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Users")
struct UserTests {
  @Test("are created, changed and deleted; members that Keystone does not know are kept")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let created = await cloud.send(
      .post, "/v3/users", token: admin,
      body: [
        "user": [
          "name": " ada ", "password": "first", "e-mail": "ada@example.org", "description": "A student",
          "enabled": "no",
          "default_project_id": "nowhere", "options": ["ignore_password_expiry": true],
        ]
      ])
    #expect(created.status == 201)
    let user = try #require(created.json["user"]?.object)
    #expect(user["name"] == "ada" && user["enabled"] == false && user["domain_id"] == "default")
    #expect(user["e_mail"] == "ada@example.org" && user["description"] == "A student" && user["password"] == nil)
    #expect(user["options"] == ["ignore_password_expiry": true] && user["password_expires_at"] == .null)
    let path = "/v3/users/" + (user["id"]?.text ?? "")
    #expect(await cloud.login("ada", password: "first").status == 401)
    let change: JSON = [
      "user": ["enabled": true, "e_mail": nil, "age": 12, "options": ["ignore_password_expiry": nil]]
    ]
    let changed = await cloud.send(.patch, path, token: admin, body: change)
    #expect(changed.status == 200 && changed.json["user"]?["options"] == [:])
    #expect(changed.json["user"]?["extra"]?["age"] == 12 && changed.json["user"]?["description"] == "A student")
    #expect(await cloud.login("ada", password: "first").status == 201)
    #expect(await cloud.send(.delete, path, token: admin).status == 204)
    #expect(await cloud.send(.get, path, token: admin).message?.hasPrefix("Could not find user: ") == true)
    #expect(await cloud.login("ada", password: "first").status == 401)
  }

  @Test("lose their tokens when they are disabled and when someone sets their password")
  func tokens() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let path = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'demo'"))
    for change: JSON in [["enabled": false], ["enabled": true], ["password": "other"]] {
      let token = await cloud.login("demo", password: "secret", project: "demo").token
      let before = await cloud.send(.get, "/v3/auth/projects", token: token).status
      let answer = await cloud.send(.patch, path, token: admin, body: ["user": change])
      #expect(answer.status == 200)
      let after = await cloud.send(.get, "/v3/auth/projects", token: token).status
      #expect(after == 401)
      #expect(before == (change["enabled"] == true ? 401 : 200))
    }
    #expect(await cloud.login("demo", password: "other").status == 201)
    let harmless: JSON = ["user": ["email": "demo@example.org"]]
    let token = await cloud.login("demo", password: "other").token
    #expect(await cloud.send(.patch, path, token: admin, body: harmless).status == 200)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 200)
    #expect(await cloud.send(.delete, path + "/tokens", token: admin).status == 204)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 401)
  }

  @Test("change their password with the old one and without a token")
  func password() async throws {
    let cloud = try await TestCloud()
    let path = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'demo'")) + "/password"
    let token = await cloud.token("demo", project: "demo")
    func change(_ user: JSON) async -> Answer { await cloud.send(.post, path, body: ["user": user]) }
    #expect(await change(["original_password": "wrong", "password": "new"]).status == 401)
    #expect(await change(["password": "new"]).message == "'original_password' is a required property")
    #expect(
      await change(["original_password": "secret", "password": 5]).message
        == "Invalid input for field 'password': 5 is not of type 'string'")
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 200)
    #expect(await change(["original_password": "secret", "password": "new"]).status == 204)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 401)
    #expect(await cloud.login("demo").status == 401)
    #expect(await cloud.login("demo", password: "new").status == 201)
    #expect(await cloud.send(.get, path).status == 405)
    let nobody: JSON = ["user": ["original_password": "a", "password": "b"]]
    #expect(await cloud.send(.post, "/v3/users/nobody/password", body: nobody).status == 401)
    try await cloud.execute(#"UPDATE users SET options = '{"lock_password":true}'"#)
    #expect(
      await change(["original_password": "new", "password": "third"]).message?.hasPrefix(
        "You cannot change your password at this time due to password policy disallowing") == true)
  }

  @Test("are refused in Keystone's words")
  func refusals() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let attempts: [(JSON, Int, String)] = [
      (["name": "demo"], 409, "Duplicate entry found with name demo at domain ID default."),
      (["name": "x", "domain_id": "nope"], 404, "Could not find domain: nope."),
      ([:], 400, "'name' is a required property"), (["name": "  "], 400, #"'  ' does not match '[\\S]+'"#),
      (["name": "x", "enabled": "maybe"], 400, "'maybe' is not one of [True, 'True'"),
      (["name": "x", "password": 1], 400, "1 is not of type 'string', 'null'"),
      (["name": "x", "default_project_id": "default"], 400, "default project ID cannot be a domain ID: default"),
      (["name": "x", "options": ["immutable": true]], 400, "Additional properties are not allowed ('immutable'"),
      (["name": "x", "options": ["multi_factor_auth_rules": [[]]]], 400, "[] should be non-empty"),
      (
        ["name": "x", "federated": [["idp_id": "git", "protocols": [["protocol_id": "a", "unique_id": "b"]]]]], 400,
        "Could not find Identity Provider: git"
      ),
    ]
    for (user, status, message) in attempts {
      let answer = await cloud.send(.post, "/v3/users", token: admin, body: ["user": user])
      #expect(answer.status == status && answer.message?.contains(message) == true, "\(answer.text)")
    }
    let path = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'demo'"))
    let moves: [(JSON, String)] = [
      (["id": "other"], "Cannot change ID"), (["domain_id": "other"], "Cannot change Domain ID"),
      ([:], "Invalid input for field/attribute user. Value: {}. {} should be non-empty"),
    ]
    for (change, message) in moves {
      #expect(await cloud.send(.patch, path, token: admin, body: ["user": change]).message == message)
    }
    let demo = await cloud.token("demo", project: "demo")
    let answer = await cloud.send(.patch, path, token: demo, body: ["user": ["email": "me"]])
    #expect(answer.message == "You are not authorized to perform the requested action: identity:update_user.")
  }

  @Test("are managed by the managers of their domain, and by no other's")
  func managers() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "domains": [["id": "default", "name": "Default"], ["id": "school", "name": "School"]],
        "roles": [["name": "admin"], ["name": "manager"], ["name": "reader"]],
        "projects": [["name": "admin"]],
        "users": [
          ["name": "admin", "password": "secret", "roles": ["admin": ["admin"]]],
          ["name": "head", "password": "secret", "domain_roles": ["school": ["manager", "reader"]]],
        ],
      ]
    ])
    let head = await cloud.token("head", scope: ["domain": ["id": "school"]])
    let unnamed: JSON = ["user": ["name": "bob"]]
    let foreign: JSON = ["user": ["name": "bob", "domain_id": "default"]]
    let own: JSON = ["user": ["name": "bob", "domain_id": "school"]]
    #expect(await cloud.send(.post, "/v3/users", token: head, body: unnamed).status == 403)
    #expect(await cloud.send(.post, "/v3/users", token: head, body: foreign).status == 403)
    let bob = await cloud.send(.post, "/v3/users", token: head, body: own)
    #expect(bob.status == 201)
    #expect(await cloud.send(.get, "/v3/users", token: head).names("users") == ["bob"])
    #expect(await cloud.send(.delete, "/v3/users/" + (bob["user", "id"] ?? ""), token: head).status == 204)
    let admin = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'admin'"))
    #expect(await cloud.send(.delete, admin, token: head).status == 403)
    #expect(await cloud.send(.delete, "/v3/users/nobody", token: head).status == 403)
  }

  @Test("are found by the end of their password")
  func passwordEnd() async throws {
    let cloud = try await TestCloud(["identity": ["security_compliance": ["password_expires_days": 10]]])
    let admin = await cloud.token("admin", project: "admin")
    let body: JSON = ["user": ["name": "ada", "password": "first"]]
    let ada = await cloud.send(.post, "/v3/users", token: admin, body: body)
    #expect(ada["user", "password_expires_at"] == (TestCloud.noon + .days(10)).text(.microseconds))
    let day = (TestCloud.noon + .days(11)).text(.seconds)
    func found(_ filter: String) async -> Answer {
      await cloud.send(.get, "/v3/users?password_expires_at=" + filter, token: admin)
    }
    #expect(await found("lt:\(day)").names("users") == ["ada"])
    #expect(await found("gte:\(day)").names("users").isEmpty)
    #expect(await found("xx:\(day)").message?.hasPrefix("The given operator xx is not valid.") == true)
    #expect(
      await cloud.send(.get, "/v3/users?password_expires_at=lt:\(day)&name=bob", token: admin).names("users").isEmpty)
    #expect(
      await cloud.send(.get, "/v3/users?enabled=perhaps", token: admin).message?.hasPrefix(
        "Invalid input for field/attribute enabled. Value: perhaps. 'perhaps' is not one of [True, ") == true)
    #expect(await found("lt:soon").message?.hasPrefix("Timestamp not in expected format.") == true)
  }
}
