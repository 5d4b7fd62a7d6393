import ArgumentParser
import Logging
import OpenStackAPI
import PocketStack

/// Which cloud to run: a configuration file, and what the command line says differently.
struct CloudOptions: ParsableArguments {
  @Option(name: .long, help: "A configuration file (see config.example.json).")
  var config: String?

  @Option(name: .long, help: "A configuration that this program brings along, instead of a file: devstack.")
  var profile: Profile?

  @Option(name: .long, help: "The OpenStack release to be: mitaka, newton, ... 2026.1, latest.")
  var release: Release?

  @Option(name: .long, help: "A further world under /worlds/NAME/; may be repeated.")
  var world: [String] = []

  @Option(name: .long, help: "How fast things happen: fast, as with no configuration, or realistic.")
  var pace: Pace?

  /// The words of the configuration's `transitions.pace`.
  enum Pace: String, ExpressibleByArgument { case fast, realistic }

  @Option(
    name: .long, help: "Make the same identifiers in every run, in the default world and those of --world.")
  var seed: UInt64?

  @Option(name: .long, help: "What to log to stderr: trace, debug, info, notice, warning, error or critical.")
  var logLevel: Logger.Level?

  func validate() throws {
    if config != nil, profile != nil { throw ValidationError("--config and --profile exclude each other") }
  }

  /// The file's configuration under what the command line says.
  func read() throws -> ServerConfiguration {
    var configuration =
      try config.map { try ServerConfiguration(file: $0) } ?? profile.map { try ServerConfiguration(profile: $0) }
      ?? ServerConfiguration()
    if let release { configuration.cloud.release = release }
    if let pace { configuration.cloud.pace.isRealistic = pace == .realistic }
    if let seed { configuration.worldSeed = seed }
    if let logLevel { configuration.logLevel = logLevel }
    for name in world where !configuration.worlds.contains(name) {
      guard WorldName.isValid(name), name != WorldName.main else {
        throw ValidationError(
          "--world: expected \(WorldName.rule), and not \"\(WorldName.main)\"; found \"\(name)\"")
      }
      configuration.worlds.append(name)
    }
    return configuration
  }
}

/// Where it listens and where it keeps its data.
struct PlaceOptions: ParsableArguments {
  @Option(name: .long, help: "The address to listen on. (default: 127.0.0.1)")
  var host: String?

  @Option(name: .long, help: "The port; 0 takes a free one. (default: 5000)")
  var port: Int?

  @Option(name: .long, help: "The directory to keep everything in. (default: ./data)")
  var data: String?

  @Flag(name: .long, help: "Keep everything in memory; it ends with the process.")
  var memory = false

  func validate() throws {
    if memory, data != nil { throw ValidationError("--data and --memory exclude each other") }
    if let port, !(0...65535).contains(port) { throw ValidationError("--port: expected 0 to 65535, found \(port)") }
  }

  func apply(to configuration: inout ServerConfiguration) {
    if let host { configuration.host = host }
    if let port { configuration.port = port }
    if let data { configuration.storage = .directory(data) }
    if memory { configuration.storage = .memory }
  }
}

extension Profile: ExpressibleByArgument {}
extension Release: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
