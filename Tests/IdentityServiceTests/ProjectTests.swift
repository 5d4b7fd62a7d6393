import HTTPServer
import OpenStackAPI
import Testing

@Suite("Projects and domains")
struct ProjectTests {
  @Test("a domain is made, disabled and deleted with all that is in it")
  func domain() async throws {
    let office = try await Office()
    let created = await office.send(.post, "/domains", ["domain": ["name": " acme ", "enabled": true, "tags": ["x"]]])
    #expect(created.status == 201)
    #expect(created["domain", "name"] == "acme" && created["domain", "description"] == "")
    #expect(created.json["domain"]?["tags"] == ["x"])
    let id = created["domain", "id"] ?? ""
    let project = await office.project("inside", domain: id)
    #expect(project["project", "parent_id"] == id)
    let refused = await office.send(.delete, "/domains/\(id)")
    #expect(refused.status == 403)
    #expect(refused.message == "Cannot delete a domain that is enabled, please disable it first.")
    let disabled = await office.send(.patch, "/domains/\(id)", ["domain": ["enabled": false]])
    #expect(disabled.json["domain"]?["enabled"] == false)
    #expect(await office.send(.head, "/domains/\(id)").status == 200)
    #expect(await office.send(.get, "/domains?enabled=false").names("domains") == ["acme"])
    #expect(await office.send(.delete, "/domains/\(id)").status == 204)
    #expect(await office.send(.get, "/projects/\(project["project", "id"] ?? "")").status == 404)
    let twice = await office.send(.delete, "/domains/\(id)")
    #expect(twice.message == "Could not find domain: \(id).")
  }

