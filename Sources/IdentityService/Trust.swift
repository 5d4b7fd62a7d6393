import OpenStackAPI
import Persistence

/// What one user lets another do in his place: some of his roles on a project (Identity API v3, "OS-TRUST").
struct Trust: Sendable {
  let id: String
  let trustorID: String
  let trusteeID: String
  let projectID: String?
  let isImpersonating: Bool
  let expiresAt: Timestamp?
  let remainingUses: Int?
  let redelegatedTrustID: String?
  let redelegationCount: Int
  let extra: RawJSON
}

extension Trust: Resource {
  static let member: StaticString = "trust"
  static let collection: StaticString = "trusts"
  static let table = "trusts"
  static let columns = """
    id, trustor_user_id, trustee_user_id, project_id, impersonation, expires_at,
    (SELECT remaining FROM trust_uses WHERE trust_id = trusts.id), redelegated_trust_id, redelegation_count, extra
    """

  init(row: inout Row) throws {
    id = try row.next()
    trustorID = try row.next()
    trusteeID = try row.next()
    projectID = try row.next()
    isImpersonating = try row.next()
    expiresAt = try row.next()
    remainingUses = try row.next()
    redelegatedTrustID = try row.next()
    redelegationCount = try row.next(in: 0...Int.max)
    extra = try row.next()
  }

  /// How lists show it; alone it shows its roles as well.
  static let view = View<Trust>([
    Field("id", \.id),
    Field("trustor_user_id", \.trustorID),
    Field("trustee_user_id", \.trusteeID),
    Field("project_id", \.projectID),
    Field("impersonation", \.isImpersonating),
    Field("expires_at", { $0.expiresAt?.text(.microsecondsZ) }),
    Field("remaining_uses", \.remainingUses),
    Field("deleted_at", { _ in JSON.null }),
    Field("redelegated_trust_id", \.redelegatedTrustID),
    Field("redelegation_count", \.redelegationCount),
    .links("/OS-TRUST/trusts/", \.id),
  ])

  private static let path = "/OS-TRUST/trusts"
  private static let byTrustor = "identity:list_trusts_for_trustor"
  private static let byTrustee = "identity:list_trusts_for_trustee"

  static let routes: [Route] = [
    .get(path, "identity:list_trusts", .systemReader, access: .resource, run: list),
    .post(
      path, "identity:create_trust", PolicyRule("user_id:%(target.trust.trustor_user_id)s").only(.project),
      access: .resource, body: creation,
      returns: 201, run: create),
    .get(path + "/:trust_id", "identity:get_trust", showRule, access: .resource, run: show),
    .delete(
      path + "/:trust_id", "identity:delete_trust",
      PolicyRule("rule:admin_required or user_id:%(target.trust.trustor_user_id)s").only([.system, .project]),
      access: .resource, run: delete),
    .get(path + "/:trust_id/roles", "identity:list_roles_for_trust", showRule, access: .resource, run: listRoles),
    .get(path + "/:trust_id/roles/:role_id", "identity:get_role_for_trust", showRule, access: .resource, run: showRole),
  ]

  /// The rules of lists by one of the two users.
  static let rules: [String: PolicyRule] = [
    byTrustor: reader(or: "user_id:%(target.trust.trustor_user_id)s"),
    byTrustee: reader(or: "user_id:%(target.trust.trustee_user_id)s"),
  ]

  private static func reader(or others: String) -> PolicyRule {
    PolicyRule("rule:admin_required or (role:reader and system_scope:all) or \(others)").only([.system, .project])
  }

  private static let showRule = reader(
    or: "user_id:%(target.trust.trustor_user_id)s or user_id:%(target.trust.trustee_user_id)s")

  /// keystone/trust/schema.py.
  private static let creation = Body(
    "\(member)",
    [
      Property("trustor_user_id", .string(), .required),
      Property("trustee_user_id", .string(), .required),
      Property("impersonation", .boolean, .required),
      Property("project_id", Schema.string().orNull),
      Property("remaining_uses", Schema.integer(1...Int.max).orNull),
      Property("expires_at", Schema.string().orNull),
      Property("allow_redelegation", Schema.boolean.orNull),
      Property("redelegation_count", Schema.integer(0...Int.max).orNull),
      Property("redelegated_trust_id", Schema.string().orNull),
      Property("roles", Role.choice),
    ], additional: .allowed)

  var target: PolicyTarget { ["trust.trustor_user_id": trustorID, "trust.trustee_user_id": trusteeID] }

