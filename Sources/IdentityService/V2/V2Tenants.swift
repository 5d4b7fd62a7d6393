import OpenStackAPI
import Persistence

/// `/v2.0/tenants`: the projects of the default domain.
enum V2Tenants {
  /// How a tenant looks: a project without what v2.0 knows nothing of.
  static let view = View<Project>([
    Field("id", \.id),
    Field("name", \.name),
    Field("description", \.description),
    Field("enabled", \.isEnabled),
  ])

  static let routes: [Route] = [
    .get("/tenants", "identity:get_auth_projects", run: list),
    .get("/tenants/:tenant_id", V2.admin, V2.adminRule, run: show),
    .get("/tenants/:tenant_id/users", V2.admin, V2.adminRule, run: users),
  ]

  /// What makes a project a tenant.
  static let isTenant = "domain_id = '\(V2.domain)'"

  /// The administrators' port listed all tenants, the public one those of the caller. Where there is one port only, a
  /// token of an administrator says which of them is meant.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let caller = try call.caller
    guard call.isAllowed(V2.admin) else {
      return try list(call, [Condition(isTenant), Assignment.projects(of: caller.user.id)])
    }
    guard let name = call.query["name"], !name.isEmpty else { return try list(call, [Condition(isTenant)]) }
    let found: Project? = try call.world.read { db in
      try db.first("SELECT \(Project.columns) FROM projects WHERE name = ? AND \(isTenant)", name)
    }
    guard let found else { throw Fault.missing("project", name) }
    return answer(found, call)
  }

  private static func list(_ call: Call, _ conditions: [Condition]) throws -> Response {
    var listing = Listing(Project.columns, from: Project.table, key: "id")
    listing.order = [SortOrder("number")]
    listing.conditions = conditions
    let limit = call.query["limit"].map { Int($0) ?? -1 }
    if let limit, limit < 0 { throw Fault.badRequest("Invalid limit value") }
    let found: [Project]? = try call.world.read { [listing] db in
      try listing.page(db, after: call.query["marker"], limit: limit ?? -1, markerAmong: conditions)
    }
    guard let tenants = found else { throw Fault.badRequest("Marker could not be found") }
    let projection = view.projection(for: call)
    return .json { json in
      json.array("tenants") { json in for tenant in tenants { Project.write(tenant, to: &json, projection) } }
      json.array("tenants_links") { _ in }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    answer(try call.world.read { try existing(call.parameter("tenant_id"), $0) }, call)
  }

  /// Users with a role on a tenant, and those whose inherited roles may reach it.
  private static let candidates = """
    WITH reaching AS (SELECT user_id, group_id FROM role_assignments WHERE target_id = ? OR inherited)
    SELECT \(User.columns) FROM users
    WHERE id IN (SELECT user_id FROM reaching)
      OR id IN (SELECT user_id FROM memberships WHERE group_id IN (SELECT group_id FROM reaching))
    ORDER BY number
    """

  @Sendable private static func users(_ call: Call) throws -> Response {
    let users = try call.world.read { db in
      let tenant = try existing(call.parameter("tenant_id"), db)
      return try db.query(candidates, tenant.id, as: User.self).filter {
        try !Assignment.roles(of: $0.id, on: .project(tenant.id), db).isEmpty
      }
    }
    return V2Users.answer(users, call)
  }

  /// The tenant with an id; what acts as a domain is none.
  static func existing(_ id: String, _ db: Connection) throws -> Project {
    try Project.existing(id, where: "NOT is_domain", db)
  }

  static func answer(_ tenant: Project, _ call: Call) -> Response {
    .json { json in
      json.key("tenant")
      Project.write(tenant, to: &json, view.projection(for: call))
    }
  }
}
