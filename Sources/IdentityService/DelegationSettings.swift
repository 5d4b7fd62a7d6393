import OpenStackAPI

/// What the configuration says of credentials and of what users delegate.
struct DelegationSettings: Sendable {
  /// How many credentials a user may have at most (keystone.conf, [credential] user_limit).
  var credentials: Int?
  /// How many application credentials a user may have at most (keystone.conf, [application_credential] user_limit).
  var applicationCredentials: Int?
  /// How often a trust may be redelegated at most (keystone.conf, [trust] max_redelegation_count).
  var redelegations = 3
  /// How many one-time passwords before that of the moment are good too (keystone.conf, [totp]
  /// included_previous_windows).
  var previousPasswords = 1
  /// How long a receipt is good (keystone.conf, [receipt] expiration).
  var receiptLifetime = Duration.seconds(300)
  /// How long a signature of Amazon's APIs is good (keystone.conf, [credential] auth_ttl).
  var signatureLifetime = Duration.seconds(900)
  /// How long a consumer's wish can be granted (keystone.conf, [oauth1] request_token_duration).
  var requestLifetime = Duration.seconds(28_800)
  /// How long an access token can be used (keystone.conf, [oauth1] access_token_duration).
  var accessLifetime = Duration.seconds(86_400)

  /// Keystone's defaults.
  init() {}

  /// Reads `identity.delegation`.
  init(_ section: Configuration) throws {
    credentials = try section.integer("credentials_per_user")
    applicationCredentials = try section.integer("application_credentials_per_user")
    redelegations = try section.integer("max_redelegation_count", in: 0...1000) ?? redelegations
    previousPasswords = try section.integer("totp_previous_windows", in: 0...10) ?? previousPasswords
    receiptLifetime = try section.duration("receipt_lifetime") ?? receiptLifetime
    signatureLifetime = try section.duration("signature_lifetime") ?? signatureLifetime
    requestLifetime = try section.duration("request_token_lifetime") ?? requestLifetime
    accessLifetime = try section.duration("access_token_lifetime") ?? accessLifetime
  }

  /// What a world says.
  static func of(_ world: World) -> DelegationSettings { world.settings.get(default: IdentitySettings()).delegation }
}
