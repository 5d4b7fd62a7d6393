import OpenStackAPI
import Persistence

/// A trust as a token needs it (keystone/models/token_model.py, "trust").
struct TrustGrant: TokenGrant {
  let delegation: Delegation
  let impersonated: TokenUser?
  let endsAt: Timestamp?
  let wholeRoles: RawJSON?
  /// The delegated roles and what they imply.
  private let roles: Set<String>
  private let trustorID: String
  private let trusteeID: String
  private let isImpersonating: Bool
  private let projectID: String?

  /// A trust that a trustee may use: not ended, its trustor and all through whom it was delegated enabled.
  /// `generation` is the trustor's when the token was made.
  init(_ id: String, trustee: String, generation: Int, _ db: Connection) throws {
    guard let row: TrustRow = try db.first(TrustRow.sql, id) else { throw TokenRefusal.invalid }
    guard row.trusteeID == trustee, let trustor: TokenUser = try db.first(TokenUser.sql, row.trustorID),
      trustor.isEnabled, try Trust.agentsAreEnabled(of: id, db)
    else { throw TokenRefusal.forbidden }
    guard trustor.generation == generation else { throw TokenRefusal.invalid }
    delegation = Delegation(.trust, id: id)
    impersonated = row.isImpersonating ? trustor : nil
    endsAt = row.expiresAt
    roles = try Assignment.implied(by: Trust.roles(of: id, db), db)
    wholeRoles = try db.scalar(Self.rolesSQL, JSON.array(roles.map(JSON.string)).jsonText, as: RawJSON.self)
    (trustorID, trusteeID, isImpersonating, projectID) =
      (row.trustorID, row.trusteeID, row.isImpersonating, row.projectID)
  }

  private static let rolesSQL = """
    SELECT \(Role.documents)
    FROM (SELECT * FROM roles WHERE domain_id IS NULL AND id IN (SELECT value FROM json_each(?)) ORDER BY number)
    """

  /// The delegated roles and what they imply. When the trustor, or the one who first gave the trust, has lost one of
  /// them, the trust is worth nothing.
  func roles(of token: Token, _ db: Connection) throws -> [Authorization.Reference] {
    guard let projectID, token.scope == .project(projectID) else { throw TokenRefusal.forbidden }
    for user in Set([trustorID, try Trust.firstTrustor(of: delegation.id, db)]) {
      guard try roles.isSubset(of: Assignment.allRoles(of: user, onProject: projectID, db)) else {
        throw TokenRefusal.forbidden
      }
    }
    return try db.query(
      """
      SELECT id, name FROM roles WHERE domain_id IS NULL AND id IN (SELECT value FROM json_each(?)) ORDER BY number
      """, JSON.array(roles.map(JSON.string)).jsonText, as: RoleReference.self
    ).map(\.reference)
  }

  func write(to json: inout JSONWriter) {
    json.object("OS-TRUST:trust") { json in
      json.member("id", delegation.id)
      json.object("trustor_user") { $0.member("id", trustorID) }
      json.object("trustee_user") { $0.member("id", trusteeID) }
      json.member("impersonation", isImpersonating)
    }
  }
}

/// What a login by a trust needs to know of it.
struct TrustRow: RowDecodable {
  let trustorID: String
  let trusteeID: String
  let projectID: String?
  let isImpersonating: Bool
  let expiresAt: Timestamp?
  let remainingUses: Int?

  static let sql = """
    SELECT trustor_user_id, trustee_user_id, project_id, impersonation, expires_at,
      (SELECT remaining FROM trust_uses WHERE trust_id = trusts.id)
    FROM trusts WHERE id = ?
    """

  init(row: inout Row) throws {
    trustorID = try row.next()
    trusteeID = try row.next()
    projectID = try row.next()
    isImpersonating = try row.next()
    expiresAt = try row.next()
    remainingUses = try row.next()
  }

  /// Whether a token can still be had by it.
  func isUsable(at now: Timestamp) -> Bool {
    expiresAt.map { now <= $0 } ?? true && remainingUses.map { $0 > 0 } ?? true
  }
}
