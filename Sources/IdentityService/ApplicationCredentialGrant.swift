import OpenStackAPI
import Persistence

/// An application credential as a token needs it (keystone/common/render_token.py, "application_credential").
struct ApplicationCredentialGrant: TokenGrant {
  let delegation: Delegation
  private let name: String
  private let accessRules: RawJSON?
  private let roleIDs: Set<String>

  /// A credential of a user.
  init(_ id: String, user: String, _ db: Connection) throws {
    let sql = """
      SELECT name, unrestricted, \(ApplicationCredential.accessRulesColumn) FROM application_credentials
      WHERE id = ? AND user_id = ?
      """
    guard let row: GrantRow = try db.first(sql, id, user) else { throw TokenRefusal.invalid }
    name = row.name
    accessRules = row.accessRules
    delegation = Delegation(
      .applicationCredential, id: id, isUnrestricted: row.isUnrestricted,
      accessRules: row.accessRules.map { ApplicationCredential.rules($0) })
    roleIDs = Set(
      try db.query(
        "SELECT role_id FROM application_credential_roles WHERE application_credential_id = ?", id, as: String.self))
  }

  /// The credential's roles that its user still has.
  func roles(of token: Token, _ db: Connection) throws -> [Authorization.Reference] {
    try Assignment.roles(of: token.userID, on: token.scope, among: roleIDs, db)
  }

  func write(to json: inout JSONWriter) {
    json.object("application_credential") { json in
      json.member("id", delegation.id)
      json.member("name", name)
      json.member("restricted", !delegation.isUnrestricted)
      if let accessRules { json.member("access_rules", accessRules) }
    }
  }
}

private struct GrantRow: RowDecodable {
  let name: String
  let isUnrestricted: Bool
  let accessRules: RawJSON?

  init(row: inout Row) throws {
    name = try row.next()
    isUnrestricted = try row.next()
    accessRules = try row.next()
  }
}