  /// How often a trust can still be used is kept apart from the trusts, because each login by one changes it.
  static let tables = """
    CREATE TABLE trusts (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      trustor_user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      trustee_user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      impersonation INTEGER NOT NULL,
      expires_at INTEGER,
      redelegated_trust_id TEXT REFERENCES trusts (id) ON DELETE CASCADE,
      redelegation_count INTEGER NOT NULL,
      extra TEXT NOT NULL DEFAULT '{}',
      UNIQUE (trustor_user_id, trustee_user_id, project_id, impersonation, expires_at)
    ) STRICT;
    CREATE INDEX trusts_by_trustee ON trusts (trustee_user_id);
    CREATE INDEX trusts_by_project ON trusts (project_id);
    CREATE INDEX trusts_by_redelegated ON trusts (redelegated_trust_id);
    CREATE TABLE trust_roles (
      trust_id TEXT NOT NULL REFERENCES trusts (id) ON DELETE CASCADE,
      role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
      PRIMARY KEY (trust_id, role_id)
    ) STRICT;
    CREATE INDEX trust_roles_by_role ON trust_roles (role_id);
    CREATE TABLE trust_uses (
      trust_id TEXT PRIMARY KEY REFERENCES trusts (id) ON DELETE CASCADE,
      remaining INTEGER NOT NULL
    ) STRICT;
    """
}

extension Trust {
  @Sendable private static func list(_ call: Call) throws -> Response {
    var conditions: [Condition] = []
    if let trustor = call.query["trustor_user_id"], !trustor.isEmpty {
      try call.authorize(["trust.trustor_user_id": trustor], rule: byTrustor)
      conditions = [Condition("trustor_user_id = ?", trustor)]
    } else if let trustee = call.query["trustee_user_id"], !trustee.isEmpty {
      try call.authorize(["trust.trustee_user_id": trustee], rule: byTrustee)
      conditions = [Condition("trustee_user_id = ?", trustee)]
    } else {
      try call.authorize([:])
      // Keystone lists all of them only where the query says nothing at all.
      if !call.query.pairs.isEmpty { conditions = [Condition("0")] }
    }
    try call.refuseDelegatedTrust(isChange: false)
    return try Collection<Trust>(conditions: conditions, filters: []).response(call)
  }

  /// The one that the path names, if it can still be used. As in Keystone one that cannot is missing for everybody.
  private static func named(_ call: Call) throws -> Trust {
    let trust = try call.world.read { try usable(call.parameter("trust_id"), at: call.now, $0) }
    try call.authorize(trust.target)
    try call.refuseDelegatedTrust(isChange: call.route.method == .delete)
    return trust
  }

  @Sendable private static func show(_ call: Call) throws -> Response { try named(call).document(call) }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = try named(call).id
    try await call.world.write { db in try usable(id, at: call.now, db).remove(db) }
    return .empty
  }

  @Sendable private static func listRoles(_ call: Call) throws -> Response {
    let trust = try named(call)
    let roles = try call.world.read { try trust.roles($0) }
    return .json { json in
      write(roles, call, to: &json)
      json.key("links")
      trust.writeRolesLinks(call, to: &json)
    }
  }

  @Sendable private static func showRole(_ call: Call) throws -> Response {
    let trust = try named(call)
    let id = call.parameter("role_id")
    guard let role = try call.world.read({ try trust.roles($0) }).first(where: { $0.id == id }) else {
      throw Fault.missing("role", id)
    }
    return role.response(call)
  }

  /// `{"trust": {...}}` with the roles.
  func document(_ call: Call) throws -> Response {
    let roles = try call.world.read { try self.roles($0) }
    return .json { json in
      json.object(Self.member) { json in
        json.members(of: extra)
        Self.view.projection(for: call).writeMembers(of: self, to: &json)
        Self.write(roles, call, to: &json)
        json.key("roles_links")
        writeRolesLinks(call, to: &json)
      }
    }
  }

  private static func write(_ roles: [Role], _ call: Call, to json: inout JSONWriter) {
    let projection = Role.view.projection(for: call)
    json.array(Role.collection) { json in
      for role in roles { Role.write(role, to: &json, projection) }
    }
  }

  /// Keystone leaves the first half of the path out.
  private func writeRolesLinks(_ call: Call, to json: inout JSONWriter) {
    json.object { json in
      json.member("self", call.link("/\(id)/roles"))
      json.member("next", String?.none)
      json.member("previous", String?.none)
    }
  }

  private func roles(_ db: Connection) throws -> [Role] {
    try db.query(
      "SELECT \(Role.columns) FROM roles WHERE id IN (SELECT role_id FROM trust_roles WHERE trust_id = ?) "
        + "ORDER BY number", id)
  }
}
