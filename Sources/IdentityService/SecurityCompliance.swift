import OpenStackAPI
import RegularExpressions

/// What is asked of passwords and of those who have them. All of it is off unless the configuration says otherwise.
///
/// Source: keystone.conf, [security_compliance].
struct SecurityCompliance: Sendable {
  /// After how many days without a login an account no longer counts as enabled.
  var inactiveDays: Int?
  /// After how many failed logins in a row an account is locked.
  var lockoutAttempts: Int?
  /// For how long it is locked.
  var lockoutDuration = Duration.seconds(1800)
  /// For how many days a new password is good.
  var expiryDays: Int?
  /// How many passwords in a row, with the new one, must differ.
  var uniqueCount = 0
  /// For how many days users must keep a password that they chose themselves.
  var minimumAgeDays = 0
  /// The regular expression that a new password must match from its beginning on.
  var pattern: RegularExpression?
  /// That expression in words.
  var patternDescription: String?
  /// Whether a password that someone else set must be changed before its first use.
  var changesUponFirstUse = false

  /// Nothing is asked.
  init() {}

  /// Reads `identity.security_compliance`.
  init(_ section: Configuration) throws {
    let days = 1...36_500
    inactiveDays = try section.integer("disable_user_account_days_inactive", in: days)
    lockoutAttempts = try section.integer("lockout_failure_attempts", in: 1...1_000_000)
    lockoutDuration = .seconds(try section.integer("lockout_duration", in: 1...1_000_000_000) ?? 1800)
    expiryDays = try section.integer("password_expires_days", in: days)
    uniqueCount = try section.integer("unique_last_password_count", in: 0...1000) ?? 0
    minimumAgeDays = try section.integer("minimum_password_age", in: 0...36_500) ?? 0
    pattern = try Self.expression(section)
    patternDescription = try section.string("password_regex_description")
    changesUponFirstUse = try section.bool("change_password_upon_first_use") ?? false
  }

  /// What a world asks for.
  static func of(_ world: World) -> SecurityCompliance { world.settings.get(default: IdentitySettings()).compliance }

  private static func expression(_ section: Configuration) throws -> RegularExpression? {
    guard let pattern = try section.string("password_regex") else { return nil }
    do {
      return try RegularExpression(pattern)
    } catch {
      throw section.mistake("password_regex", "expected a regular expression, found \(JSON.quoted(pattern))")
    }
  }
}

extension SecurityCompliance {
  /// Refuses a password that does not have the form that is asked for (keystone.common.validation.validators).
  func refuseWeak(_ password: JSON) throws {
    guard let pattern else { return }
    guard let text = password.text else {
      throw Fault.badRequest("Password validation error: Password must be a string type.")
    }
    guard try !Self.begins(text, with: pattern) else { return }
    throw Fault.badRequest(
      "The password does not match the requirements: \(patternDescription ?? "None").", reason: .state)
  }

  private static func begins(_ text: String, with pattern: RegularExpression) throws -> Bool {
    var budget = StepBudget()
    do {
      var search = try pattern.search(onlyAtStart: true, &budget)
      return try search.matches(text, &budget)
    } catch {
      throw Fault.badRequest("Password validation error: the password takes too long to compare with the requirements.")
    }
  }

  /// When a password that is set now ends; `nil` for never. One that someone else chose may end at once.
  func end(ofPasswordSetAt now: Timestamp, byOwner: Bool, _ options: UserOptions) -> Timestamp? {
    if changesUponFirstUse, !byOwner, !options.ignoresFirstUse { return now }
    guard let expiryDays, !options.ignoresExpiry else { return nil }
    return Timestamp(seconds: (now + .days(expiryDays)).seconds)
  }

  /// Refuses that users change a password which they chose themselves too soon.
  func refuseYoung(_ password: StoredPassword, at now: Timestamp) throws {
    guard password.isChosenByOwner else { return }
    let end = password.createdAt + .days(minimumAgeDays)
    guard now < end else { return }
    throw Fault.badRequest(
      "You cannot change your password at this time due to the minimum password age. Once you change your password, it "
        + "must be used for \(minimumAgeDays) day(s) before it can be changed. Please try again in "
        + "\((end - now).components.seconds / 86_400) day(s) or contact your administrator to reset your password.",
      reason: .state)
  }

  /// Refuses a password that is one of the last ones.
  func refuseRepeated(_ password: String, among stored: [StoredPassword], _ findings: PasswordFindings) throws {
    guard uniqueCount > 0, try findings.fits(password, anyOf: stored.suffix(uniqueCount).map(\.hash)) else { return }
    throw Fault.badRequest(
      "The new password cannot be identical to a previous password. The total number which includes the new "
        + "password must be unique is \(uniqueCount).", reason: .state)
  }
}

extension Duration {
  /// Days of 24 hours.
  static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
