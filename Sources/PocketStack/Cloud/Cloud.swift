import HTTPServer
import Locking
import Logging
import OpenStackAPI

/// Worlds behind one address: finds the world and the service that a request is for, and hands it over.
///
///     let cloud = try Cloud(configuration)
///     try await cloud.open()
///     let response = await cloud.respond(to: request)
public final class Cloud: Sendable {
  private struct State {
    var main: World?
    var worlds: [String: World] = [:]
    var address = "127.0.0.1"
  }

  /// The name of the world that answers the plain paths.
  public static let mainWorld = "default"

  /// What it consists of.
  public let services: CloudServices
  private let builder: WorldBuilder
  private let names: [String]
  private let routes: MountTable
  private let log: Logger
  private let state = Locked(State())

  /// A cloud that still has to be opened. `clock` and `identifiers` are made once for every world; by default they are
  /// the machine's time and randomness.
  public init(
    _ configuration: ServerConfiguration, services: CloudServices = .standard, log: Logger = .silent,
    clock: (@Sendable () -> WorldClock)? = nil, identifiers: (@Sendable () -> Identifiers)? = nil
  ) throws {
    (self.services, self.log) = (services, log)
    var builder = try WorldBuilder(configuration, services, log)
    if let clock { builder.clock = clock }
    if let identifiers { builder.identifiers = identifiers }
    self.builder = builder
    names = [Self.mainWorld] + configuration.worlds
    routes = MountTable(services, listeners: configuration.listen.map(\.service))
  }

  /// Opens the worlds of the configuration, or makes them.
  public func open() async throws {
    for name in names {
      let world = try await builder.open(name)
      state.withLock { state in
        state.worlds[name] = world
        if name == Self.mainWorld { state.main = world }
      }
    }
  }

  /// Ends all worlds; whoever asks afterwards is told that nobody is there.
  public func close() async {
    let worlds = state.withLock { state in
      defer { (state.main, state.worlds) = (nil, [:]) }
      return state.worlds.values
    }
    for world in worlds { await world.close() }
  }

  /// The world of a name.
  public func world(_ name: String = mainWorld) -> World? {
    state.withLock { name == Self.mainWorld ? $0.main : $0.worlds[name] }
  }

  /// The host and port for links where a request names none.
  func setAddress(_ address: String) { state.withLock { $0.address = address } }

  /// Answers a request.
  public func respond(to request: HTTPRequest) async -> HTTPResponse {
    guard let main = world() else { return CloudAnswers.unavailable() }
    guard log.logLevel <= .info else { return await route(request, main, main.newRequestID()) }
    let stopwatch = Stopwatch()
    let id = main.newRequestID()
    let response = await route(request, main, id)
    log.info(AccessLine.message(request, id, response, stopwatch))
    return response
  }

  /// Answers what is no request (RFC 9112): it too has an id, which the log and the client can name.
  public func refuse(status: Int, reason: String) -> HTTPResponse {
    let id = world()?.newRequestID()
    if let id, log.logLevel <= .info { log.info("\(id) refused: \(status) \(reason)") }
    return CloudAnswers.malformed(status, reason, id)
  }

  private func route(_ request: HTTPRequest, _ main: World, _ id: String) async -> HTTPResponse {
    var path = PathReader(request.path)
    var first = path.next()
    var origin = Origin.of(request) ?? "http://" + state.withLock(\.address)
    var world = main
    if first == "worlds" {
      guard let name = path.next(), let named = self.world(name) else { return CloudAnswers.unknownWorld(id) }
      origin += "/worlds/" + name
      world = named
      first = path.next()
    }
    guard let place = routes.find(first, listener: request.listener) else {
      return CloudAnswers.own(first, path.rest(), request, id)
    }
    let segments = path.rest(after: place.mount.isEmpty ? first : nil)
    let exchange = Exchange(
      request: request, world: world, service: place.service, requestID: id, origin: origin, mount: place.mount,
      segments: segments)
    return await place.service.respond(to: exchange)
  }
}

extension World {
  fileprivate func newRequestID() -> String { "req-" + identifiers.uuid() }
}

extension Logger {
  /// Says nothing.
  public static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
