import Logging
import OpenStackAPI

/// An OpenStack cloud inside a Swift test.
///
///     @Test func bootsAServer() async throws {
///       let cloud = try await PocketStack.memory()
///       try await myProgram.run(authURL: cloud.authURL, user: "demo", password: "secret", project: "demo")
///       await cloud.stop()
///     }
///
/// Each call makes a cloud of its own, on a free port of 127.0.0.1; any number may run beside one another.
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
