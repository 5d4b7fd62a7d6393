import OpenStackAPI
import Persistence

/// A request that application credentials of a user may be limited to; it stays when they are deleted.
struct UserAccessRule: Sendable {
  let id: String
  let userID: String
  let service: String
  let path: String
  let method: String
  let extra: RawJSON
}

extension UserAccessRule: Resource {
  static let member: StaticString = "access_rule"
  static let collection: StaticString = "access_rules"
  static let table = "access_rules"
  static let columns = "id, user_id, service, path, method, '{}'"

  init(row: inout Row) throws {
    id = try row.next()
    userID = try row.next()
    service = try row.next()
    path = try row.next()
    method = try row.next()
    extra = try row.next()
  }

  static let view = View<UserAccessRule>([
    Field("id", \.id),
    Field("service", \.service),
    Field("path", \.path),
    Field("method", \.method),
    .links("/access_rules/", \.id),
  ])

  private static let address = "/users/:user_id/access_rules"

  static let routes: [Route] = [
    .get(address, "identity:list_access_rules", readRule, access: .resource, run: list),
    .get(address + "/:access_rule_id", "identity:get_access_rule", readRule, access: .resource, run: show),
    .delete(
      address + "/:access_rule_id", "identity:delete_access_rule",
      PolicyRule("(role:admin and system_scope:all) or user_id:%(target.user.id)s").only([.system, .project]),
      access: .resource, run: delete),
  ]

  private static let readRule = PolicyRule("(role:reader and system_scope:all) or user_id:%(target.user.id)s")
    .only([.system, .project])

  /// keystone/application_credential/schema.py, `_access_rules_properties`.
  static let schema = Schema.object(
    [
      Property("id", .keystoneID),
      Property("path", .string(0...225, format: .pattern(#"^/\.*"#) { $0.hasPrefix("/") })),
      Property("service", .keystoneID),
      Property("method", .string(in: ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"])),
    ], additional: .allowed)
}

extension UserAccessRule {
  /// Allows the request to whom the path names, who must exist for anyone to be him.
  private static func authorize(_ call: Call) throws -> String {
    let user = call.parameter("user_id")
    let exists = try call.world.read { try User.find(user, $0) != nil }
    try call.authorize(exists ? ["user.id": user] : [:])
    try call.refuseDelegatedApplicationCredential()
    return user
  }

  @Sendable private static func list(_ call: Call) throws -> Response {
    let user = try authorize(call)
    return try Collection<UserAccessRule>(
      conditions: [Condition("user_id = ?", user)], filters: [.words("service"), .words("path"), .words("method")]
    ).response(call)
  }

  static func missing(_ id: String) -> Fault { .missing("Access Rule", id) }

  private static func named(_ call: Call, of user: String, _ db: Connection) throws -> UserAccessRule {
    let id = call.parameter("access_rule_id")
    guard let rule = try find(id, db), rule.userID == user else { throw missing(id) }
    return rule
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let user = try authorize(call)
    return try call.world.read { try named(call, of: user, $0) }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let user = try authorize(call)
    try await call.world.write { db in
      let rule = try named(call, of: user, db)
      let sql = "SELECT 1 FROM application_credential_access_rules WHERE access_rule_id = ?"
      if try db.exists(sql, rule.id) { throw Fault.forbidden("May not delete access rule in use", reason: .state) }
      try rule.remove(db)
    }
    return .empty
  }

  /// Limits an application credential to rules: those named by id, those that the user has already, and new ones.
  static func add(
    _ rules: JSON?, to credential: String, of user: String, _ world: World, _ db: Connection
  ) throws {
    for rule in rules?.array ?? [] {
      let id = try existingID(of: rule, user, db) ?? create(rule, user, world, db)
      try db.execute(
        """
        INSERT INTO application_credential_access_rules (application_credential_id, access_rule_id) VALUES (?, ?)
        ON CONFLICT DO NOTHING
        """, credential, id)
    }
  }

  private static func existingID(of rule: JSON, _ user: String, _ db: Connection) throws -> String? {
    if let id = rule["id"]?.text {
      guard try find(id, db)?.userID == user else { throw missing(id) }
      return id
    }
    return try db.scalar(
      "SELECT id FROM access_rules WHERE user_id = ? AND service = ? AND path = ? AND method = ?", user,
      rule["service"]?.text, rule["path"]?.text, rule["method"]?.text)
  }

  private static func create(_ rule: JSON, _ user: String, _ world: World, _ db: Connection) throws -> String {
    for name in ["service", "path", "method"] where rule[name] == nil {
      throw Fault.expecting(name, in: "access_rules")
    }
    var values = RowValues()
    values["id"] = world.identifiers.hex()
    values["user_id"] = user
    for name in ["service", "path", "method"] { values[name] = rule[name]?.text }
    return try insert(values, db).id
  }
}
