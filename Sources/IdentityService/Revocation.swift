import OpenStackAPI
import Persistence

/// Tokens that were revoked before their end. All other reasons for which a token ends are in the rows of its user and
/// its scope.
enum Revocation {
  /// Revokes a token, and forgets revocations that no longer matter: of tokens that would have ended by now, even for
  /// those who look at expired ones.
  static func revoke(_ token: Token, in world: World) async throws {
    let now = world.now
    let past = now.microseconds - Int(IdentitySettings.expiredWindow.components.seconds) * 1_000_000
    try await world.write { db in
      try db.execute("DELETE FROM revocations WHERE expires_at < ?", past)
      try db.execute(
        "INSERT INTO revocations (audit_id, revoked_at, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        token.auditID.text, now.microseconds, token.expiresAt.microseconds)
    }
  }

  /// Whether a token was revoked.
  static func exists(of token: Token, _ db: Connection) throws -> Bool {
    try db.exists("SELECT 1 FROM revocations WHERE audit_id = ?", token.auditID.text)
  }
}
