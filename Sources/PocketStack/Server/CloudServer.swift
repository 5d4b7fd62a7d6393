import Glibc
import HTTPServer
import Logging
import OpenStackAPI

/// A cloud that answers on a port of this machine.
///
///     let server = try await CloudServer.start(configuration)
///     print(server.authURL)
///     await server.stop()
public final class CloudServer: Sendable {
  /// The worlds behind it.
  public let cloud: Cloud
  /// Scheme, host and port: `http://127.0.0.1:5000`.
  public let url: String
  /// Where the classic ports are, by the type of the service.
  public let classicURLs: [String: String]
  let configuration: ServerConfiguration
  private let server: HTTPServer

  private init(
    _ configuration: ServerConfiguration, cloud: Cloud, server: HTTPServer, url: String, classicURLs: [String: String]
  ) {
    (self.configuration, self.cloud, self.server) = (configuration, cloud, server)
    (self.url, self.classicURLs) = (url, classicURLs)
  }

  /// The address for `OS_AUTH_URL`.
  public var authURL: String { url + "/v3" }

  /// Takes the ports, opens the worlds and begins to serve. The ports come first, so that a second server on the same
  /// one is told before it touches any data. With `snapshot`, an exported file, the main world begins with what that
  /// holds; there must be none yet.
  public static func start(
    _ configuration: ServerConfiguration, from snapshot: String? = nil, services: CloudServices = .standard,
    log: Logger = .silent, clock: (@Sendable () -> WorldClock)? = nil
  ) async throws -> CloudServer {
    let cloud = try Cloud(configuration, services: services, log: log, clock: clock)
    let server = HTTPServer(
      configuration: configuration.http, rejection: { cloud.refuse(status: $0, reason: $1) },
      handler: { await cloud.respond(to: $0) })
    let address = try server.bind(host: configuration.host, port: configuration.port)
    var ports: Set = [address.port]
    var classic: [String: String] = [:]
    var ofServices: [String: Int] = [:]
    for (index, port) in configuration.listen.enumerated() {
      let address = try server.bind(host: configuration.host, port: port.port, listener: index + 1)
      classic[port.service] = "http://" + reachable(address)
      ports.insert(address.port)
      if let service = services[port.service] { ofServices[service.mount] = address.port }
    }
    cloud.serves(
      at: reachable(address),
      ServedAddresses(hosts: [configuration.host] + machineNames, ports: ports, ofServices: ofServices))
    do {
      try cloud.refuseToReplace(with: snapshot)
      try await cloud.open()
      if let snapshot { try await cloud.begin(with: snapshot) }
    } catch {
      await cloud.close()
      throw error
    }
    server.start()
    return CloudServer(
      configuration, cloud: cloud, server: server, url: "http://" + reachable(address), classicURLs: classic)
  }

  /// An address to connect to, for one that listens on all.
  private static func reachable(_ address: HTTPServerAddress) -> String {
    var address = address
    if address.host == "0.0.0.0" { address.host = "127.0.0.1" }
    if address.host == "::" { address.host = "::1" }
    return address.description
  }

  /// What this machine calls itself.
  private static var machineNames: [String] {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return [] }
    return name.withUnsafeBufferPointer { $0.baseAddress.map { [String(cString: $0)] } ?? [] }
  }

  /// Frees the ports, lets requests under way finish, and closes the worlds.
  public func stop() async {
    // Who follows a journal would never be done.
    cloud.worlds.endFollowing()
    await server.shutdown()
    await cloud.close()
  }
}
