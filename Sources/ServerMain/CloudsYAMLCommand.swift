import ArgumentParser
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

  private static func cloud(_ name: String, _ credentials: Credentials) -> String {
    """
      \(name):
        auth:
          auth_url: \(YAML.quoted(credentials.authURL))
          username: \(YAML.quoted(credentials.user))
          password: \(YAML.quoted(credentials.password ?? ""))
          project_name: \(YAML.quoted(credentials.project))
          user_domain_name: \(YAML.quoted(credentials.domain))
          project_domain_name: \(YAML.quoted(credentials.domain))
        region_name: \(YAML.quoted(credentials.region))
        interface: public
        identity_api_version: 3

    """
  }
}
