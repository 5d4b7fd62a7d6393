import OpenStackAPI
import Persistence

/// Someone who can log in.
struct User: Sendable {
  let id: String
  let name: String
  let domainID: String
  let isEnabled: Bool
  let defaultProjectID: String?
  let passwordExpiresAt: Timestamp?
  let options: RawJSON
  let extra: RawJSON
}

extension User: Resource {
  static let member: StaticString = "user"
  static let collection: StaticString = "users"
  static let table = "users"
  static let columns = """
    id, name, domain_id, enabled, default_project_id,
    (SELECT expires_at FROM passwords WHERE user_id = users.id ORDER BY number DESC LIMIT 1), options, extra
    """

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    domainID = try row.next()
    isEnabled = try row.next()
    defaultProjectID = try row.next()
    passwordExpiresAt = try row.next(Int?.self).map(Timestamp.init(microseconds:))
    options = try row.next()
    extra = try row.next()
  }

  static let view = View<User>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("enabled", \.isEnabled),
    Field("default_project_id", ifPresent: \.defaultProjectID),
    Field("password_expires_at", \.passwordEnd),
    Field("options", \.options),
    .links("/users/", \.id),
  ])

  static let routes: [Route] = [
    .get("/users", "identity:list_users", listRule, access: .resource, run: list),
    .get("/users/:user_id", "identity:get_user", showRule, access: .resource, run: show),
  ]

  private static let listRule: PolicyRule =
    "rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s)"
  private static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (role:reader and token.domain.id:%(target.user.domain_id)s) or user_id:%(target.user.id)s
    """

  private var passwordEnd: String? { passwordExpiresAt?.text(.microseconds) }

  /// What rules compare with.
  var target: PolicyTarget { ["user.id": id, "user.domain_id": domainID] }
}

extension User {
  /// A token for a domain lists that domain's users.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let own = try call.caller.domainID
    try call.authorize(own.map { ["domain_id": $0] } ?? [:])
    return try Collection<User>(
      conditions: own.map { [Condition("domain_id = ?", $0)] } ?? [],
      filters: [.text("domain_id"), .truth("enabled"), .text("name")]
    ).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try authorized(call, "user_id").response(call)
  }
}
