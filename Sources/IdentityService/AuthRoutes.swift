import OpenStackAPI

/// `/v3/auth/catalog`, `projects`, `domains` and `system`: what a token reaches, and what its user could ask a token for.
/// The addresses under `/OS-FEDERATION` are older names of two of them.
struct AuthRoutes: Sendable {
  /// The table.
  var routes: [Route] {
    [
      .get("/auth/catalog", "identity:get_auth_catalog", run: catalog),
      .get("/auth/projects", "identity:get_auth_projects", run: projects),
      .get("/auth/domains", "identity:get_auth_domains", run: domains),
      .get("/auth/system", "identity:get_auth_system", run: system),
      .get("/OS-FEDERATION/projects", "identity:get_auth_projects", run: projects),
      .get("/OS-FEDERATION/domains", "identity:get_auth_domains", run: domains),
    ]
  }

  @Sendable private func catalog(_ call: Call) throws -> Response {
    guard let project = try call.caller.projectID else { throw Fault.forbiddenWithoutReason }
    let catalog = try Catalog.of(call.world)
    let user = try call.caller.user.id
    return .json { json in
      json.key("catalog")
      catalog.write(to: &json, at: call.exchange.serviceAddresses, projectID: project, userID: user)
      json.object("links") { $0.member("self", call.address) }
    }
  }

  @Sendable private func projects(_ call: Call) throws -> Response {
    let user = try call.caller.user.id
    return try Collection<Project>(conditions: [Assignment.projects(of: user)], filters: []).response(call)
  }

  @Sendable private func domains(_ call: Call) throws -> Response {
    let user = try call.caller.user.id
    let conditions = [Condition("is_domain"), Assignment.domains(of: user)]
    return try Collection<Domain>(conditions: conditions, filters: []).response(call)
  }

  @Sendable private func system(_ call: Call) throws -> Response {
    let user = try call.caller.user.id
    let roles = try call.world.read { try Assignment.roles(of: user, on: .system, $0) }
    return .json { json in
      json.array("system") { json in
        if !roles.isEmpty { json.object { $0.member("all", true) } }
      }
      json.object("links") { $0.member("self", call.address) }
    }
  }
}
