import ArgumentParser
import PocketStack

/// Where the running cloud is, for the commands that only print.
struct OpenRCOptions: ParsableArguments {
  static let usualURL = "http://127.0.0.1:5000/v3"

  @Option(name: .long, help: "The configuration file that the cloud runs with; its region and passwords count.")
  var config: String?

  @Option(name: .long, help: "The cloud's address, as serve printed it. (default: \(usualURL))")
  var url: String?

  func credentials(user: String, project: String?) throws -> Credentials {
    let configuration = try config.map { try ServerConfiguration(file: $0) } ?? ServerConfiguration()
    let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    var address = url ?? "http://\(host):\(configuration.port)"
    while address.hasSuffix("/") { address.removeLast() }
    if !address.hasSuffix("/v3") { address += "/v3" }
    return configuration.credentials(authURL: address, user: user, project: project)
  }
}

/// `pocketstack openrc`.
struct OpenRCCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "openrc", abstract: "Print an openrc file: what nova and openstack need to log in.",
    discussion: "Use it with: pocketstack openrc > openrc.sh; source openrc.sh")

  @Option(name: .long, help: "The user.")
  var user = "demo"

  @Option(name: .long, help: "The project. (default: the one named as the user)")
  var project: String?

  @Flag(name: .long, help: "Print the form that providers handed out before Keystone v3 (tenants, no domains).")
  var legacy = false

  @OptionGroup var place: OpenRCOptions

  func run() async throws {
    let credentials = try place.credentials(user: user, project: project)
    Terminal.say(try OpenRC(credentials, isLegacy: legacy).text)
  }
}

/// The text of an openrc file.
struct OpenRC {
  let text: String

  private static let others =
    "OS_TOKEN OS_CLOUD OS_AUTH_TYPE OS_TENANT_ID OS_TENANT_NAME OS_PROJECT_ID OS_PROJECT_NAME OS_PROJECT_DOMAIN_ID "
    + "OS_PROJECT_DOMAIN_NAME OS_USER_ID OS_USER_DOMAIN_ID OS_USER_DOMAIN_NAME OS_DOMAIN_ID OS_DOMAIN_NAME "
    + "OS_DEFAULT_DOMAIN OS_SYSTEM_SCOPE OS_INTERFACE OS_ENDPOINT_TYPE OS_IDENTITY_API_VERSION OS_SERVICE_TOKEN"

  /// All variables that some other cloud's file may have left in the shell are cleared first.
  init(_ credentials: Credentials, isLegacy: Bool) throws {
    let variables = isLegacy ? credentials.legacyEnvironment : credentials.environment
    try Variables.check(variables)
    let (user, project) = (Shell.shown(credentials.user), Shell.shown(credentials.project))
    var lines = [
      "# OpenStack credentials of \(user) in the project \(project): source this file.", "unset \(Self.others)",
    ]
    lines += variables.map { "export \($0.name)=\(Shell.quoted($0.value))" }
    if credentials.password == nil {
      lines += [
        "printf '%s\\n' \(Shell.quoted("Please enter the OpenStack password of \(user): "))",
        "if test -n \"${BASH_VERSION:-}${ZSH_VERSION:-}\"; then read -sr OS_PASSWORD",
        "else stty -echo 2> /dev/null; read -r OS_PASSWORD; stty echo 2> /dev/null; fi",
        "export OS_PASSWORD",
      ]
    }
    text = lines.joined(separator: "\n")
  }
}