  @Test("a domain's id can be chosen, its name only once")
  func explicitDomains() async throws {
    let office = try await Office()
    let id = String(repeating: "a", count: 32)
    let chosen = await office.send(.post, "/domains", ["domain": ["name": "one", "explicit_domain_id": .string(id)]])
    #expect(chosen["domain", "id"] == id && chosen.json["domain"]?["explicit_domain_id"] == nil)
    let bad = await office.send(.post, "/domains", ["domain": ["name": "two", "explicit_domain_id": "abc"]])
    #expect(bad.message == "Domain ID does not conform to required UUID format.")
    let taken = await office.send(.post, "/domains", ["domain": ["name": "Default"]])
    #expect(taken.status == 409)
    #expect(
      taken.message
        == "Conflict occurred attempting to store project - it is not permitted to have two projects acting as domains "
        + "with the same name: Default.")
    let long = await office.send(
      .post, "/domains", ["domain": ["name": .string(String(repeating: "a", count: 65))]])
    #expect(long.status == 400 && long.message?.hasSuffix("is too long") == true)
    let nothing = await office.send(.post, "/domains", ["domain": ["name": "x", "enabled": nil]])
    #expect(nothing.message?.contains("Value: None. None is not one of [True, 'True', ") == true)
    let word = await office.send(.post, "/domains", ["domain": ["name": "x", "enabled": "maybe"]])
    #expect(
      word.message?.hasPrefix("Invalid input for field/attribute enabled. Value: maybe. 'maybe' is not one of")
        == true)
  }

  @Test("a project is made, changed and deleted; what Keystone does not know is kept")
  func project() async throws {
    let office = try await Office()
    let created = await office.send(
      .post, "/projects", ["project": ["name": "lab", "cost": 7, "tags": ["b", "a"], "enabled": false]])
    #expect(created.status == 201)
    #expect(created["project", "domain_id"] == "default" && created["project", "parent_id"] == "default")
    #expect(created.json["project"]?["cost"] == 7 && created.json["project"]?["tags"] == ["a", "b"])
    let path = "/projects/" + (created["project", "id"] ?? "")
    let changed = await office.send(.patch, path, ["project": ["name": "Lab ", "enabled": true, "options": [:]]])
    #expect(changed["project", "name"] == "Lab" && changed.json["project"]?["extra"] == ["cost": 7])
    #expect(changed.json["project"]?["enabled"] == true)
    #expect(await office.send(.get, path).json["project"]?["extra"] == nil)
    let moves: [(JSON, Int, String)] = [
      (["domain_id": "other"], 400, "Cannot change Domain ID"), (["id": "other"], 400, "Cannot change ID"),
      (["parent_id": "other"], 403, "Update of `parent_id` is not allowed."),
      (["is_domain": true], 400, "Update of `is_domain` is not allowed."),
    ]
    for (change, status, message) in moves {
      let refused = await office.send(.patch, path, ["project": change])
      #expect(refused.status == status && refused.message == message)
    }
    #expect(await office.send(.patch, path, ["project": ["name": "demo"]]).status == 409)
    #expect(await office.send(.delete, path).status == 204)
    #expect(await office.send(.patch, path, ["project": ["name": "x"]]).status == 404)
  }

  @Test("two projects of a domain cannot have one name")
  func duplicates() async throws {
    let office = try await Office()
    let taken = await office.project("demo")
    #expect(taken.status == 409)
    #expect(
      taken.message?.hasPrefix(
        "Conflict occurred attempting to store project - it is not permitted to have two projects with either the same "
          + "name or same id in the same domain: name is demo, project id ") == true)
  }

  @Test("an immutable project stays as it is")
  func immutable() async throws {
    let office = try await Office()
    let created = await office.send(.post, "/projects", ["project": ["name": "lab", "options": ["immutable": true]]])
    let id = created["project", "id"] ?? ""
    let deleted = await office.send(.delete, "/projects/\(id)")
    #expect(deleted.status == 403)
    #expect(
      deleted.message
        == "Unable to delete immutable project resource: `\(id). Set resource option \"immutable\" to false first.")
    #expect(await office.send(.patch, "/projects/\(id)", ["project": ["name": "x"]]).status == 403)
    #expect(await office.send(.put, "/projects/\(id)/tags/blue").status == 403)
    let mutable: JSON = ["project": ["options": ["immutable": false]]]
    #expect(await office.send(.patch, "/projects/\(id)", mutable).status == 200)
    #expect(await office.send(.delete, "/projects/\(id)").status == 204)
  }

  @Test("a tree of projects has its rules")
  func hierarchy() async throws {
    let office = try await Office(["identity": ["max_project_tree_depth": 2]])
    let top = await office.project("top")["project", "id"] ?? ""
    let leaf = await office.project("leaf", below: top)["project", "id"] ?? ""
    let deep = await office.project("deep", below: leaf)
    #expect(deep.status == 403 && deep.message == "Max hierarchy depth reached for \(leaf) branch.")
    let refused = await office.send(.delete, "/projects/\(top)")
    #expect(refused.status == 403 && refused.message?.contains("since it is not a leaf in the hierarchy.") == true)
    let disable: JSON = ["project": ["enabled": false]]
    let enable: JSON = ["project": ["enabled": true]]
    let inUse = await office.send(.patch, "/projects/\(top)", disable)
    #expect(inUse.message == "Cannot disable project \(top) since its subtree contains enabled projects.")
    #expect(await office.send(.patch, "/projects/\(leaf)", disable).status == 200)
    #expect(await office.send(.patch, "/projects/\(top)", disable).status == 200)
    let below = await office.send(.patch, "/projects/\(leaf)", enable)
    #expect(below.status == 403 && below.message == "Cannot enable project \(leaf) since it has disabled parents")
    let branch = await office.project("new", below: top)
    #expect(branch.message == "cannot create a project in a branch containing a disabled project: \(top)")
  }

  @Test("a project goes where domain and parent allow")
  func places() async throws {
    let office = try await Office()
    let other = await office.send(.post, "/domains", ["domain": ["name": "other"]])["domain", "id"] ?? ""
    let demo = try office.cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    let cases: [(JSON, String)] = [
      (["domain_id": "nope"], "Could not find domain: nope."), (["parent_id": "nope"], "Could not find project: nope."),
      (
        ["domain_id": .string(other), "parent_id": .string(demo)],
        "Cannot create project, since it specifies its domain_id \(other), but specifies a parent in a different domain "
          + "(default)."
      ),
      (
        ["parent_id": .string(other)],
        "Cannot create project, the parent (\(other)) is acting as a domain, but this project's domain id (default) does "
          + "not match the parent's id."
      ),
      (["is_domain": true, "parent_id": "default"], "only root projects are allowed to act as domains."),
    ]
    for (place, message) in cases {
      var members = place.object ?? JSONObject()
      members["name"] = "lab"
      let refused = await office.send(.post, "/projects", ["project": .object(members)])
      #expect(refused.status == 400 && refused.message == message)
    }
  }

  @Test("a project that acts as a domain is one")
  func acting() async throws {
    let office = try await Office()
    let created = await office.send(.post, "/projects", ["project": ["name": "acme", "is_domain": true]])
    #expect(created.json["project"]?["domain_id"] == .null && created.json["project"]?["is_domain"] == true)
    let id = created["project", "id"] ?? ""
    #expect(await office.send(.get, "/domains/\(id)").status == 200)
    #expect(await office.send(.get, "/projects?is_domain=true").names("projects") == ["Default", "acme"])
    #expect(await office.send(.delete, "/projects/\(id)").status == 403)
    #expect(await office.send(.patch, "/projects/\(id)", ["project": ["enabled": false]]).status == 200)
    #expect(await office.send(.delete, "/projects/\(id)").status == 204)
  }

  @Test("a token is no good while its project or the domain is disabled")
  func tokens() async throws {
    let office = try await Office()
    let domain = await office.send(.post, "/domains", ["domain": ["name": "acme"]])["domain", "id"] ?? ""
    let project = await office.project("lab", domain: domain)["project", "id"] ?? ""
    try await office.cloud.execute(
      """
      INSERT INTO role_assignments (user_id, role_id, scope, target_id)
      SELECT users.id, roles.id, 'project', ? FROM users, roles WHERE users.name = 'demo' AND roles.name = 'member'
      """, project)
    for path in ["/projects/\(project)", "/domains/\(domain)"] {
      let member = path.hasPrefix("/p") ? "project" : "domain"
      let scope: JSON = ["project": ["id": .string(project)]]
      let token = await office.cloud.token("demo", scope: scope)
      #expect(await office.cloud.send(.get, "/v3/auth/projects", token: token).status == 200)
      for enabled in [false, true] {
        let change: JSON = .object(JSONObject([(key: member, value: ["enabled": .bool(enabled)])]))
        #expect(await office.send(.patch, path, change).status == 200)
        #expect(await office.cloud.send(.get, "/v3/auth/projects", token: token).status == (enabled ? 200 : 401))
      }
    }
  }

  @Test("relatives are shown to those who have a role on them")
  func relatives() async throws {
    let office = try await Office()
    let top = await office.project("top")["project", "id"] ?? ""
    let middle = await office.project("middle", below: top)["project", "id"] ?? ""
    let leaf = await office.project("leaf", below: middle)["project", "id"] ?? ""
    let ids = await office.send(.get, "/projects/\(middle)?parents_as_ids&subtree_as_ids")
    #expect(
      ids.json["project"]?["parents"] == .object(JSONObject([(key: top, value: ["default": nil])])))
    #expect(ids.json["project"]?["subtree"] == .object(JSONObject([(key: leaf, value: .null)])))
    let lists = "/projects/\(middle)?parents_as_list&subtree_as_list"
    #expect(await office.send(.get, lists).json["project"]?["parents"] == [])
    try await office.cloud.execute(
      """
      INSERT INTO role_assignments (user_id, role_id, scope, target_id)
      SELECT users.id, roles.id, 'project', ? FROM users, roles WHERE users.name = 'admin' AND roles.name = 'reader'
      """, leaf)
    #expect(await office.send(.get, lists)["project", "subtree", "0", "project", "name"] == "leaf")
    let both = await office.send(.get, "/projects/\(middle)?parents_as_list&parents_as_ids")
    #expect(both.message == "Cannot use parents_as_list and parents_as_ids query params at the same time.")
  }

  @Test("users find the projects and domains that they may ask a token for")
  func reachable() async throws {
    let office = try await Office()
    let demo = await office.cloud.token("demo")
    for place in ["auth", "OS-FEDERATION"] {
      #expect(await office.send(.get, "/\(place)/projects", as: demo).names("projects") == ["demo"])
      #expect(await office.send(.get, "/\(place)/domains", as: demo).names("domains").isEmpty)
      #expect(await office.send(.get, "/\(place)/domains").names("domains") == ["Default"])
    }
    let user = try office.id("users", "demo")
    #expect(await office.send(.get, "/users/\(user)/projects", as: demo).names("projects") == ["demo"])
    #expect(await office.send(.get, "/users/nope/projects").message == "Could not find user: nope.")
    #expect(await office.send(.get, "/users/nope/projects", as: demo).status == 403)
  }

  @Test("a domain's manager has its projects in hand, and no others")
  func managers() async throws {
    let office = try await Office([
      "seed": [
        "users": [
          ["name": "admin", "password": "secret", "roles": ["admin": ["admin"]]],
          ["name": "boss", "password": "secret", "domain_roles": ["default": ["manager"]]],
          ["name": "demo", "password": "secret", "roles": ["demo": ["member"]]],
        ]
      ]
    ])
    let boss = await office.cloud.token("boss", scope: ["domain": ["id": "default"]])
    let other = await office.send(.post, "/domains", ["domain": ["name": "other"]])["domain", "id"] ?? ""
    let foreign = await office.project("theirs", domain: other)["project", "id"] ?? ""
    let lab: JSON = ["project": ["name": "lab", "domain_id": "default"]]
    let own = await office.cloud.send(.post, "/v3/projects", token: boss, body: lab)
    #expect(own.status == 201)
    let elsewhere: JSON = ["project": ["name": "lab", "domain_id": .string(other)]]
    #expect(await office.cloud.send(.post, "/v3/projects", token: boss, body: elsewhere).status == 403)
    #expect(await office.cloud.send(.delete, "/v3/projects/\(foreign)", token: boss).status == 403)
    #expect(await office.cloud.send(.put, "/v3/projects/\(foreign)/tags/x", token: boss).status == 403)
    let path = "/v3/projects/" + (own["project", "id"] ?? "")
    #expect(await office.cloud.send(.put, path + "/tags/x", token: boss).status == 201)
    #expect(await office.cloud.send(.delete, path, token: boss).status == 204)
    let demo = await office.cloud.token("demo", project: "demo")
    let refused = await office.cloud.send(.delete, "/v3/projects/\(foreign)", token: demo)
    #expect(refused.message == "You are not authorized to perform the requested action: identity:delete_project.")
    let domain: JSON = ["domain": ["name": "mine"]]
    #expect(await office.cloud.send(.post, "/v3/domains", token: boss, body: domain).status == 403)
  }
}

extension Office {
  fileprivate func project(_ name: String, below parent: String? = nil, domain: String? = nil) async -> Answer {
    var members = JSONObject([(key: "name", value: .string(name))])
    members["parent_id"] = parent.map(JSON.string)
    members["domain_id"] = domain.map(JSON.string)
    return await send(.post, "/projects", ["project": .object(members)])
  }
}
