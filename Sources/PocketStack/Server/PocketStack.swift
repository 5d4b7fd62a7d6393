import Logging
import OpenStackAPI

/// An OpenStack cloud inside a Swift test.
///
///     @Suite struct BootTests {
///       static let cloud = Task { try await PocketStack.memory() }
///       let world: CloudWorld
///       init() async throws { world = try await Self.cloud.value.world() }
///
///       @Test func bootsAServer() async throws {
///         try await myProgram.run(authURL: world.authURL, user: "demo", password: "secret", project: "demo")
///       }
///     }
///
/// A cloud of its own, on a free port of 127.0.0.1, is what each call makes; any number may run beside one another. A
/// world (`CloudServer.world`) is cheaper, and as much apart.
public enum PocketStack {
  /// Starts a cloud that keeps everything in memory. `configuration` is the text of a configuration file, with the keys
  /// of `config.example.json`; what it leaves out has its default.
  public static func memory(configuration: String = "{}", log: Logger = .silent) async throws -> CloudServer {
    var settings = try ServerConfiguration(text: Array(configuration.utf8), file: "configuration")
    settings.storage = .memory
    settings.port = 0
    return try await CloudServer.start(settings, log: log)
  }
}
