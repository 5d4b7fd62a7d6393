import OpenStackAPI
import Persistence

/// An OAuth access token as a token needs it (keystone/common/render_token.py, "OS-OAUTH1").
struct AccessTokenGrant: TokenGrant {
  let delegation: Delegation
  private let consumerID: String
  private let roleIDs: RawJSON

  /// An access token that a user gave.
  init(_ id: String, user: String, _ db: Connection) throws {
    let sql = "SELECT consumer_id, role_ids FROM access_tokens WHERE id = ? AND authorizing_user_id = ?"
    guard let row: GrantRow = try db.first(sql, id, user) else { throw TokenRefusal.invalid }
    delegation = Delegation(.accessToken, id: id)
    (consumerID, roleIDs) = (row.consumerID, row.roleIDs)
  }

  /// The roles that were given, and what they imply, as far as the user still has them.
  func roles(of token: Token, _ db: Connection) throws -> [Authorization.Reference] {
    let given = try Assignment.implied(by: roleIDs.texts, db)
    return try Assignment.roles(of: token.userID, on: token.scope, among: given, db)
  }

  func write(to json: inout JSONWriter) {
    json.object("OS-OAUTH1") { json in
      json.member("access_token_id", delegation.id)
      json.member("consumer_id", consumerID)
    }
  }
}

private struct GrantRow: RowDecodable {
  let consumerID: String
  let roleIDs: RawJSON

  init(row: inout Row) throws {
    consumerID = try row.next()
    roleIDs = try row.next()
  }
}

extension RawJSON {
  /// The texts of a stored array.
  var texts: [String] { (JSON(stored: text)?.array ?? []).compactMap(\.text) }
}
