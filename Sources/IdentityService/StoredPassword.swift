import OpenStackAPI
import Persistence

/// A password that a user has or had. The newest is the one that counts; older ones are only kept to be told apart from
/// new ones.
struct StoredPassword: RowDecodable, Sendable {
  let number: Int
  let hash: String
  let createdAt: Timestamp
  let expiresAt: Timestamp?
  /// Whether the user chose it, not an administrator.
  let isChosenByOwner: Bool

  /// Who chose a password is only asked where a minimum age is.
  static let ownerColumn = "ALTER TABLE passwords ADD COLUMN self_service INTEGER NOT NULL DEFAULT 0;"

  init(row: inout Row) throws {
    number = try row.next()
    hash = try row.next()
    createdAt = try row.next()
    expiresAt = try row.next()
    isChosenByOwner = try row.next()
  }

  /// A user's passwords, the newest last.
  static func all(of user: String, _ db: Connection) throws -> [StoredPassword] {
    try db.query(
      "SELECT number, hash, created_at, expires_at, self_service FROM passwords WHERE user_id = ? ORDER BY number", user
    )
  }

  /// Gives a user a new password. The old ones end now; `keep` of them stay.
  static func set(
    _ hash: String, of user: String, byOwner: Bool, until end: Timestamp?, keep: Int, at now: Timestamp,
    _ db: Connection
  ) throws {
    try db.execute(
      """
      DELETE FROM passwords WHERE user_id = ?1 AND number NOT IN (
        SELECT number FROM passwords WHERE user_id = ?1 ORDER BY number DESC LIMIT ?2
      )
      """, user, max(1, keep))
    try db.execute(
      "UPDATE passwords SET expires_at = ?1 WHERE user_id = ?2 AND (expires_at IS NULL OR expires_at > ?1)",
      now.microseconds, user)
    try db.execute(
      "INSERT INTO passwords (user_id, hash, created_at, expires_at, self_service) VALUES (?, ?, ?, ?, ?)", user, hash,
      now.microseconds, end?.microseconds, byOwner)
  }
}
