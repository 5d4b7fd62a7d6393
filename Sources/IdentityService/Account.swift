import OpenStackAPI
import Persistence

/// What decides whether a user may log in with a password. Failed logins and the day of the last one are kept in a
/// table of their own, because the tokens in memory are looked up again whenever the table of users changes.
struct Account: Sendable {
  let userID: String
  private let isEnabledByRow: Bool
  let options: UserOptions
  private let createdAt: Timestamp
  private let failures: Int
  private let failedAt: Timestamp?
  /// In days since 1970.
  private let lastActiveDay: Int?
  private let passwordHash: String?
  private let passwordEnd: Timestamp?

  static let tables = """
    CREATE TABLE user_activity (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      failures INTEGER NOT NULL DEFAULT 0,
      failed_at INTEGER,
      last_active_day INTEGER
    ) STRICT;
    """

  /// The column `last_active_day` of a row of `users`.
  static let lastActiveColumn = "(SELECT last_active_day FROM user_activity WHERE user_id = users.id)"

  /// Whether a user has not been away for too long.
  static func isActive(
    lastActiveDay: Int?, createdAt: Timestamp, _ options: UserOptions, in world: World
  ) -> Bool {
    guard let days = SecurityCompliance.of(world).inactiveDays, !options.ignoresInactivity else { return true }
    return world.now.day - (lastActiveDay ?? createdAt.day) < days
  }
}

extension Account: RowDecodable {
  private static let sql = """
    SELECT users.id, enabled, options, users.created_at, ifnull(failures, 0), failed_at, last_active_day, hash,
      expires_at
    FROM users LEFT JOIN user_activity ON user_activity.user_id = users.id
      LEFT JOIN passwords ON passwords.user_id = users.id
    WHERE users.id = ? ORDER BY passwords.number DESC LIMIT 1
    """

  init(row: inout Row) throws {
    userID = try row.next()
    isEnabledByRow = try row.next()
    options = UserOptions(try row.next())
    createdAt = try row.next()
    failures = try row.next(in: .counts)
    failedAt = try row.next()
    lastActiveDay = try row.next(in: .amounts)
    passwordHash = try row.next()
    passwordEnd = try row.next()
  }

  /// The account of a user, if there is one.
  static func find(_ user: String, _ db: Connection) throws -> Account? { try db.first(sql, user) }

  /// Whether the user is enabled and not away for too long.
  func isEnabled(in world: World) -> Bool {
    isEnabledByRow && Self.isActive(lastActiveDay: lastActiveDay, createdAt: createdAt, options, in: world)
  }
}

/// The transaction in which somebody proves who he is.
struct ProvingTransaction {
  let world: World
  let db: Connection
  let findings: PasswordFindings
  /// Whether it may write. Most logins have nothing to write, and begin in one that only reads.
  let writes: Bool

  /// What a transaction that only reads is given up with when there is something to write.
  struct NeedsWriting: Error {}

  /// Goes on only where writing is allowed.
  func beginWriting() throws { if !writes { throw NeedsWriting() } }
}

extension Account {
  /// Proves a user's password, in Keystone's order: a locked account reads the same as a wrong password; that it is
  /// disabled, or its password at its end, only hears who knows the password. What it writes stays also where it
  /// refuses.
  static func prove(
    _ password: String?, of user: String, allowsExpired: Bool = false, _ proving: ProvingTransaction
  ) throws -> Account {
    let world = proving.world
    guard let account = try find(user, proving.db), let password else { throw Fault.unauthorized }
    guard !account.isLocked(in: world) else {
      throw Fault.unauthorized.because(["login": "user", "name": .string(user), "finding": "locked out for a while"])
    }
    guard let hash = account.passwordHash, try proving.findings.fits(password, hash) else {
      try account.recordFailure(proving)
      throw Fault.unauthorized.because(["login": "user", "name": .string(user), "finding": "another password"])
    }
    guard account.isEnabled(in: world) else { throw Fault.disabledAccount(user) }
    if account.isExpired(at: world.now) {
      guard allowsExpired else { throw Fault.expiredPassword(user) }
      return account
    }
    try account.recordSuccess(proving)
    return account
  }

  private func isLocked(in world: World) -> Bool {
    let compliance = SecurityCompliance.of(world)
    guard let most = compliance.lockoutAttempts, !options.ignoresLockout, failures >= most, let failedAt else {
      return false
    }
    return world.now < failedAt + compliance.lockoutDuration
  }

  private func isExpired(at now: Timestamp) -> Bool {
    passwordEnd.map { $0 <= now && !options.ignoresExpiry } ?? false
  }

  /// Counts only where it matters. A lock that has ended has forgotten what led to it.
  private func recordFailure(_ proving: ProvingTransaction) throws {
    guard let most = SecurityCompliance.of(proving.world).lockoutAttempts else { return }
    try proving.beginWriting()
    let startsAnew = failures >= most && !options.ignoresLockout
    try proving.db.execute(
      """
      INSERT INTO user_activity (user_id, failures, failed_at) VALUES (?1, 1, ?2)
      ON CONFLICT DO UPDATE SET failures = iif(?3, 0, failures) + 1, failed_at = ?2
      """, userID, proving.world.now.microseconds, startsAnew)
  }

  private func recordSuccess(_ proving: ProvingTransaction) throws {
    let day = proving.world.now.day
    let isNewDay = SecurityCompliance.of(proving.world).inactiveDays != nil && lastActiveDay != day
    guard failures > 0 || isNewDay else { return }
    try proving.beginWriting()
    try Self.reset(userID, activeOn: day, proving.db)
  }

  /// Forgets failed logins, and has a user active today, as an administrator does who enables one.
  static func reset(_ user: String, activeOn day: Int, _ db: Connection) throws {
    try db.execute(
      """
      INSERT INTO user_activity (user_id, last_active_day) SELECT id, ?2 FROM users WHERE id = ?1
      ON CONFLICT DO UPDATE SET failures = 0, failed_at = NULL, last_active_day = ?2
      """, user, day)
  }
}

extension Fault {
  /// keystone.exception.UserDisabled.
  fileprivate static func disabledAccount(_ user: String) -> Fault {
    Fault(401, "The account is disabled for user: \(user).", reason: .authentication)
  }

  /// keystone.exception.PasswordExpired.
  fileprivate static func expiredPassword(_ user: String) -> Fault {
    Fault(401, "The password is expired and needs to be changed for user: \(user).", reason: .authentication)
  }
}

extension Timestamp {
  /// The day, counted from 1970-01-01.
  var day: Int { Int((Double(seconds) / 86_400).rounded(.down)) }
}
