import OpenStackAPI
import Persistence

/// What a user gave a consumer: some of his roles on a project, until he takes them back.
struct AccessToken: Sendable {
  let id: String
  let secret: String
  let userID: String
  let projectID: String
  let roleIDs: RawJSON
  let consumerID: String
  let expiresAt: Timestamp?
  let extra: RawJSON
}

extension AccessToken: Resource {
  static let member: StaticString = "access_token"
  static let collection: StaticString = "access_tokens"
  static let table = "access_tokens"
  static let columns = "id, secret, authorizing_user_id, project_id, role_ids, consumer_id, expires_at, '{}'"

  init(row: inout Row) throws {
    id = try row.next()
    secret = try row.next()
    userID = try row.next()
    projectID = try row.next()
    roleIDs = try row.next()
    consumerID = try row.next()
    expiresAt = try row.next()
    extra = try row.next()
  }

  static let view = View<AccessToken>([
    Field("id", \.id),
    Field("authorizing_user_id", \.userID),
    Field("project_id", \.projectID),
    Field("consumer_id", \.consumerID),
    Field("expires_at", { $0.expiresAt?.text(.microsecondsZ) }),
    Field("links") { token, call, json in
      let path = "/users/\(token.userID)/OS-OAUTH1/access_tokens/"
      json.object { json in
        json.member("roles", call.link(path, token.id) + "/roles")
        json.member("self", call.link(path, token.id))
      }
    },
  ])

  private static let path = "/users/:user_id/OS-OAUTH1/access_tokens"
  private static let adminRule = PolicyRule("rule:admin_required").only(.project)
  private static let one = path + "/:access_token_id"

  static let routes: [Route] = [
    .get(path, "identity:list_access_tokens", adminRule, run: list),
    .get(one, "identity:get_access_token", adminRule, run: show),
    .delete(one, "identity:delete_access_token", adminRule, run: delete),
    .get(one + "/roles", "identity:list_access_token_roles", adminRule, run: listRoles),
    .get(one + "/roles/:role_id", "identity:get_access_token_role", adminRule, run: showRole),
  ]

  /// Roles as they are shown here: without their descriptions.
  private static let roleView = View<Role>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("options", \.options),
    .links("/roles/", \.id),
  ])
}

extension AccessToken {
  /// Keystone does not quote the id.
  static func missing(_ id: String) -> Fault { .notFound("Access token not found") }

  /// The one that the path names, of the user that the path names.
  private static func named(_ call: Call) throws -> AccessToken {
    let token = try call.world.read { try existing(call.parameter("access_token_id"), $0) }
    guard token.userID == call.parameter("user_id") else { throw missing(token.id) }
    return token
  }

  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.refuseDelegatedGrant()
    return try Collection<AccessToken>(
      conditions: [Condition("authorizing_user_id = ?", call.parameter("user_id"))], filters: []
    ).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.refuseDelegatedAccessToken()
    return try named(call).response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try call.refuseDelegatedAccessToken()
    try await call.world.write { db in
      let token = try existing(call.parameter("access_token_id"), db)
      guard token.userID == call.parameter("user_id") else { throw Fault.unauthorized }
      try token.remove(db)
    }
    return .empty
  }

  private static func roles(of token: AccessToken, _ call: Call) throws -> [Role] {
    try call.world.read { db in
      try db.query(
        "SELECT \(Role.columns) FROM roles WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number",
        token.roleIDs.text)
    }
  }

  @Sendable private static func listRoles(_ call: Call) throws -> Response {
    let roles = try roles(of: named(call), call)
    let projection = roleView.projection(for: call)
    return .json { json in
      json.array(Role.collection) { json in
        for role in roles { projection.write(role, to: &json) }
      }
      json.object("links") { json in
        json.member("next", String?.none)
        json.member("self", call.address)
        json.member("previous", String?.none)
      }
    }
  }

  @Sendable private static func showRole(_ call: Call) throws -> Response {
    let token = try call.world.read { try existing(call.parameter("access_token_id"), $0) }
    guard token.userID == call.parameter("user_id") else { throw Fault.unauthorized }
    let id = call.parameter("role_id")
    guard let role = try roles(of: token, call).first(where: { $0.id == id }) else { throw Fault.missing("role", id) }
    let projection = roleView.projection(for: call)
    return .json { json in
      json.key(Role.member)
      projection.write(role, to: &json)
    }
  }
}
