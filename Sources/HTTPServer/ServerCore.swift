import Dispatch
import Locking
import Synchronization

/// What the connections of a server share.
final class ServerCore: Sendable {
  let configuration: HTTPServerConfiguration
  let headLimits: HeadLimits
  let handler: @Sendable (HTTPRequest) async -> HTTPResponse
  let rejection: @Sendable (Int, String) -> HTTPResponse
  private let loops: [EventLoop]
  private let draining = Atomic<Bool>(false)
  private let count = Atomic<Int>(0)
  private let accepted = Atomic<Int>(0)
  /// Called once each, when a draining server has no connection left.
  private let onEmpty = Locked<[@Sendable () -> Void]>([])

  /// Connections above the limit that are told so; any more are closed without a word.
  private static let maxRefusals = 128

  init(
    configuration: HTTPServerConfiguration, rejection: @escaping @Sendable (Int, String) -> HTTPResponse,
    handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) {
    self.configuration = configuration
    headLimits = configuration.headLimits
    self.rejection = rejection
    self.handler = handler
    loops = (0..<max(1, configuration.loops)).map { EventLoop(index: $0) }
  }

  var isDraining: Bool { draining.load(ordering: .relaxed) }
  var connectionCount: Int { count.load(ordering: .relaxed) }

  func startLoops() {
    let interval = configuration.timerInterval
    for loop in loops { loop.execute { loop.start(interval: interval) } }
  }

  func stopLoops() {
    for loop in loops { loop.execute { loop.stop() } }
  }

  /// Takes over a connected socket; from any thread.
  func accept(_ descriptor: Int32, _ peer: PeerAddress, _ listener: Int) {
    let open = count.add(1, ordering: .relaxed).newValue
    guard open <= configuration.maxConnections + Self.maxRefusals else {
      Socket.closeDescriptor(descriptor)
      return connectionEnded()
    }
    let turn = accepted.add(1, ordering: .relaxed).newValue
    let loop = loops[turn % loops.count]
    let isRefused = open > configuration.maxConnections
    loop.execute {
      let socket = Socket(descriptor: descriptor, loop: loop)
      Connection(socket: socket, core: self, peer: peer, listener: listener, isRefused: isRefused).start()
    }
  }

  func connectionEnded() {
    let left = count.subtract(1, ordering: .sequentiallyConsistent).newValue
    if left == 0, draining.load(ordering: .sequentiallyConsistent) { reportEmpty() }
  }

  /// Ends idle connections now and busy ones after their answer, then calls `done`.
  func drain(_ done: @escaping @Sendable () -> Void) {
    onEmpty.withLock { $0.append(done) }
    draining.store(true, ordering: .sequentiallyConsistent)
    for loop in loops { loop.execute { loop.forEachSocket { $0.drain() } } }
    if count.load(ordering: .sequentiallyConsistent) == 0 { reportEmpty() }
  }

  /// Cuts off what is left.
  func cutConnections() {
    for loop in loops { loop.execute { loop.forEachSocket { $0.cut() } } }
  }

  /// Ends the wait for handlers that do not heed their cancellation.
  func abandonHandlers() {
    reportEmpty()
  }

  private func reportEmpty() {
    let waiting = onEmpty.withLock { stored in
      defer { stored = [] }
      return stored
    }
    for done in waiting { done() }
  }
}
