import OpenStackAPI
import Persistence

/// What a user may be on a project, on a domain or on the system.
struct Role: Sendable {
  let id: String
  let name: String
  let domainID: String?
  let description: String?
  let options: RawJSON
  let extra: RawJSON
}

extension Role: OptionalResource {
  static let member: StaticString = "role"
  static let collection: StaticString = "roles"
  static let table = "roles"
  static let columns = "id, name, domain_id, description, options, extra"

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    domainID = try row.next()
    description = try row.next()
    options = try row.next()
    extra = try row.next()
  }

  static let view = View<Role>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("description", \.description),
    Field("options", \.options),
    .links("/roles/", \.id),
  ])

  static let routes: [Route] = [
    .get("/roles", "identity:list_roles", listRule, access: .resource, run: list),
    .post(
      "/roles", "identity:create_role", .keystoneAdmin, body: attributes.creation(of: member), returns: 201, run: create
    ),
    .get("/roles/:role_id", "identity:get_role", showRule, access: .resource, run: show),
    .patch(
      "/roles/:role_id", "identity:update_role", .keystoneAdmin, access: .resource, body: attributes.change(of: member),
      run: update),
    .delete("/roles/:role_id", "identity:delete_role", .keystoneAdmin, access: .resource, run: delete),
  ]

  static let attributes: [Attribute] = [
    .name(), .reference("domain_id"), .text("description"), .options(ResourceOptions.schema),
  ]

  private static let listRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or (role:manager and not domain_id:None)
    """
  /// A domain's manager sees the roles that he may give.
  private static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (role:manager and ('manager':%(target.role.name)s or 'member':%(target.role.name)s
    or 'reader':%(target.role.name)s))
    """

  var target: PolicyTarget { ["role.name": name] }
}

extension Role {
  /// The roles of the cloud; those of a domain only where the query names it.
  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.authorize()
    let isOfDomain = call.query["domain_id"]?.isEmpty == false
    return try Collection<Role>(
      conditions: isOfDomain ? [] : [Condition("domain_id IS NULL")],
      filters: isOfDomain ? [.text("name"), .text("domain_id")] : [.text("name")]
    ).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try authorized(call, "role_id").response(call)
  }
  @Sendable private static func create(_ call: Call) async throws -> Response {
    var values = attributes.values(of: call.input)
    values["id"] = call.world.identifiers.hex()
    return try await call.world.write { [values] db in
      if let domain = values.text("domain_id") { _ = try Domain.existing(domain, where: Domain.isDomain, db) }
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = try authorized(call, "role_id").id
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in
      let role = try existing(id, db)
      try ResourceOptions.refuseUpdate(of: role, by: call.input)
      return try change(id, values, db)
    }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = try authorized(call, "role_id").id
    try await call.world.write { db in
      let role = try existing(id, db)
      try ResourceOptions.refuseDeletion(of: role)
      try role.remove(db)
    }
    return .empty
  }
}
