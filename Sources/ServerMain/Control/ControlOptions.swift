import ArgumentParser
import Glibc
import OpenStackAPI

/// Which running cloud, and which world of it, a command is about.
struct ControlOptions: ParsableArguments {
  @Option(name: .long, help: "The cloud's address. (default: $POCKETSTACK_URL, or http://127.0.0.1:5000)")
  var url: String?

  @Option(name: .long, help: "The world. (default: the one in the address, or default)")
  var world: String?

  @Option(name: .long, help: "The control interface's secret, from another machine. (default: $POCKETSTACK_SECRET)")
  var secret: String?

  @Flag(name: .long, help: "Print the server's JSON.")
  var json = false

  /// The cloud.
  var client: ControlClient {
    ControlClient(
      url: url ?? Self.variable("POCKETSTACK_URL") ?? "http://127.0.0.1:5000",
      secret: secret ?? Self.variable("POCKETSTACK_SECRET"))
  }

  /// A path of the control interface in the world that is meant.
  func path(_ path: String) -> String {
    (world.map { "/worlds/\($0.percentEncoded)" } ?? "") + "/pocketstack/v1" + path
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
