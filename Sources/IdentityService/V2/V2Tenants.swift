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
    .post("/tenants", V2.admin, V2.adminRule, body: .unchecked, returns: 200, run: create),
    .get("/tenants/:tenant_id", V2.admin, V2.adminRule, run: show),
    .post("/tenants/:tenant_id", V2.admin, V2.adminRule, body: .unchecked, returns: 200, run: update),
    .put("/tenants/:tenant_id", V2.admin, V2.adminRule, body: .unchecked, run: update),
    .delete("/tenants/:tenant_id", V2.admin, V2.adminRule, run: delete),
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
      let id = NameKeys.id(in: "projects", of: isTenant, name: "?1")
      return try db.first("SELECT \(Project.columns) FROM projects WHERE id = \(id)", name)
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

extension V2Tenants {
  /// keystone.resource.schema, `tenant_create` and `tenant_update`.
  private static func schema(isNew: Bool) -> Schema {
    .object(
      [
        Property("name", .name(longest: 64), isNew ? .required : .optional),
        Property("description", Schema.string().orNull), Property("enabled", .keystoneTruth),
        Property("id", Schema.keystoneID.orNull),
      ], additional: .allowed, atLeast: 1)
  }

  /// What the body says, in the words of v3; nothing of domains is to be said.
  private static func input(_ call: Call, isNew: Bool) throws -> JSONObject {
    var tenant = try V2.member("tenant", of: call.body)
    try V2.check(tenant, schema(isNew: isNew))
    for name in isNew ? ["is_domain"] : ["is_domain", "domain_id"] where tenant[name] != nil {
      throw Fault.badRequest(
        "\(JSON.object(tenant).pythonRepresentation) should not be valid under {'required': ['\(name)']}")
    }
    for name in ["domain_id", "parent_id"] { tenant[name] = JSON?.none }
    return tenant
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let input = try input(call, isNew: true)
    let id = input["id"]?.text ?? call.world.identifiers.hex()
    var values = Project.newValues(id, .object(input), Project.attributes)
    values["domain_id"] = V2.domain
    values["parent_id"] = V2.domain
    let made = try await call.world.write { [values] db in
      _ = try Domain.existing(V2.domain, where: Domain.isDomain, db)
      return try Project.add(values, tags: input["tags"], db)
    }
    return answer(made, call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let input = try input(call, isNew: false)
    let id = call.parameter("tenant_id")
    let changed = try await call.world.write { db in
      try Project.apply(.object(input), to: try existing(id, db), db)
    }
    return answer(changed, call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("tenant_id")
    try await call.world.write { db in try existing(id, db).delete(db) }
    return .empty
  }
}
