import OpenStackAPI
import Persistence

extension Trust {
  /// A trust and those that it was redelegated from, nearest first.
  private static let chain = """
    WITH RECURSIVE chain (id, parent, depth) AS (
      SELECT id, redelegated_trust_id, 0 FROM trusts WHERE id = ?
      UNION ALL
      SELECT trusts.id, redelegated_trust_id, depth + 1 FROM chain JOIN trusts ON trusts.id = parent
    )
    """

  /// The ids of a trust's roles.
  static func roles(of id: String, _ db: Connection) throws -> [String] {
    try db.query("SELECT role_id FROM trust_roles WHERE trust_id = ?", id, as: String.self)
  }

  /// Who gave a trust first, before it was redelegated.
  static func firstTrustor(of id: String, _ db: Connection) throws -> String {
    let sql =
      chain + "SELECT trustor_user_id FROM chain JOIN trusts ON trusts.id = chain.id ORDER BY depth DESC LIMIT 1"
    return try db.scalar(sql, id, as: String.self) ?? ""
  }

  /// Whether all are enabled through whom a trust was redelegated.
  static func agentsAreEnabled(of id: String, _ db: Connection) throws -> Bool {
    let sql =
      chain
        + """
        SELECT 1 FROM chain JOIN trusts ON trusts.id = chain.id JOIN users ON users.id = trustee_user_id
        WHERE depth > 0 AND NOT users.enabled
        """
    return try !db.exists(sql, id)
  }

  /// A trust that has not ended and was not used up (keystone.trust.core.Manager.get_trust).
  static func usable(_ id: String, at now: Timestamp, _ db: Connection) throws -> Trust {
    let trust = try existing(id, db)
    guard trust.expiresAt.map({ now <= $0 }) ?? true, trust.remainingUses.map({ $0 > 0 }) ?? true else {
      throw Fault.missing("\(member)", id)
    }
    guard try agentsAreEnabled(of: id, db) else { throw Fault.forbiddenWithoutReason }
    return trust
  }

  /// Whether a trust is good for so many logins only.
  static func isLimited(_ id: String, _ db: Connection) throws -> Bool {
    try db.exists("SELECT 1 FROM trust_uses WHERE trust_id = ?", id)
  }

  /// Counts a login by a trust whose uses are limited.
  static func use(_ id: String, _ db: Connection) throws {
    let sql = "UPDATE trust_uses SET remaining = remaining - 1 WHERE trust_id = ? AND remaining > 0"
    guard try db.execute(sql, id) == 1 else { throw Fault.forbidden("No remaining uses for trust: \(id).") }
  }

  /// A trust and all that it was redelegated from.
  fileprivate static func pedigree(of id: String, _ db: Connection) throws -> [Trust] {
    var trusts: [Trust] = []
    var next: String? = id
    while let id = next {
      let trust = try existing(id, db)
      trusts.append(trust)
      next = trust.redelegatedTrustID
    }
    return trusts
  }
}

extension Trust {
  /// The order of the checks is Keystone's (keystone/api/trusts.py and keystone/trust/core.py).
  @Sendable static func create(_ call: Call) async throws -> Response {
    let input = call.input
    let trustor = input["trustor_user_id"]?.text ?? ""
    try call.authorize(["trust.trustor_user_id": trustor])
    try call.refuseDelegatedTrust(isChange: true)
    if hasProject(input), (input["roles"]?.array ?? []).isEmpty {
      throw Fault.forbiddenAction("At least one role should be specified")
    }
    guard try call.caller.user.id == trustor else {
      throw Fault.forbiddenAction("The authenticated user should match the trustor")
    }
    return try await call.world.write { db in
      let draft = try draft(call, db)
      return try draft.insert(call, db)
    }.document(call)
  }

  private static func hasProject(_ input: JSON) -> Bool { input["project_id"]?.text.map { !$0.isEmpty } ?? false }

