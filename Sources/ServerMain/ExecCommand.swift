import ArgumentParser
import Glibc
import PocketStack

/// `pocketstack exec`.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command against a fresh cloud in memory, and exit as it does.",
    discussion: """
      The cloud listens on a free port; the command finds it through the variables OS_AUTH_URL, OS_USERNAME and so on. \
      Other OS_ variables are not handed on. Example: pocketstack exec -- openstack server list
      """)

  @OptionGroup var cloud: CloudOptions
  @OptionGroup var place: PlaceOptions

  @Option(name: .long, help: "The user that the command logs in as.")
  var user = "demo"

  @Option(name: .long, help: "The project. (default: the one named as the user)")
  var project: String?

  @Argument(parsing: .postTerminator, help: "The command, after --.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("expected a command after --") }
  }

  func run() async throws {
    var configuration = try cloud.read()
    if place.port == nil { configuration.port = 0 }
    if place.data == nil { configuration.storage = .memory }
    place.apply(to: &configuration)
    // The command's own output is what counts here; requests are only logged where that was asked for.
    if cloud.logLevel == nil, cloud.config == nil { configuration.logLevel = .warning }
    try Variables.check(configuration.credentials(authURL: "", user: user, project: project).environment)
    let server = try await CloudServer.start(configuration, log: StandardErrorLog.logger(configuration.logLevel))
    let environment = ChildProcess.environment(
      without: "OS_", with: server.environment(user: user, project: project))
    let status = await ChildProcess.run(command, environment: environment)
    await server.stop()
    throw ExitCode(status)
  }
}
