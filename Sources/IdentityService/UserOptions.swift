import OpenStackAPI

/// The member `options` of a user: what is not asked of this one.
///
/// Source: Identity API v3, "User Options"; keystone.identity.backends.resource_options.
struct UserOptions: Sendable {
  private let members: JSONObject

  /// Stored options.
  init(_ stored: RawJSON) { members = stored.members }

  var ignoresFirstUse: Bool { isSet("ignore_change_password_upon_first_use") }
  var ignoresExpiry: Bool { isSet("ignore_password_expiry") }
  var ignoresLockout: Bool { isSet("ignore_lockout_failure_attempts") }
  var ignoresInactivity: Bool { isSet("ignore_user_inactivity") }
  /// Whether the user may not change the password.
  var locksPassword: Bool { isSet("lock_password") }

  private func isSet(_ name: String) -> Bool { members[name] == .bool(true) }

  private static let switches = [
    "ignore_change_password_upon_first_use", "ignore_password_expiry", "ignore_lockout_failure_attempts",
    "lock_password", "ignore_user_inactivity", "multi_factor_auth_enabled",
  ]

  private static let rules = Schema.array(
    .array(.string(), count: 1...Int.max, unique: true), unique: true)

  /// What `options` may hold.
  static let schema = Schema.object(
    switches.map { Property($0, Schema.boolean.orNull) } + [Property("multi_factor_auth_rules", rules.orNull)])
}
