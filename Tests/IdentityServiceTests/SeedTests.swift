import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Configuration and seed")
struct SeedTests {
  @Test("a new cloud has Keystone's roles, and users for the admin and the student")
  func defaults() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    #expect(
      await cloud.send(.get, "/v3/roles", token: token).names("roles") == [
        "reader", "member", "manager", "admin", "service",
      ])
    #expect(await cloud.send(.get, "/v3/users", token: token).names("users") == ["admin", "demo"])
    #expect(await cloud.login("admin", scope: ["domain": ["id": "default"]]).status == 201)
    #expect(await cloud.login("admin", scope: ["system": ["all": true]]).status == 201)
  }

  @Test("a seed with domains, a hierarchy, own ids and tags")
  func seed() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "domains": [["id": "default", "name": "Default"], ["name": "school", "description": "Classes"]],
        "roles": [["name": "admin", "implies": ["member"]], ["name": "member"], ["name": "heat_stack_owner"]],
        "projects": [
          ["name": "class", "domain": "school", "id": "class1"],
          ["name": "group", "domain": "school", "parent": "class", "tags": ["a", "b"]],
        ],
        "users": [
          [
            "name": "teacher", "domain": "school", "password": "chalk", "default_project": "class",
            "roles": ["class": ["admin"], "group": ["member", "heat_stack_owner"]],
            "domain_roles": ["school": ["admin"]],
          ],
          ["name": "ghost", "domain": "school"],
        ],
      ]
    ])
    let identity = TestCloud.password(["name": "teacher", "domain": ["name": "school"]], "chalk")
    let login = await cloud.authenticate(["identity": identity])
    #expect(login["token", "project", "id"] == "class1")
    #expect(login.names("token", "roles") == ["admin", "member"])
    let projects = await cloud.send(.get, "/v3/auth/projects", token: login.token)
    #expect(projects.names("projects") == ["class", "group"])
    #expect(projects["projects", "1", "parent_id"] == "class1")
    #expect(projects.json["projects"]?.array?[1]["tags"] == ["a", "b"])
    let ghost = TestCloud.password(["name": "ghost", "domain": ["name": "school"]], "")
    #expect(await cloud.authenticate(["identity": ghost]).status == 401)
  }

  @Test("a seed adds to the default cloud, and changes what it names")
  func added() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "domains": [["name": "school"]], "roles": [["name": "teacher", "implies": ["member"]]],
        "projects": [
          ["name": "class"], ["name": "demo", "description": "Changed"], ["name": "demo", "domain": "school"],
        ],
        "users": [
          ["name": "ada", "password": "p", "roles": ["class": ["teacher"], "demo": ["reader"]]],
          ["name": "admin", "password": "other"], ["name": "admin", "domain": "school", "password": "third"],
        ],
      ]
    ])
    #expect(
      await cloud.login("ada", password: "p", scope: ["project": ["name": "class", "domain": ["id": "default"]]])
        .names("token", "roles").sorted() == ["member", "reader", "teacher"])
    #expect(await cloud.login("demo", project: "demo").status == 201)
    let login = await cloud.login("admin", password: "other", scope: ["system": ["all": true]])
    #expect(login.status == 201)
    let token = await cloud.login(
      "admin", password: "other", scope: ["project": ["name": "admin", "domain": ["id": "default"]]]
    ).token
    #expect(await cloud.send(.get, "/v3/users", token: token).names("users") == ["admin", "demo", "ada", "admin"])
    let projects = await cloud.send(.get, "/v3/projects?name=demo&domain_id=default", token: token)
    #expect(projects.names("projects") == ["demo"] && projects["projects", "0", "description"] == "Changed")
    #expect(await cloud.send(.get, "/v3/roles", token: token).names("roles").suffix(2) == ["service", "teacher"])
  }

  @Test("without the defaults there is what is written, and what no cloud is without")
  func alone() async throws {
    let cloud = try await TestCloud([
      "seed": ["defaults": false, "users": [["name": "root", "password": "p", "system_roles": ["admin"]]]]
    ])
    let login = await cloud.login("root", password: "p", scope: ["system": ["all": true]])
    #expect(login.status == 201)
    #expect(await cloud.send(.get, "/v3/users", token: login.token).names("users") == ["root"])
    #expect(await cloud.send(.get, "/v3/projects", token: login.token).names("projects") == [])
    #expect(await cloud.send(.get, "/v3/domains", token: login.token).names("domains") == ["Default"])
    #expect(await cloud.send(.get, "/v3/roles", token: login.token).names("roles").count == 5)
  }

  @Test("mistakes name the key and what is wrong there")
  func mistakes() async throws {
    let cases: [(JSON, String)] = [
      (["identity": ["token_lifetime": 7]], "config.json: identity.token_lifetime: expected a duration"),
      (["identity": ["token_lifetime": "0s"]], "config.json: identity.token_lifetime: expected a second or more"),
      (["identity": ["tokenlifetime": "1h"]], "config.json: identity.tokenlifetime: unknown key"),
      (["seed": ["users": [["name": "x", "pasword": "y"]]]], "config.json: seed.users[0].pasword: unknown key"),
      (["seed": ["users": [["password": "y"]]]], "config.json: seed.users[0].name: expected a string, found nothing"),
      (["seed": ["users": [["name": ""]]]], "config.json: seed.users[0].name: expected 1 to 255 characters"),
      (["seed": ["users": [["name": "x", "id": "a b"]]]], "config.json: seed.users[0].id: expected 1 to 64 letters"),
      (
        ["seed": ["users": [["name": "x", "roles": ["nope": []]]]]],
        "there is no project \"nope\" in domain \"default\""
      ),
      (
        ["seed": ["users": [["name": "x", "roles": ["demo": ["nope"]]]]]],
        "config.json: seed.users: \"x\": there is no role"
      ),
      (["seed": ["users": [["name": "x", "domain": "nope"]]]], "user \"x\": there is no domain \"nope\""),
      (["seed": ["users": [["name": "x"], ["name": "x"]]]], "\"default/x\" is there twice"),
      (["seed": ["projects": [["name": "x", "parent": "y"]]]], "no project \"y\" is listed before it"),
      (["seed": ["roles": [["name": "x", "implies": ["y"]]]]], "there is no role \"y\""),
      (
        ["seed": ["defaults": false, "domains": [["name": "x"]], "users": [["name": "x"]]]],
        "there is no domain \"default\""
      ),
      (
        ["seed": ["defaults": false, "users": [["name": "x", "roles": ["demo": []]]]]],
        "there is no project \"demo\" in domain \"default\""
      ),
      (["seed": ["domains": 7]], "config.json: seed.domains: expected a list of objects, found integer 7"),
    ]
    for (configuration, message) in cases {
      let error = await #expect(throws: ConfigurationError.self) { _ = try await TestCloud(configuration) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "") for \(message)")
    }
  }

  @Test("every user has a salt of its own, and the stored text is Keystone's")
  func hashes() async throws {
    let cloud = try await TestCloud(passwordLogarithm: Password.usualLogarithm)
    let hashes = try cloud.world.read { try $0.query("SELECT hash FROM passwords", as: String.self) }
    #expect(Set(hashes).count == 2)
    for hash in hashes { #expect(hash.hasPrefix("$scrypt$ln=14,r=8,p=1$") && hash.utf8.count == 88) }
  }

  @Test("a hash that passlib made is understood")
  func passlib() throws {
    let text = "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"
    #expect(try #require(Password(stored: text)).matches("password"))
    #expect(try !#require(Password(stored: text)).matches("Password"))
    for other in ["", "$", "secret", "$2b$12$abc", "$scrypt$ln=30,r=8,p=1$aaaa$bbbb", "$scrypt$ln=14,r=8$aaaa$bbbb"] {
      #expect(Password(stored: other) == nil)
    }
  }
}
