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
  static let hasNameKey = true
  static let columns = "id, name, domain_id, description, options, extra"
  /// The rows as one JSON array, as tokens and application credentials show roles.
  static let documents = """
    json_group_array(json_object(
      'id', id, 'name', name, 'domain_id', domain_id, 'description', description, 'options', json(options)))
    """

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
      "/roles", "identity:create_role", .keystoneAdmin, access: .resource, body: attributes.creation(of: member),
      returns: 201, run: create),
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
    rule:admin_required or (role:reader and system_scope:all) or (role:manager and rule:domain_managed_target_role)
    """

  var target: PolicyTarget { ["role.id": id, "role.name": name, "role.domain_id": domainID ?? "None"] }
}

extension Role {
  /// The rule for a role: those of a domain have rules of their own, `get_domain_role` for `get_role`.
  private static func rule(_ call: Call, isOfDomain: Bool) -> String {
    let name = call.route.operation
    guard isOfDomain, let place = name.lastIndex(of: "_") else { return name }
    return name[..<place] + "_domain" + name[place...]
  }

  /// The role of the path, if the caller may do to it what the route does. That there is none everybody hears.
  private static func allowed(_ call: Call) throws -> Role {
    let role = try call.world.read { try existing(call.parameter("role_id"), $0) }
    try call.authorize(role.target, rule: rule(call, isOfDomain: role.domainID != nil))
    return role
  }

  /// The roles of the cloud; those of a domain only where the query names it.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let isOfDomain = call.query["domain_id"]?.isEmpty == false
    try call.authorize(rule: rule(call, isOfDomain: isOfDomain))
    try call.checkQuery([("name", .keystoneName), ("domain_id", .keystoneID)])
    return try Collection<Role>(
      conditions: isOfDomain ? [] : [Condition("domain_id IS NULL")],
      filters: isOfDomain ? [.name, .exact("domain_id")] : [.name]
    ).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try allowed(call).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    var values = attributes.values(of: call.input)
    let domain = values.text("domain_id")
    try call.authorize(rule: rule(call, isOfDomain: domain != nil))
    values["id"] = call.world.identifiers.hex()
    return try await call.world.write { [values] db in
      if let domain { _ = try Domain.existing(domain, where: Domain.isDomain, db) }
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = try allowed(call).id
    try call.refuseOtherID(than: "role_id")
    let input = call.input
    let values = attributes.values(of: input)
    return try await call.world.write { db in
      let role = try existing(id, db)
      try ResourceOptions.refuseUpdate(of: role, by: input)
      if let domain = input["domain_id"], domain.text != role.domainID {
        throw Fault.badRequest("Update of `domain_id` is not allowed.")
      }
      return try change(id, values, db)
    }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = try allowed(call).id
    try await call.world.write { db in
      let role = try existing(id, db)
      try ResourceOptions.refuseDeletion(of: role)
      try role.remove(db)
    }
    return .empty
  }
}
