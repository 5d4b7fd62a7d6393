import HTTPServer
import OpenStackAPI
import Testing

@Suite("Giving roles")
struct GrantTests {
  /// A role for a user and a group on every kind of place.
  private static func paths(user: String, group: String, project: String) -> [String] {
    let places = ["/projects/\(project)", "/domains/default", "/system"]
    return ["/users/\(user)", "/groups/\(group)"].flatMap { actor in places.map { $0 + actor + "/roles" } }
  }

  @Test("works alike for users and groups, on projects, domains and the system")
  func everywhere() async throws {
    let office = try await Office()
    let user = await office.make("user", "ada")
    let group = await office.make("group", "staff")
    let role = await office.make("role", "guide")
    let project = try office.id("projects", "demo")
    for path in Self.paths(user: user, group: group, project: project) {
      let one = path + "/" + role
      #expect(await office.send(.get, path).names("roles").isEmpty, "\(path)")
      let missing = await office.send(.get, one)
      #expect(missing.status == 404)
      #expect(missing.message?.hasPrefix("Could not find role assignment with role: \(role), user or group: ") == true)
      for _ in 1...2 { #expect(await office.send(.put, one).status == 204, "\(path)") }
      #expect(await office.send(.head, one).status == 204)
      #expect(await office.send(.get, path).names("roles") == ["guide"])
      #expect(await office.send(.delete, one).status == 204)
      #expect(await office.send(.delete, one).status == 404)
    }
  }

  @Test("to be inherited counts for the projects below")
  func inherited() async throws {
    let office = try await Office()
    let project = await office.make("project", "lab")
    let leaf = await office.make("project", "leaf", ["parent_id": .string(project)])
    let (user, role) = (try office.id("users", "demo"), try office.id("roles", "member"))
    let path = "/OS-INHERIT/projects/\(project)/users/\(user)/roles/\(role)/inherited_to_projects"
    #expect(await office.send(.put, path).status == 204)
    #expect(await office.send(.get, path).status == 204)
    #expect(await office.send(.get, "/projects/\(project)/users/\(user)/roles/\(role)").status == 404)
    #expect(await office.cloud.login("demo", project: "leaf").status == 201)
    #expect(await office.cloud.login("demo", project: "lab").status == 401)
    let token = await office.cloud.token("demo", project: "leaf")
    #expect(await office.send(.delete, path).status == 204)
    #expect(await office.send(.get, "/projects/\(leaf)", as: token).status == 401)
    let onDomain = "/OS-INHERIT/domains/default/users/\(user)/roles"
    #expect(await office.send(.put, onDomain + "/\(role)/inherited_to_projects").status == 204)
    #expect(await office.send(.get, onDomain + "/inherited_to_projects").names("roles") == ["member"])
    #expect(await office.cloud.login("demo", project: "lab").status == 201)
  }

  @Test("names what is not there")
  func missing() async throws {
    let office = try await Office()
    let (user, role) = (try office.id("users", "demo"), try office.id("roles", "member"))
    let project = try office.id("projects", "demo")
    let cases = [
      ("/projects/\(project)/users/nope/roles/\(role)", "user"),
      ("/projects/nope/users/\(user)/roles/\(role)", "project"),
      ("/projects/\(project)/users/\(user)/roles/nope", "role"),
      ("/domains/nope/users/\(user)/roles/\(role)", "domain"),
      ("/domains/\(project)/users/\(user)/roles/\(role)", "domain"), ("/system/groups/nope/roles/\(role)", "group"),
      ("/OS-INHERIT/domains/default/groups/nope/roles/\(role)/inherited_to_projects", "group"),
    ]
    for (path, kind) in cases {
      let answer = await office.send(.put, path)
      #expect(answer.status == 404 && answer.message?.hasPrefix("Could not find \(kind): ") == true, "\(path)")
    }
    let inherited = "/OS-INHERIT/domains/nope/users/\(user)/roles/\(role)/inherited_to_projects"
    let nowhere = await office.send(.delete, inherited)
    #expect(nowhere.message?.hasSuffix("project, domain, or system: nope.") == true)
    let gone = await office.send(.delete, "/projects/\(project)/users/nope/roles/\(role)")
    #expect(gone.message?.hasPrefix("Could not find role assignment with role: \(role), user or group: nope") == true)
  }

  @Test("keeps a domain's roles in the domain")
  func domainRoles() async throws {
    let office = try await Office()
    let other = await office.make("domain", "other")
    let role = await office.make("role", "guide", ["domain_id": .string(other)])
    let (user, project) = (try office.id("users", "demo"), try office.id("projects", "demo"))
    let refused = await office.send(.put, "/projects/\(project)/users/\(user)/roles/\(role)")
    #expect(refused.status == 403)
    #expect(
      refused.message
        == "Project \(project) must be in the same domain as the role \(role) being assigned.")
    let system = await office.send(.put, "/system/users/\(user)/roles/\(role)")
    #expect(system.status == 400)
    #expect(
      system.message
        == "Role \(role) is a domain-specific role. Unable to use a domain-specific role in a system assignment.")
  }

  @Test("is for administrators and, within their domain, for its managers, who give no more than they may")
  func permissions() async throws {
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
    let demo = await office.cloud.token("demo", project: "demo")
    let other = await office.make("domain", "other")
    let stranger = await office.make("user", "stranger", ["domain_id": .string(other)])
    let (user, project) = (try office.id("users", "demo"), try office.id("projects", "demo"))
    let (member, admin) = (try office.id("roles", "member"), try office.id("roles", "admin"))
    let own = "/projects/\(project)/users/\(user)/roles"
    #expect(await office.send(.get, own, as: boss).names("roles") == ["member"])
    #expect(await office.send(.delete, own + "/\(member)", as: boss).status == 204)
    #expect(await office.send(.get, own, as: demo).status == 401)
    #expect(await office.send(.put, own + "/\(member)", as: boss).status == 204)
    let demoAgain = await office.cloud.token("demo", project: "demo")
    #expect(await office.send(.get, own, as: demoAgain).status == 403)
    #expect(await office.send(.put, own + "/\(admin)", as: boss).status == 403)
    let foreign = "/projects/\(project)/users/\(stranger)/roles/\(member)"
    #expect(await office.send(.put, foreign, as: boss).status == 403)
    #expect(await office.send(.put, "/domains/\(other)/users/\(user)/roles/\(member)", as: boss).status == 403)
    let system = await office.send(.put, "/system/users/\(user)/roles/\(member)", as: boss)
    #expect(
      system.message
        == "You are not authorized to perform the requested action: identity:create_system_grant_for_user.")
  }
}
