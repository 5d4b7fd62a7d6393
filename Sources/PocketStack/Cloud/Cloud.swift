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
  /// What it consists of.
  public let services: CloudServices
  let worlds: Worlds
  private let routes: MountTable
  private let log: Logger
  private let proxies: [IPNetwork]
  private let address = Locked("127.0.0.1")

  /// A cloud that still has to be opened. `clock` and `identifiers` are made once for every world; by default they are
  /// the machine's time and randomness.
  public init(
    _ configuration: ServerConfiguration, services: CloudServices = .standard, log: Logger = .silent,
    clock: (@Sendable () -> WorldClock)? = nil, identifiers: (@Sendable () -> Identifiers)? = nil
  ) throws {
    (self.services, self.log, proxies) = (services, log, configuration.trustedProxies)
    var builder = try WorldBuilder(configuration, services, log)
    if let clock { builder.clock = clock }
    if let identifiers { builder.identifiers = identifiers }
    worlds = Worlds(builder, configured: [WorldName.main] + configuration.worlds)
    routes = MountTable(services, listeners: configuration.listen.map(\.service))
  }

  /// Opens the worlds of the configuration and those that an earlier run left, or makes them.
  public func open() async throws { try await worlds.open() }

  /// Ends all worlds; whoever asks afterwards is told that nobody is there.
  public func close() async { await worlds.close() }

  /// The world of a name, if it serves: one of the configuration beside the main one does from the first request to it.
  public func world(_ name: String = WorldName.main) -> World? { worlds.world(name) }

  /// The worlds, to be made, forked and ended.
  public var registry: any WorldRegistry { worlds }

  /// What a server listens on, and the host and port of it for links where a request names none.
  func serves(at address: String, _ served: ServedAddresses) {
    self.address.withLock { $0 = address }
    worlds.served.withLock { $0 = served }
  }

  /// Answers a request.
  public func respond(to request: HTTPRequest) async -> HTTPResponse {
    guard log.logLevel <= .info else { return await route(request).response }
    let stopwatch = Stopwatch()
    let (response, id) = await route(request)
    log.info(AccessLine.message(request, id, response, stopwatch))
    return response
  }

  /// Answers what is no request (RFC 9112): it too has an id, which the log and the client can name.
  public func refuse(status: Int, reason: String) -> HTTPResponse {
    let id = world()?.newRequestID()
    if let id, log.logLevel <= .info { log.info("\(id) refused: \(status) \(reason)") }
    worlds.builder.metrics.count(CloudMetrics.nobody, nil, nil, status, nil)
    return CloudAnswers.malformed(status, reason, id)
  }

  /// Counts an answer that no service gives.
  private func counted(_ response: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
    worlds.builder.metrics.count(CloudMetrics.nobody, nil, request.method, response.status, nil)
    return response
  }

  /// What a request reads whose world does not serve.
  private func refusal(_ entrance: Entrance, _ world: String, _ id: String) -> HTTPResponse {
    guard worlds.isOpen else { return CloudAnswers.unavailable(id) }
    return switch entrance {
    case .visit, .unknown: CloudAnswers.unknownWorld(id)
    case .changing: CloudAnswers.unavailable(id, "The world \(world) is being changed.")
    // Anybody may ask, so what the system said is for the log alone.
    case .broken: CloudAnswers.unavailable(id, "The world \(world) cannot be opened.")
    }
  }

  private func route(_ request: HTTPRequest) async -> (response: HTTPResponse, id: String) {
    var path = PathReader(request.path)
    var first = path.next()
    let isProxied = proxies.include(request)
    var origin = Origin.of(request, throughProxy: isProxied) ?? "http://" + address.withLock { $0 }
    var name = WorldName.main
    if first == "worlds" {
      name = path.next() ?? ""
      origin += "/worlds/" + name
      first = path.next()
    }
    let entrance = await worlds.enter(name)
    guard case .visit(let visit) = entrance else {
      let id = "req-" + Identifiers().uuid()
      return (counted(refusal(entrance, name, id), request), id)
    }
    let found = isProbe(request, first) ? nil : routes.find(first, listener: request.listener)
    let isControl = found?.service.controlsWorlds == true
    if !isControl { await settle(visit.world) }
    let id = visit.world.newRequestID(isControl: isControl)
    guard let place = found else {
      visit.traffic.leave()
      return (counted(CloudAnswers.nothing(id), request), id)
    }
    // A world can be ended by a request that it answers itself, which therefore must not hold it.
    if isControl { visit.traffic.leave() }
    defer { if !isControl { visit.traffic.leave() } }
    let exchange = Exchange(
      request: request, world: visit.world, service: place.service, requestID: id, origin: origin,
      isProxied: isProxied, mount: place.mount, segments: path.rest(after: place.mount.isEmpty ? first : nil))
    return (await respond(exchange), id)
  }

  /// Whether a request only tries whether a service is at the root: openstacksdk 0.9 looks for the versions of every
  /// service of the catalog at the root of its host before it looks below its path, and takes those of Keystone, which is
  /// at the root of the main port, for its own (openstack/session.py, _get_endpoint_versions).
  private func isProbe(_ request: HTTPRequest, _ first: String?) -> Bool {
    guard first == nil, request.listener == 0, request.method == .get, request.headers["X-Auth-Token"] != nil else {
      return false
    }
    return request.headers["User-Agent"]?.contains("openstacksdk/0.9.") == true
  }

  /// While a world's clock stands, what is due is carried out between requests, never beside one: what a request finds,
  /// and the identifiers it draws, do not depend on how fast a thread was. A work may take longer than anybody wants to
  /// wait.
  private func settle(_ world: World) async {
    if world.clock.isStopped { await world.settle(within: .seconds(5)) }
  }

  private func respond(_ exchange: Exchange) async -> HTTPResponse {
    let world = exchange.world
    var response = await exchange.service.respond(to: exchange)
    guard world.clock.mode != .real else { return response }
    if world.clock.isStopped { world.carryOutDue() }
    response.headers.add("Date", HTTPDate.format(world.now.seconds))
    return response
  }
}

extension World {
  fileprivate func newRequestID(isControl: Bool = false) -> String {
    "req-" + (isControl ? controlIdentifiers : identifiers).uuid()
  }
}

extension Logger {
  /// Says nothing.
  public static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
