import OpenStackAPI
import Persistence

/// Someone who can log in.
struct User: Sendable {
  let id: String
  let name: String
  let domainID: String
  /// Whether the account is enabled, for as long as its user is not away for too long.
  private let isEnabledByRow: Bool
  let defaultProjectID: String?
  let passwordExpiresAt: Timestamp?
  private let createdAt: Timestamp
  private let lastActiveDay: Int?
  let options: RawJSON
  let federated: RawJSON?
  let extra: RawJSON
}

extension User: OptionalResource {
  static let member: StaticString = "user"
  static let collection: StaticString = "users"
  static let table = "users"
  static let hasNameKey = true
  static let columns = """
    id, name, domain_id, enabled, default_project_id,
    (SELECT expires_at FROM passwords WHERE user_id = users.id ORDER BY number DESC LIMIT 1), created_at,
    \(Account.lastActiveColumn), options, \(FederatedUser.column), extra
    """

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    domainID = try row.next()
    isEnabledByRow = try row.next()
    defaultProjectID = try row.next()
    passwordExpiresAt = try row.next()
    createdAt = try row.next()
    lastActiveDay = try row.next(in: .amounts)
    options = try row.next()
    federated = try row.next()
    extra = try row.next()
  }

  static let view = View<User>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("enabled") { user, call, json in user.isEnabled(in: call.world).write(to: &json) },
    Field("default_project_id", ifPresent: \.defaultProjectID),
    Field("password_expires_at", \.passwordEnd),
    Field("options", \.options),
    .links("/users/", \.id),
  ])

  /// A change shows what is kept besides once more (sql_model.User.to_dict, `include_extra_dict`).
  private static let changedView = shownView + [Field("extra", \.extra)]
  /// One user, and not a list of them, shows the accounts that it is linked to.
  private static let shownView = view + [Field("federated", ifPresent: \.federated)]

  static let routes: [Route] = [
    .get("/users", "identity:list_users", listRule, access: .resource, run: list),
    .post(
      "/users", "identity:create_user", managerRule, access: .resource, body: attributes.creation(of: member),
      returns: 201, run: create),
    .get("/users/:user_id", "identity:get_user", showRule, access: .resource, run: show),
    .patch(
      "/users/:user_id", "identity:update_user", managerRule, access: .resource, body: attributes.change(of: member),
      run: update),
    .delete("/users/:user_id", "identity:delete_user", managerRule, access: .resource, run: delete),
    .delete(
      "/users/:user_id/tokens", "identity:revoke_token", TokenRoutes.revokeRule, access: .resource, run: deleteTokens),
  ]

  static let attributes: [Attribute] = [
    .text("default_project_id"),
    Attribute("description", Schema.string().orNull, keeping: .extra),
    Attribute("domain_id", .keystoneID) { $0.text.sqlValue },
    .spelledTruth("enabled"),
    Attribute("federated", FederatedUser.schema, keeping: .handler),
    .name(),
    Attribute("password", Schema.string().orNull, keeping: .handler),
    Attribute("password_expires_at", .any, keeping: .handler),
    .options(UserOptions.schema),
  ]

  private static let listRule: PolicyRule =
    "rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s)"
  private static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (role:reader and token.domain.id:%(target.user.domain_id)s) or user_id:%(target.user.id)s
    """
  private static let managerRule: PolicyRule =
    "rule:admin_required or (role:manager and token.domain.id:%(target.user.domain_id)s)"

  private var passwordEnd: String? { passwordExpiresAt?.text(.microseconds) }

  /// Whether the user is enabled and not away for too long.
  func isEnabled(in world: World) -> Bool {
    isEnabledByRow
      && Account.isActive(lastActiveDay: lastActiveDay, createdAt: createdAt, UserOptions(options), in: world)
  }

  /// What rules compare with.
  var target: PolicyTarget { ["user.id": id, "user.domain_id": domainID] }
}

extension User {
  /// What lists of users are filtered by.
  static func collection(_ call: Call, _ conditions: [Condition]) throws -> Collection<User> {
    var conditions = conditions
    if let condition = try PasswordEndFilter.condition(call.query) { conditions.append(condition) }
    return Collection(conditions: conditions, filters: [.exact("domain_id"), .truth("enabled"), .name])
  }

  /// A token for a domain lists that domain's users.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let own = try call.caller.domainID
    try call.authorize(own.map { ["domain_id": $0] } ?? [:])
    try call.checkQuery([("domain_id", .keystoneID), ("enabled", .keystoneTruth), ("name", .keystoneName)])
    var conditions = own.map { [Condition("domain_id = ?", $0)] } ?? []
    conditions += FederatedUser.conditions(call.query)
    return try collection(call, conditions).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try authorized(call, "user_id").response(call, view: shownView)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    try call.authorize(call.input["domain_id"]?.text.map { ["user.domain_id": $0] } ?? [:])
    return try await UserChange(call.input.normalizedNames, in: call.world).create(in: call.homeDomain)
      .response(call, view: shownView)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let user = try authorized(call, "user_id")
    let change = UserChange(call.input, in: call.world)
    try change.refuseMoving(user)
    return try await change.apply(to: user.id).response(call, view: changedView)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let user = try authorized(call, "user_id")
    try await call.world.write { db in try existing(user.id, db).remove(db) }
    return .empty
  }

  /// Ends all tokens of a user. Older releases know no such path.
  @Sendable private static func deleteTokens(_ call: Call) async throws -> Response {
    guard call.world.holds(.revocationsReachDescendants) else {
      throw Fault.notFound("The resource could not be found.", reason: .version)
    }
    let id = call.parameter("user_id")
    try call.authorize(["token.user_id": id])
    try await call.world.write { db in
      _ = try existing(id, db)
      try endTokens(of: id, db)
    }
    return .empty
  }

  /// No token that a user has now is worth anything afterwards.
  static func endTokens(of id: String, _ db: Connection) throws {
    try db.execute("UPDATE users SET token_generation = token_generation + 1 WHERE id = ?", id)
  }
}

extension Call {
  /// The domain of what is created without one: that of the caller's token, if it is for a domain, or the default one
  /// (keystone.server.flask.common, `_normalize_domain_id`).
  var homeDomain: String {
    get throws { try caller.domainID ?? IdentitySettings.defaultDomain }
  }
}
