import HTTPServer
import Logging
import OpenStackAPI

/// What a server is told: by the configuration file, by the command line, or by nobody, for every setting has a default.
public struct ServerConfiguration: Sendable {
  /// The address to listen on.
  public var host = "127.0.0.1"
  /// The port that serves everything; 0 takes a free one.
  public var port = 5000
  /// Further ports, where one service each has the root to itself.
  public var listen: [ClassicPort] = []
  /// Where the worlds are kept.
  public var storage = CloudStorage.directory("./data")
  /// The worlds beside `default`, reached under `/worlds/<name>/`.
  public var worlds: [String] = []
  /// With one, `default` and the worlds beside it make the same identifiers in every run.
  public var worldSeed: UInt64?
  /// What is logged.
  public var logLevel = Logger.Level.info
  /// The HTTP server's limits and timeouts.
  public var http = HTTPServerConfiguration()
  /// The proxies whose word on the client's address counts (`X-Forwarded-Proto`, `X-Forwarded-Host`).
  public var trustedProxies: [IPNetwork] = []
  /// Policy rules by name, in oslo.policy's language, that replace the services' own.
  public var policy: [String: String] = [:]
  /// Release, region and pace.
  public var cloud = CloudSettings()
  /// What the services read, one value each.
  public var settings = Settings()
  /// Where all this was read, for messages.
  public internal(set) var source = "the defaults"

  /// The defaults for these services.
  public init(services: CloudServices = .standard) throws {
    try self.init(Configuration(file: "the defaults", .object(JSONObject())), services)
  }

  /// Reads a configuration file.
  public init(file: String, services: CloudServices = .standard) throws {
    let bytes: [UInt8]
    do {
      bytes = try File.read(file)
    } catch {
      throw ConfigurationError("\(file): \(error)")
    }
    try self.init(text: bytes, file: file, services: services)
  }

  /// Reads a configuration from text; `file` names it in messages.
  public init(text: [UInt8], file: String, services: CloudServices = .standard) throws {
    let json: JSON
    do {
      json = try JSON(parsing: text)
    } catch {
      throw ConfigurationError("\(file): \(TextPosition(of: error.offset, in: text)): not JSON: \(error.reason)")
    }
    try self.init(Configuration(file: file, json), services)
    source = file
  }
}

/// One of OpenStack's classic ports: `{"compute": 8774}`.
public struct ClassicPort: Sendable, Equatable {
  /// The type of the service that has the root there.
  public let service: String
  /// The port; 0 takes a free one.
  public let port: Int

  /// A service on a port of its own.
  public init(service: String, port: Int) { (self.service, self.port) = (service, port) }
}

/// Where a cloud keeps its worlds.
public enum CloudStorage: Sendable, Equatable {
  /// Nowhere: they end with the process.
  case memory
  /// `<directory>/<world>/cloud.sqlite`, and image bytes beside it.
  case directory(String)
}
