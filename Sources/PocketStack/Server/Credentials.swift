import IdentityService
import OpenStackAPI

/// What a client needs to log in.
public struct Credentials: Sendable, Equatable {
  /// The address of Keystone, with its version.
  public var authURL: String
  /// The user.
  public var user: String
  /// The password, or `nil` where only the user knows it.
  public var password: String?
  /// The project.
  public var project: String
  /// The region.
  public var region: String
  /// The domain of user and project.
  public var domain = "Default"
  /// Whether the cloud has the API of the years before v3.
  public var hasV2 = true

  /// Credentials.
  public init(authURL: String, user: String, password: String?, project: String, region: String) {
    (self.authURL, self.user, self.password) = (authURL, user, password)
    (self.project, self.region) = (project, region)
  }

  /// The variables that OpenStack's clients read.
  public var environment: [(name: String, value: String)] {
    var variables = [("OS_AUTH_URL", authURL), ("OS_USERNAME", user)]
    if let password { variables.append(("OS_PASSWORD", password)) }
    variables += [
      ("OS_PROJECT_NAME", project), ("OS_USER_DOMAIN_NAME", domain), ("OS_PROJECT_DOMAIN_NAME", domain),
      ("OS_REGION_NAME", region), ("OS_INTERFACE", "public"), ("OS_IDENTITY_API_VERSION", "3"),
    ]
    return variables.map { (name: $0.0, value: $0.1) }
  }

  /// The variables of the files that providers handed out before Keystone v3. Where there is no such API any more, the
  /// address carries no version, so that clients find out for themselves what is there.
  public var legacyEnvironment: [(name: String, value: String)] {
    let root = authURL.hasSuffix("/v3") ? String(authURL.dropLast(3)) : authURL
    var variables = [
      ("OS_AUTH_URL", hasV2 ? root + "/v2.0" : root), ("OS_TENANT_NAME", project), ("OS_USERNAME", user),
    ]
    if let password { variables.append(("OS_PASSWORD", password)) }
    variables += [("OS_REGION_NAME", region), ("OS_ENDPOINT_TYPE", "publicURL")]
    return variables.map { (name: $0.0, value: $0.1) }
  }
}

extension ServerConfiguration {
  /// The credentials of a seeded user, or of any other without the password.
  public func credentials(authURL: String, user: String = "demo", project: String? = nil) -> Credentials {
    let login = IdentityService.seededLogin(of: user, in: settings)
    var credentials = Credentials(
      authURL: authURL, user: user, password: login?.password, project: project ?? user, region: cloud.region)
    if let login { credentials.domain = login.domain }
    credentials.hasV2 = IdentityService.servesV2(in: settings)
    return credentials
  }
}

extension CloudServer {
  /// The variables that OpenStack's clients read to log in here as a seeded user.
  public func environment(user: String = "demo", project: String? = nil) -> [(name: String, value: String)] {
    configuration.credentials(authURL: authURL, user: user, project: project).environment
  }
}
