import ArgumentParser
import Glibc
import PocketStack

/// `pocketstack serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run a cloud until SIGTERM or SIGINT.",
    discussion: """
      Prints one line on stdout once it can answer, then how to use it. Logs go to stderr, one line a request: request \
      id, method, path, status, bytes, time. SIGTERM and SIGINT let the requests under way finish; a second one ends at \
      once.
      """)

  @OptionGroup var cloud: CloudOptions
  @OptionGroup var place: PlaceOptions

  @Option(name: .long, help: "Write the URL for OS_AUTH_URL to this file once the cloud can answer.")
  var readyFile: String?

  @Option(name: .long, help: "Begin with what this snapshot holds, a file that `snapshot export` wrote.")
  var from: String?

  func run() async throws {
    // A file that may grow no further (setrlimit(2), RLIMIT_FSIZE) is to be an error like a full disk.
    signal(SIGXFSZ, SIG_IGN)
    var configuration = try cloud.read()
    place.apply(to: &configuration)
    let log = StandardErrorLog.logger(configuration.logLevel)
    let server = try await CloudServer.start(configuration, from: from, log: log)
    announce(server)
    if let readyFile {
      try OutputFile.write(readyFile, .forAll, replacing: true) { write in try write(Array("\(server.authURL)\n".utf8))
      }
    }
    let signal = await Signals.first()
    log.notice("stopping", metadata: ["signal": "\(signal)"])
    await server.stop()
  }

  private func announce(_ server: CloudServer) {
    var options = server.authURL == OpenRCOptions.usualURL ? "" : " --url \(server.authURL)"
    if let config = cloud.config { options += " --config \(Shell.quoted(Program.absolute(config)))" }
    var text = """
      PocketStack is ready at \(server.authURL)

      To use it, paste these two lines into another shell; then run nova or openstack:
        \(Shell.quoted(Program.path)) openrc\(options) > openrc.sh
        source openrc.sh
      """
    for (service, url) in server.classicURLs.sorted(by: { $0.key < $1.key }) {
      text += "\n\(service) is also at \(url)"
    }
    Terminal.say(text)
  }
}

/// This program.
enum Program {
  /// How to start it again from anywhere: by its name where the shell finds it, else by its path.
  static var path: String {
    let name = CommandLine.arguments.first ?? "pocketstack"
    return name.contains("/") ? absolute(name) : name
  }

  /// A path that is the same from any directory.
  static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
