import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Looking things up")
struct ReadTests {
  private static let base = "http://cloud.example:5000/identity/v3"

  @Test("a project looks as Keystone's does")
  func project() async throws {
    let cloud = try await TestCloud()
    let id = try cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    let answer = await cloud.send(.get, "/v3/projects/\(id)", token: cloud.token("demo", project: "demo"))
    #expect(
      answer.json == [
        "project": [
          "id": .string(id), "name": "demo", "domain_id": "default", "description": "", "enabled": true,
          "parent_id": "default", "is_domain": false, "tags": [], "options": [:],
          "links": ["self": .string("\(Self.base)/projects/\(id)")],
        ]
      ])
  }

  @Test("users, roles and domains look as Keystone's do")
  func others() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false, "projects": [["name": "lab"]],
        "users": [
          [
            "name": "ada", "id": "ada1", "email": "a@b", "password": "secret", "default_project": "lab",
            "roles": ["lab": ["admin"]],
          ]
        ],
      ]
    ])
    let token = await cloud.token("ada")
    let project = try cloud.value("SELECT id FROM projects WHERE name = 'lab'")
    let user = await cloud.send(.get, "/v3/users/ada1", token: token)
    #expect(
      user.json["user"]?.object?.keys == [
        "email", "id", "name", "domain_id", "enabled", "default_project_id", "password_expires_at", "options", "links",
      ])
    #expect(user["user", "email"] == "a@b")
    #expect(user["user", "default_project_id"] == project)
    let roles = await cloud.send(.get, "/v3/roles?name=reader", token: token)
    let role = try #require(roles.json["roles"]?.array?.first)
    #expect(role["domain_id"] == .null && role["description"] == .null)
    #expect(role["options"] == ["immutable": true])
    let domain = await cloud.send(.get, "/v3/domains/default", token: token)
    #expect(
      domain.json == [
        "domain": [
          "id": "default", "name": "Default", "description": "The default domain", "enabled": true, "tags": [],
          "options": [:], "links": ["self": .string("\(Self.base)/domains/default")],
        ]
      ])
  }

  @Test("lists filter, exactly and not")
  func filters() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "projects": [["name": "admin"], ["name": "Alpha"], ["name": "beta", "enabled": false], ["name": "100%_sure"]],
        "users": [["name": "admin", "password": "secret", "roles": ["admin": ["admin"]]]],
      ]
    ])
    let token = await cloud.token("admin", project: "admin")
    let cases: [(String, [String])] = [
      ("", ["admin", "Alpha", "beta", "100%_sure"]), ("name=beta", ["beta"]), ("name=nope", []),
      ("enabled=false", ["beta"]), ("enabled=0&name=Alpha", []), ("enabled", ["admin", "Alpha", "100%_sure"]),
      ("name__contains=a", ["admin", "Alpha", "beta"]), ("name__icontains=ALPH", ["Alpha"]),
      ("name__startswith=a", ["admin"]), ("name__istartswith=a", ["admin", "Alpha"]), ("name__endswith=ta", ["beta"]),
      ("name__endswith=", ["admin", "Alpha", "beta", "100%_sure"]), ("name__contains=%25_", ["100%_sure"]),
      ("name__contains=%25", ["100%_sure"]), ("name__like=x", ["admin", "Alpha", "beta", "100%_sure"]),
      ("colour=red", ["admin", "Alpha", "beta", "100%_sure"]), ("is_domain=true", ["Default"]),
      ("parent_id=default&name=beta", ["beta"]), ("domain_id=nope", []), ("name='; DROP TABLE projects --", []),
    ]
    for (query, names) in cases {
      let answer = await cloud.send(.get, "/v3/projects?\(query)", token: token)
      #expect(answer.names("projects") == names, "\(query)")
    }
  }

  @Test("pages follow one another")
  func paging() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    var target = "/v3/projects?limit=2"
    var names: [String] = []
    var answer = await cloud.send(.get, target, token: token)
    #expect(answer["truncated"] == "True")
    #expect(answer["links", "self"] == "\(Self.base)/projects?limit=2")
    while true {
      names += answer.names("projects")
      guard let next = answer.json["links"]?["next"]?.text else { break }
      target = String(next.dropFirst("http://cloud.example:5000/identity".count))
      answer = await cloud.send(.get, target, token: token)
    }
    #expect(names == ["admin", "demo", "service"])
    #expect(target.hasPrefix("/v3/projects?limit=2&marker="))
    #expect(answer.json["truncated"] == nil)
    let lost = await cloud.send(.get, "/v3/projects?limit=2&marker=nope", token: token)
    #expect(lost.status == 404)
    #expect(lost.message == "Marker nope could not be found.")
    #expect(await cloud.send(.get, "/v3/projects?limit=x", token: token).status == 400)
  }

  @Test("what is not there is not found, by those who may know")
  func missing() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let demo = await cloud.token("demo", project: "demo")
    for (kind, rule) in [
      ("project", "get_project"), ("user", "get_user"), ("domain", "get_domain"),
    ] {
      let missing = await cloud.send(.get, "/v3/\(kind)s/nope", token: admin)
      #expect(missing.status == 404)
      #expect(missing.message == "Could not find \(kind): nope.")
      let refused = await cloud.send(.get, "/v3/\(kind)s/nope", token: demo)
      #expect(refused.status == 403)
      #expect(refused.message == "You are not authorized to perform the requested action: identity:\(rule).")
    }
  }

  @Test("who may read what, as Keystone's rules say")
  func policy() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "domains": [["id": "default", "name": "Default"], ["id": "other", "name": "Other"]],
        "projects": [["name": "admin"], ["name": "demo"], ["name": "theirs", "domain": "other"]],
        "users": [
          ["name": "admin", "password": "secret", "roles": ["admin": ["admin"]], "system_roles": ["reader"]],
          ["name": "demo", "password": "secret", "roles": ["demo": ["member"]]],
          ["name": "reader", "password": "secret", "domain_roles": ["other": ["reader"], "Default": ["manager"]]],
        ],
      ]
    ])
    let tokens = [
      "admin": await cloud.token("admin", project: "admin"),
      "system": await cloud.token("admin", scope: ["system": ["all": true]]),
      "demo": await cloud.token("demo", project: "demo"),
      "unscoped": await cloud.token("demo"),
      "reader": await cloud.token("reader", scope: ["domain": ["id": "other"]]),
      "manager": await cloud.token("reader", scope: ["domain": ["id": "default"]]),
    ]
    let demo = try cloud.value("SELECT id FROM users WHERE name = 'demo'")
    let theirs = try cloud.value("SELECT id FROM projects WHERE name = 'theirs'")
    let allowed: [(String, Set<String>)] = [
      ("/v3/projects", ["admin", "system", "reader", "manager"]),
      ("/v3/users", ["admin", "system", "reader", "manager"]),
      ("/v3/domains", ["admin", "system", "reader", "manager"]), ("/v3/roles", ["admin", "system", "manager"]),
      ("/v3/users/\(demo)", ["admin", "system", "demo", "unscoped", "manager"]),
      ("/v3/users/\(demo)/projects", ["admin", "system", "demo", "unscoped", "manager"]),
      ("/v3/projects/\(theirs)", ["admin", "system", "reader"]),
      ("/v3/domains/other", ["admin", "system", "reader"]),
      ("/v3/domains/default", ["admin", "system", "demo", "manager"]),
    ]
    for (path, who) in allowed {
      for (name, token) in tokens {
        let status = await cloud.send(.get, path, token: token).status
        #expect(status == (who.contains(name) ? 200 : 403), "\(name) \(path)")
      }
    }
    let own = await cloud.send(.get, "/v3/projects", token: tokens["reader"])
    #expect(own.names("projects") == ["theirs"])
    #expect(await cloud.send(.get, "/v3/domains", token: tokens["reader"]).names("domains") == ["Other"])
    #expect(
      await cloud.send(.get, "/v3/users", token: tokens["manager"]).names("users") == ["admin", "demo", "reader"])
  }

  @Test("a user's projects, domains and system")
  func reach() async throws {
    let cloud = try await TestCloud()
    let (admin, demo) = (await cloud.token("admin"), await cloud.token("demo"))
    #expect(await cloud.send(.get, "/v3/auth/projects", token: admin).names("projects") == ["admin"])
    #expect(await cloud.send(.get, "/v3/auth/domains", token: admin).names("domains") == ["Default"])
    #expect(await cloud.send(.get, "/v3/auth/domains", token: demo).names("domains") == [])
    let system = await cloud.send(.get, "/v3/auth/system", token: admin)
    #expect(system.json == ["system": [["all": true]], "links": ["self": .string("\(Self.base)/auth/system")]])
    #expect(await cloud.send(.get, "/v3/auth/system", token: demo).json["system"] == [])
  }
}
