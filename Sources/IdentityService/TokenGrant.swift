import OpenStackAPI
import Persistence

/// What a token was delegated by, as the rows have it now.
protocol TokenGrant: Sendable {
  /// What services get to know of it.
  var delegation: Delegation { get }
  /// Whom the token speaks for, where that is not who was authenticated.
  var impersonated: TokenUser? { get }
  /// When it ends, and the token with it.
  var endsAt: Timestamp? { get }
  /// The roles that a token has by it.
  func roles(of token: Token, _ db: Connection) throws -> [Authorization.Reference]
  /// The roles as the token's document shows them, where that is more than their ids and names.
  var wholeRoles: RawJSON? { get }
  /// What the token's document says of it.
  func write(to json: inout JSONWriter)
}

extension TokenGrant {
  /// None.
  var wholeRoles: RawJSON? { nil }
  /// No one.
  var impersonated: TokenUser? { nil }
  /// Never.
  var endsAt: Timestamp? { nil }
}

extension Token {
  /// What the token was delegated by; a refusal when that is no more.
  func grant(_ db: Connection) throws -> (any TokenGrant)? {
    switch delegation {
    case nil: nil
    case .trust(let id, let generation): try TrustGrant(id, trustee: userID, generation: generation, db)
    case .applicationCredential(let id): try ApplicationCredentialGrant(id, user: userID, db)
    case .accessToken(let id): try AccessTokenGrant(id, user: userID, db)
    }
  }
}

/// A role as tokens name it.
struct RoleReference: RowDecodable {
  let reference: Authorization.Reference

  init(row: inout Row) throws { reference = Authorization.Reference(id: try row.next(), name: try row.next()) }
}

extension Assignment {
  /// The roles of a user on a project that are also among some others.
  static func roles(
    of user: String, on scope: Token.Scope, among ids: Set<String>, _ db: Connection
  ) throws -> [Authorization.Reference] {
    try roles(of: user, on: scope, db).filter { ids.contains($0.id) }
  }

  /// Some roles and all that they imply.
  static func implied(by ids: [String], _ db: Connection) throws -> Set<String> {
    let rows = try db.query(
      """
      WITH RECURSIVE held (role_id) AS (
        SELECT id FROM roles WHERE id IN (SELECT value FROM json_each(?))
        UNION
        SELECT implied_role_id FROM held JOIN implied_roles ON prior_role_id = held.role_id
      )
      SELECT role_id FROM held
      """, JSON.array(ids.map(JSON.string)).jsonText, as: String.self)
    return Set(rows)
  }
}
