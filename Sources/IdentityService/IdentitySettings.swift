import OpenStackAPI

/// What the configuration says of the identity service, and whom a new cloud knows.
struct IdentitySettings: Sendable {
  /// How long a token is valid.
  var tokenLifetime = Duration.seconds(3600)
  /// The binary logarithm of what hashing a password costs (keystone.conf, [identity] password_hash_rounds).
  var passwordLogarithm = Password.usualLogarithm
  /// Whether the API of the years before v3 is there too.
  var servesV2 = true
  /// How many projects may stand one below the other (keystone.conf, [DEFAULT] max_project_tree_depth).
  var projectDepth = 5
  /// What is asked of passwords and of those who have them.
  var compliance = SecurityCompliance()
  /// How much users may delegate, and for how long.
  var delegation = DelegationSettings()
  /// How limits of projects and of domains go together.
  var enforcementModel = EnforcementModel.flat
  /// Whom a new cloud knows.
  var seed = IdentitySeed()

  /// The domain of what names none (keystone.conf, [identity] default_domain_id).
  static let defaultDomain = "default"

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
    identity.passwordLogarithm =
      try section.integer("password_hash_rounds", in: 1...16) ?? identity.passwordLogarithm
    identity.servesV2 = try section.bool("v2") ?? true
    identity.projectDepth = try section.integer("max_project_tree_depth", in: 1...64) ?? identity.projectDepth
    identity.compliance = try SecurityCompliance(section.section("security_compliance"))
    identity.delegation = try DelegationSettings(section.section("delegation"))
    identity.enforcementModel = try section.choice("enforcement_model") ?? identity.enforcementModel
    identity.seed = try IdentitySeed(configuration.section("seed"))
    settings.set(identity)
  }
}

extension IdentityService {
  /// Whether a cloud has the API of the years before v3, for commands that print its address.
  public static func servesV2(in settings: Settings) -> Bool { settings.get(default: IdentitySettings()).servesV2 }

  /// How a user whom a new cloud knows logs in, for commands that print credentials: the password, if there is one, and
  /// the name of the domain. `nil` for a user that the configuration does not name.
  public static func seededLogin(of user: String, in settings: Settings) -> (password: String?, domain: String)? {
    let seed = settings.get(default: IdentitySettings()).seed
    guard let found = seed.users.first(where: { $0.name == user }) else { return nil }
    return (found.password, seed.domainIndex(found.domain).map { seed.domains[$0].name } ?? found.domain)
  }
}
