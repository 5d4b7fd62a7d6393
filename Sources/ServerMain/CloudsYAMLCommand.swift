import ArgumentParser
import OpenStackAPI
import PocketStack

/// `pocketstack clouds-yaml`.
struct CloudsYAMLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clouds-yaml", abstract: "Print a clouds.yaml with the clouds pocketstack and pocketstack-admin.",
    discussion: "Use it with: pocketstack clouds-yaml > clouds.yaml; openstack --os-cloud pocketstack server list")

  @OptionGroup var place: OpenRCOptions

  func run() async throws {
    let user = try place.credentials(user: "demo", project: nil)
    let admin = try place.credentials(user: "admin", project: nil)
    Terminal.say("clouds:\n" + Self.cloud("pocketstack", user) + Self.cloud("pocketstack-admin", admin))
  }

  /// A JSON string is a YAML string.
  private static func cloud(_ name: String, _ credentials: Credentials) -> String {
    """
      \(name):
        auth:
          auth_url: \(credentials.authURL.jsonText)
          username: \(credentials.user.jsonText)
          password: \((credentials.password ?? "").jsonText)
          project_name: \(credentials.project.jsonText)
          user_domain_name: \(credentials.domain.jsonText)
          project_domain_name: \(credentials.domain.jsonText)
        region_name: \(credentials.region.jsonText)
        interface: public
        identity_api_version: 3

    """
  }
}
