/// One client's connection: its requests are read, handled and answered in order by one long-lived task.
///
/// Safe to share between threads: everything that changes is touched on its loop only.
final class Connection: @unchecked Sendable {
  let socket: Socket
  let core: ServerCore
  let loop: EventLoop
  /// Received and not yet used.
  var inbox = InputBuffer()
  /// The head of the current answer is being sent.
  var isAnswering = false
  private let peer: PeerAddress
  private let listener: Int
  private let isRefused: Bool
  private var task: Task<Void, Never>?
  private var answeredInARow = 0

  private static let maxWholeBodyBytes = 256 * 1024

  var configuration: HTTPServerConfiguration { core.configuration }

  /// `isRefused`: the server is full, and the client shall be told so.
  init(socket: Socket, core: ServerCore, peer: PeerAddress, listener: Int, isRefused: Bool) {
    self.socket = socket
    self.core = core
    self.loop = socket.loop
    self.peer = peer
    self.listener = listener
    self.isRefused = isRefused
  }

  /// Begins to serve; on the loop.
  func start() {
    guard loop.register(socket) else {
      Socket.closeDescriptor(socket.descriptor)
      return core.connectionEnded()
    }
    socket.onCut = { [weak self] in self?.task?.cancel() }
    task = Task(executorPreference: loop) { await self.run() }
  }

  func deadline(_ timeout: Duration) -> Socket.Deadline { Clock.milliseconds() + timeout.milliseconds }

  private func run() async {
    if isRefused {
      await refuse(.overloaded)
    } else {
      while await serveNext() {}
    }
    socket.close()
    task = nil
    core.connectionEnded()
  }

  /// Serves one request; whether the connection goes on.
  private func serveNext() async -> Bool {
    switch await receiveHead() {
    case .closed: return false
    case .rejected(let rejection):
      await refuse(rejection)
      return false
    case .head(let head):
      isAnswering = false
      let (body, stream) = makeBody(head)
      let request = HTTPRequest(head: head, body: body, peer: peer, listener: listener)
      let response = await core.handler(request)
      guard await respond(response, to: head, stream) else { return false }
      await takeTurns()
      return true
    }
  }

  /// A client that pipelines without end must not keep the loop to itself.
  private func takeTurns() async {
    answeredInARow = inbox.isEmpty ? 0 : answeredInARow + 1
    guard answeredInARow >= configuration.maxPipelinedRequests else { return }
    answeredInARow = 0
    await loop.yieldTurn()
  }

  /// A short body that came along with the head is handed over whole.
  private func makeBody(_ head: RequestHead) -> (HTTPRequestBody, RequestBodyStream?) {
    var length: Int?
    if case .length(let count) = head.framing {
      length = count
      if count == 0 { return (HTTPRequestBody([]), nil) }
      if count <= inbox.count, count <= Self.maxWholeBodyBytes {
        let bytes = Array(inbox.bytes[..<count])
        inbox.consume(count)
        return (HTTPRequestBody(bytes), nil)
      }
    }
    let stream = RequestBodyStream(
      connection: self, framing: head.framing, expectsContinue: head.expectsContinue && inbox.isEmpty)
    return (HTTPRequestBody(stream: stream, contentLength: length), stream)
  }
}

// Receiving a head.
extension Connection {
  private enum HeadOutcome {
    case head(RequestHead)
    case rejected(Rejection)
    case closed
  }

  private func receiveHead() async -> HeadOutcome {
    var scanner = HeadScanner(limits: core.headLimits)
    var until = deadline(inbox.isEmpty ? configuration.idleTimeout : configuration.headerTimeout)
    if !inbox.isEmpty, let outcome = examineInbox(&scanner) { return outcome }
    while true {
      let isIdle = inbox.isEmpty
      let wake = isIdle && core.isDraining ? .draining : await socket.waitReadable(until: until, idle: isIdle)
      if wake == .closed { return .closed }
      if wake == .timedOut { return isIdle ? .closed : .rejected(.headerTimeout) }
      switch socket.receive(into: loop.scratch) {
      case .failed, .done(0): return .closed
      case .wouldBlock where wake == .draining: return .closed
      case .wouldBlock: continue
      case .done(let count):
        let received = UnsafeRawBufferPointer(rebasing: loop.scratch[..<count])
        if let outcome = examine(received, &scanner) { return outcome }
      }
      if isIdle { until = deadline(configuration.headerTimeout) }
    }
  }

  /// Looks for a head in what was just received; only what is left over is copied.
  private func examine(_ received: UnsafeRawBufferPointer, _ scanner: inout HeadScanner) -> HeadOutcome? {
    guard inbox.isEmpty else {
      inbox.append(received)
      return examineInbox(&scanner)
    }
    let (outcome, consumed) = examineBytes(received, &scanner)
    inbox.append(UnsafeRawBufferPointer(rebasing: received[consumed...]))
    return outcome
  }

  private func examineInbox(_ scanner: inout HeadScanner) -> HeadOutcome? {
    let (outcome, consumed) = examineBytes(inbox.bytes, &scanner)
    inbox.consume(consumed)
    return outcome
  }

  private func examineBytes(
    _ bytes: UnsafeRawBufferPointer, _ scanner: inout HeadScanner
  ) -> (HeadOutcome?, consumed: Int) {
    switch scanner.scan(bytes) {
    case .needMore: return (nil, 0)
    case .rejected(let rejection): return (.rejected(rejection), 0)
    case .complete(let range, let lines):
      do {
        let head = try RequestParser.parse(
          UnsafeRawBufferPointer(rebasing: bytes[range]), lines: lines, limits: core.headLimits)
        return (.head(head), range.upperBound)
      } catch {
        return (.rejected(error), 0)
      }
    }
  }
}
