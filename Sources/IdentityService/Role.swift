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

extension Role: Resource {
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
    .get("/roles/:role_id", "identity:get_role", showRule, access: .resource, run: show),
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
    let id = call.parameter("role_id")
    let role = try call.world.read { try find(id, $0) }
    try call.authorize(role.map { ["role.name": $0.name] } ?? [:])
    guard let role else { throw Fault.missing("role", id) }
    return role.response(call)
  }
}
