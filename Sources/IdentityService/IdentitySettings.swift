import OpenStackAPI

/// What the configuration says of the identity service, and whom a new cloud knows.
struct IdentitySettings: Sendable {
  /// How long a token is valid.
  var tokenLifetime = Duration.seconds(3600)
  /// The binary logarithm of what hashing a password costs; tests take less.
  var passwordLogarithm = Password.usualLogarithm
  /// Whom a new cloud knows.
  var seed = IdentitySeed()

  /// How long after its end a token can still be looked at with `?allow_expired` (keystone.conf, [token]
  /// allow_expired_window).
  static let expiredWindow = Duration.seconds(172_800)

  /// Reads `identity` and the identity service's keys of `seed`.
  @Sendable static func configure(_ configuration: Configuration, _ settings: inout Settings) throws {
    var identity = IdentitySettings()
    let section = try configuration.section("identity")
    if let lifetime = try section.duration("token_lifetime") {
      guard lifetime >= .seconds(1) else { throw section.mistake("token_lifetime", "expected a second or more") }
      identity.tokenLifetime = lifetime
    }
    identity.seed = try IdentitySeed(configuration.section("seed"))
    settings.set(identity)
  }
}
