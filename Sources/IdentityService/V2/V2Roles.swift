import OpenStackAPI
import Persistence

/// `/v2.0/OS-KSADM/roles`, and who has which of them in a tenant.
enum V2Roles {
  private static let view = View<Role>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("description", ifPresent: \.description),
  ])

  private static let held = "/tenants/:tenant_id/users/:user_id/roles"

  static let routes: [Route] =
    [
      .get("/OS-KSADM/roles", V2.admin, V2.adminRule, run: list),
      .post("/OS-KSADM/roles", V2.admin, V2.adminRule, body: .unchecked, returns: 200, run: create),
      .get("/OS-KSADM/roles/:role_id", V2.admin, V2.adminRule, run: show),
      .delete("/OS-KSADM/roles/:role_id", V2.admin, V2.adminRule, run: delete),
      .get(held, V2.admin, V2.adminRule, run: listHeld),
      .put(held + "/OS-KSADM/:role_id", V2.admin, V2.adminRule, run: give),
      .delete(held + "/OS-KSADM/:role_id", V2.admin, V2.adminRule, run: take),
      .get("/users/:user_id/roles", V2.admin, V2.adminRule, run: refuse),
      .put("/users/:user_id/roles/OS-KSADM/:role_id", V2.admin, V2.adminRule, run: refuse),
      .delete("/users/:user_id/roles/OS-KSADM/:role_id", V2.admin, V2.adminRule, run: refuse),
    ]
}

extension V2Roles {
  @Sendable private static func list(_ call: Call) throws -> Response {
    let roles = try call.world.read { db in
      try db.query("SELECT \(Role.columns) FROM roles WHERE domain_id IS NULL ORDER BY number", as: Role.self)
    }
    return answer(roles, call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { try Role.existing(call.parameter("role_id"), $0) }.response(call, view: view)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let role = try V2.member("role", of: call.body)
    try V2.check(role, .object([Property("name", .keystoneName, .required)], additional: .allowed))
    var values = Role.attributes.values(of: .object(role))
    values["domain_id"] = nil
    values["id"] = call.world.identifiers.hex()
    return try await call.world.write { [values] db in try Role.insert(values, db) }.response(call, view: view)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("role_id")
    try await call.world.write { db in
      let role = try Role.existing(id, db)
      try ResourceOptions.refuseDeletion(of: role)
      try role.remove(db)
    }
    return .empty
  }

  @Sendable private static func listHeld(_ call: Call) throws -> Response {
    let roles = try call.world.read { db in
      let tenant = try V2Tenants.existing(call.parameter("tenant_id"), db)
      let held = try Assignment.roles(of: call.parameter("user_id"), on: .project(tenant.id), db)
      return try held.compactMap { try Role.find($0.id, db) }
    }
    return answer(roles, call)
  }

  @Sendable private static func give(_ call: Call) async throws -> Response {
    let (tenant, user) = (call.parameter("tenant_id"), call.parameter("user_id"))
    let roleID = call.parameter("role_id")
    return try await call.world.write { db in
      let role = try Role.existing(roleID, db)
      _ = try User.existing(user, db)
      _ = try V2Tenants.existing(tenant, db)
      guard try !holds(user, roleID, tenant, db) else {
        throw Fault.conflict(
          storing: "role grant", "User \(user) already has role \(roleID) in tenant \(tenant)")
      }
      try Assignment.grant(roleID, to: user, scope: "project", target: tenant, db)
      return role
    }.response(call, view: view)
  }

  @Sendable private static func take(_ call: Call) async throws -> Response {
    let (tenant, user) = (call.parameter("tenant_id"), call.parameter("user_id"))
    let role = call.parameter("role_id")
    try await call.world.write { db in
      guard try holds(user, role, tenant, db) else {
        throw Fault.notFound(
          "Could not find role assignment with role: \(role), user or group: \(user), project, domain, or system: "
            + "\(tenant).")
      }
      try db.execute(
        "DELETE FROM role_assignments WHERE \(direct)", user, role, tenant)
    }
    return .empty
  }

  /// Roles that count everywhere were given up before there were any.
  @Sendable private static func refuse(_ call: Call) throws -> Response {
    throw Fault(501, "User roles not supported: tenant_id required", reason: .route)
  }

  private static let direct =
    "user_id = ? AND role_id = ? AND target_id = ? AND scope = 'project' AND NOT inherited"

  private static func holds(_ user: String, _ role: String, _ tenant: String, _ db: Connection) throws -> Bool {
    try db.exists("SELECT 1 FROM role_assignments WHERE \(direct)", user, role, tenant)
  }

  private static func answer(_ roles: [Role], _ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.array("roles") { json in for role in roles { Role.write(role, to: &json, projection) } }
    }
  }
}
