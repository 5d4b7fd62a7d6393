import OpenStackAPI
import Persistence

/// Tokens that were revoked before their end. All other reasons for which a token ends are in the rows of its user and
/// its scope.
enum Revocation {
  /// Since a revocation can reach the tokens that were made from the one that it names.
  static let descendantsColumn = "ALTER TABLE revocations ADD COLUMN with_descendants INTEGER NOT NULL DEFAULT 0;"

  /// Revokes a token, with those that were made from it where that is asked for, and forgets revocations that no longer
  /// matter: of tokens that would have ended by now, even for those who look at expired ones.
  static func revoke(_ token: Token, withDescendants: Bool, in world: World) async throws {
    let now = world.now
    let past = now.microseconds - Int(IdentitySettings.expiredWindow.components.seconds) * 1_000_000
    try await world.write { db in
      try db.execute("DELETE FROM revocations WHERE expires_at < ?", past)
      try db.execute(
        """
        INSERT INTO revocations (audit_id, revoked_at, expires_at, with_descendants) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET with_descendants = max(with_descendants, excluded.with_descendants)
        """, token.auditID.text, now.microseconds, token.expiresAt.microseconds, withDescendants)
    }
  }

  /// Whether a token was revoked, or the first of its chain with all that was made from it.
  static func exists(of token: Token, _ db: Connection) throws -> Bool {
    if try db.exists("SELECT 1 FROM revocations WHERE audit_id = ?", token.auditID.text) { return true }
    guard let parent = token.parentAuditID else { return false }
    return try db.exists("SELECT 1 FROM revocations WHERE audit_id = ? AND with_descendants", parent.text)
  }
}
