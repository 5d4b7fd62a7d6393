import Dispatch
import Glibc
import Locking

/// An HTTP/1.1 server (RFC 9110, RFC 9112).
///
/// ```swift
/// let server = HTTPServer { request in .text(200, "You asked for \(request.path)") }
/// let address = try server.bind(host: "127.0.0.1", port: 0)
/// server.start()
/// ```
///
/// Handlers run on the connection's event loop: they may wait with `await`, but must not block the thread.
public final class HTTPServer: Sendable {
  private enum Phase { case idle, running, stopped }

  private struct State {
    var phase = Phase.idle
    var listeners: [Listener] = []
  }

  /// How long `shutdown` waits for cancelled handlers.
  private static let cancellationGrace = DispatchTimeInterval.seconds(1)

  private let core: ServerCore
  private let acceptQueue = DispatchQueue(label: "http.accept")
  private let state = Locked(State())

  /// Makes a server that answers each request with `handler`. `rejection` makes the answer to a request that breaks the
  /// protocol or a limit and never reaches the handler; by default a line of text.
  public init(
    configuration: HTTPServerConfiguration = .init(),
    rejection: (@Sendable (_ status: Int, _ reason: String) -> HTTPResponse)? = nil,
    handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) {
    core = ServerCore(
      configuration: configuration, rejection: rejection ?? { .text($0, $1) }, handler: handler)
  }

  deinit {
    stop()
  }

  /// Listens on an address: an IPv4 or IPv6 address, or `localhost` (127.0.0.1, and ::1 if that port is free there
  /// too). Port 0 lets the system choose. `listener` is handed on in each request.
  ///
  /// Clients can connect from now on; they are served after `start`.
  @discardableResult
  public func bind(host: String, port: Int, listener: Int = 0) throws(HTTPServerError) -> HTTPServerAddress {
    let isLocalhost = equalIgnoringCase(host, "localhost")
    let name = isLocalhost ? "127.0.0.1" : host
    let first = try ListeningSocket.open(host: name, port: port)
    try add(Listener(descriptor: first.descriptor, tag: listener, queue: acceptQueue))
    if isLocalhost, let second = try? ListeningSocket.open(host: "::1", port: first.port) {
      try add(Listener(descriptor: second.descriptor, tag: listener, queue: acceptQueue))
    }
    return HTTPServerAddress(host: name, port: first.port)
  }

  /// Begins to accept connections on all listeners, and on those bound later. Does nothing the second time.
  public func start() {
    let listeners = state.withLock { state -> [Listener] in
      guard state.phase == .idle else { return [] }
      state.phase = .running
      core.startLoops()
      return state.listeners
    }
    // sendfile has no flag against SIGPIPE, whose default is to end the process.
    signal(SIGPIPE, SIG_IGN)
    for listener in listeners { listener.start(core.accept) }
  }

  /// Stops accepting and frees the ports, lets the requests under way finish (their answers say `Connection: close`),
  /// closes idle connections at once, and cuts off what is left after `drainTimeout`, cancelling its
  /// handlers' tasks. A handler that goes on even so is left alone.
  public func shutdown() async {
    let listeners = stopListening()
    for listener in listeners {
      await withUnsafeContinuation { continuation in listener.close { continuation.resume() } }
    }
    let timeout = Int(core.configuration.drainTimeout.milliseconds)
    let cut = DispatchWorkItem { [core] in core.cutConnections() }
    let abandon = DispatchWorkItem { [core] in core.abandonHandlers() }
    acceptQueue.asyncAfter(deadline: .now() + .milliseconds(timeout), execute: cut)
    acceptQueue.asyncAfter(deadline: .now() + .milliseconds(timeout) + Self.cancellationGrace, execute: abandon)
    await withUnsafeContinuation { continuation in core.drain { continuation.resume() } }
    cut.cancel()
    abandon.cancel()
    core.stopLoops()
  }

  /// The number of open connections.
  public var connectionCount: Int { core.connectionCount }

  private func add(_ listener: Listener) throws(HTTPServerError) {
    let phase = state.withLock { state in
      if state.phase != .stopped { state.listeners.append(listener) }
      return state.phase
    }
    if phase == .running { listener.start(core.accept) }
    guard phase != .stopped else {
      listener.close {}
      throw .shutDown
    }
  }

  private func stopListening() -> [Listener] {
    state.withLock { state in
      state.phase = .stopped
      defer { state.listeners = [] }
      return state.listeners
    }
  }

  /// Without waiting, for a server that nobody holds any more.
  private func stop() {
    for listener in stopListening() { listener.close {} }
    core.drain {}
    core.cutConnections()
    core.stopLoops()
  }
}
