/// The body of the request that a connection is serving, read from the socket as the handler asks for it.
///
/// Safe to share between threads: its state is touched on the connection's loop only; `next` goes there first.
final class RequestBodyStream: @unchecked Sendable {
  private let connection: Connection
  private var decoder: BodyDecoder
  private var failure: HTTPBodyError?
  private var isReading = false
  private var isOver = false
  private var directReads = 0
  /// The client waits to be told to go on (RFC 9110 section 10.1.1).
  private(set) var owesContinue: Bool

  private static let maxDirectReads = 16

  init(connection: Connection, framing: BodyFraming, expectsContinue: Bool) {
    self.connection = connection
    decoder = BodyDecoder(framing)
    owesContinue = expectsContinue
  }

  /// Whether the body was read to its end.
  var isAtEnd: Bool { decoder.state == .ended }

  /// Bytes still to come; nil if unknown.
  var remaining: Int? { decoder.remaining }

  var hasFailed: Bool { failure != nil }

  func next() async throws(HTTPBodyError) -> [UInt8]? {
    if connection.loop.isCurrent { return try await read().get() }
    let result = await withTaskExecutorPreference(connection.loop) { await self.read() }
    return try result.get()
  }

  /// Ends the exchange: the handler may read no more. What is left can be dropped with `discard`.
  func finish() {
    isOver = true
    if isReading { connection.socket.abandonReader() }
  }

  /// Reads and drops what is left if it is no more than `limit` bytes; whether the end was reached.
  func discard(limit: Int) async -> Bool {
    guard !isReading, !owesContinue else { return isAtEnd }
    var dropped = 0
    while dropped <= limit {
      guard case .success(let piece) = await readPiece() else { return false }
      guard let piece else { return true }
      dropped += piece.count
    }
    return false
  }

  private func read() async -> Result<[UInt8]?, HTTPBodyError> {
    guard !isOver, !isReading else { return .failure(.incomplete) }
    isReading = true
    let result = await readPiece()
    isReading = false
    return isOver ? .failure(.incomplete) : result
  }

  private func readPiece() async -> Result<[UInt8]?, HTTPBodyError> {
    if let failure { return .failure(failure) }
    while true {
      if let piece = takeBuffered() { return .success(piece) }
      switch decoder.state {
      case .ended: return .success(nil)
      case .malformed: return fail(.malformedChunk)
      case .open: break
      }
      if owesContinue, !connection.sendContinue() { return fail(.incomplete) }
      owesContinue = false
      var piece: [UInt8] = []
      switch receive(&piece) {
      case .done(0), .failed: return fail(.incomplete)
      case .done:
        await breathe()
        if !piece.isEmpty { return .success(piece) }
      case .wouldBlock:
        directReads = 0
        switch await connection.socket.waitReadable(until: connection.deadline(connection.configuration.bodyTimeout)) {
        case .ready: break
        case .timedOut: return fail(.timedOut)
        case .closed, .draining: return fail(.incomplete)
        }
      }
    }
  }

  private func fail(_ error: HTTPBodyError) -> Result<[UInt8]?, HTTPBodyError> {
    failure = error
    return .failure(error)
  }

  /// Body bytes out of what the connection has received already; nil if there are none.
  private func takeBuffered() -> [UInt8]? {
    guard !connection.inbox.isEmpty else { return nil }
    var piece: [UInt8] = []
    let consumed = decoder.decode(connection.inbox.bytes) { piece.append(contentsOf: $0) }
    connection.inbox.consume(consumed)
    return piece.isEmpty ? nil : piece
  }

  /// Receives body bytes, never beyond a body of known length: the next request stays in the socket. The inbox is
  /// empty when this is called.
  private func receive(_ piece: inout [UInt8]) -> SocketResult {
    let scratch = connection.loop.scratch
    let room = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, decoder.remaining ?? .max)])
    let result = connection.socket.receive(into: room)
    if case .done(let count) = result {
      let received = UnsafeRawBufferPointer(rebasing: room[..<count])
      let consumed = decoder.decode(received) { piece.append(contentsOf: $0) }
      connection.inbox.append(UnsafeRawBufferPointer(rebasing: received[consumed...]))
    }
    return result
  }

  /// A fast sender must not keep the loop to itself.
  private func breathe() async {
    directReads += 1
    guard directReads >= Self.maxDirectReads else { return }
    directReads = 0
    await connection.loop.yieldTurn()
  }
}