  private static func draft(_ call: Call, _ db: Connection) throws -> Draft {
    let input = call.input
    _ = try User.existing(input["trustee_user_id"]?.text ?? "", db)
    let delegation = try call.caller.delegation
    let source = delegation?.means == .trust ? delegation?.id : nil
    let roles = try Role.ids(named: input["roles"], db)
    try refuse(roles, notHeldBy: source, input, db)
    var draft = Draft(roles: roles, deepest: DelegationSettings.of(call.world).redelegations)
    draft.expiresAt = try input["expires_at"]?.text.map { try .end($0, after: call.now) }
    if delegation != nil, source == nil {
      throw Fault.forbiddenAction("Redelegation allowed for delegated by trust only")
    }
    let parent = try source.map { try usable($0, at: call.now, db) }
    try draft.limit(input)
    if let parent { try draft.redelegate(parent, input, db) }
    return draft
  }

  /// Only roles that the trustor has on the project can be delegated; of redelegated trusts it is the first trustor's.
  private static func refuse(_ roles: [String], notHeldBy source: String?, _ input: JSON, _ db: Connection) throws {
    var held: Set<String> = []
    if hasProject(input), let project = input["project_id"]?.text {
      _ = try Project.existing(project, db)
      let trustor = try source.map { try firstTrustor(of: $0, db) } ?? input["trustor_user_id"]?.text ?? ""
      held = try Assignment.allRoles(of: trustor, onProject: project, db)
    }
    if let role = roles.first(where: { !held.contains($0) }) { throw Fault.missing("role", role) }
  }

  /// A trust in the making.
  private struct Draft {
    let roles: [String]
    /// How often it may be redelegated at most.
    let deepest: Int
    var expiresAt: Timestamp?
    var count: Int = 0
    var requestedCount: Int?
    var isRedelegatable = false
    var parent: String?

    init(roles: [String], deepest: Int) { (self.roles, self.deepest) = (roles, deepest) }

    /// How far it may be redelegated.
    mutating func limit(_ input: JSON) throws {
      requestedCount = input["redelegation_count"]?.integer
      isRedelegatable = input["allow_redelegation"] == .bool(true) && requestedCount != 0
      guard isRedelegatable else { return }
      guard requestedCount.map({ $0 <= deepest }) ?? true else { throw Fault.forbiddenWithoutReason }
      guard input["remaining_uses"]?.integer == nil else {
        throw Fault.badRequest("remaining_uses must not be set if redelegation is allowed")
      }
      count = requestedCount ?? deepest
    }

    /// Takes the limits of the trusts that it comes from.
    mutating func redelegate(_ trust: Trust, _ input: JSON, _ db: Connection) throws {
      parent = trust.id
      let remaining = trust.redelegationCount - 1
      if isRedelegatable, let requestedCount, requestedCount != remaining { throw Fault.forbiddenWithoutReason }
      count = isRedelegatable ? remaining : 0
      for ancestor in try Trust.pedigree(of: trust.id, db) { try check(ancestor, input, db) }
    }

    /// keystone.trust.core.Manager._validate_redelegation.
    private mutating func check(_ trust: Trust, _ input: JSON, _ db: Connection) throws {
      let theirs = Set(try Trust.roles(of: trust.id, db))
      guard trust.redelegationCount > 0, trust.redelegationCount <= deepest, input["remaining_uses"]?.integer == nil,
        theirs.isSuperset(of: roles), trust.isImpersonating || input["impersonation"] == .bool(false)
      else { throw Fault.forbiddenWithoutReason }
      if let own = expiresAt, let limit = trust.expiresAt, limit < own { throw Fault.forbiddenWithoutReason }
      expiresAt = expiresAt ?? trust.expiresAt
    }

    func insert(_ call: Call, _ db: Connection) throws -> Trust {
      let input = call.input
      var values = RowValues()
      values["id"] = call.world.identifiers.hex()
      for name in ["trustor_user_id", "trustee_user_id"] { values[name] = input[name]?.text }
      values["project_id"] = Trust.hasProject(input) ? input["project_id"]?.text : nil
      values["impersonation"] = input["impersonation"]?.bool ?? false
      values["expires_at"] = expiresAt?.microseconds
      values["redelegated_trust_id"] = parent
      values["redelegation_count"] = count
      let id = try Trust.insert(values, db).id
      for role in roles { try db.execute("INSERT INTO trust_roles (trust_id, role_id) VALUES (?, ?)", id, role) }
      if let uses = input["remaining_uses"]?.integer {
        try db.execute("INSERT INTO trust_uses (trust_id, remaining) VALUES (?, ?)", id, uses)
      }
      return try Trust.existing(id, db)
    }
  }
}
