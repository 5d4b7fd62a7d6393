/// The body of the request that a connection is serving, read from the socket as the handler asks for it.
///
/// Safe to share between threads: its state is touched on the connection's loop only; reading goes there first.
final class RequestBodyStream: @unchecked Sendable {
  private let connection: Connection
  private var decoder: BodyDecoder
  private var failure: HTTPBodyError?
  private var isReading = false
  private var isOver = false
  /// Bytes that came without any wait.
  private var receivedInARow = 0
  /// The client waits to be told to go on (RFC 9110 section 10.1.1).
  private(set) var owesContinue: Bool

  private static let maxReceivedInARow = 1 << 20
  private static let pieceBytes = 60 * 1024

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

  /// The next piece, as soon as there is any.
  func next() async throws(HTTPBodyError) -> [UInt8]? {
    var piece: [UInt8] = []
    let count = try await onLoop { () throws(HTTPBodyError) in
      piece = [UInt8](repeating: 0, count: min(self.decoder.remaining ?? .max, Self.pieceBytes))
      return try await self.readSome(into: &piece, from: 0)
    }
    piece.removeLast(piece.count - count)
    return piece.isEmpty ? nil : piece
  }

  /// Reads until `bytes` are full or the body ends; returns where its bytes end in them.
  func read(into bytes: inout [UInt8], from start: Int) async throws(HTTPBodyError) -> Int {
    try await onLoop { () throws(HTTPBodyError) in
      var position = start
      while position < bytes.count {
        let count = try await self.readSome(into: &bytes, from: position)
        guard count > 0 else { break }
        position += count
      }
      return position
    }
  }

  /// Ends the exchange: the handler may read no more. What is left can be dropped with `discard`.
  func finish() {
    isOver = true
    if isReading { connection.socket.abandonReader() }
  }

  /// Reads and drops what is left if it is no more than `limit` bytes; whether the end was reached.
  func discard(limit: Int) async -> Bool {
    guard !isAtEnd, !isReading, !owesContinue else { return isAtEnd }
    var scratch = [UInt8](repeating: 0, count: Self.pieceBytes)
    var dropped = 0
    while dropped <= limit {
      guard let count = try? await readSome(into: &scratch, from: 0) else { return false }
      guard count > 0 else { return true }
      dropped += count
    }
    return false
  }

  /// Drops what was received of the body and waits for nothing; whether that was all of it.
  func dropArrived() -> Bool {
    guard !isAtEnd, !isReading, failure == nil else { return isAtEnd }
    var scratch = [UInt8](repeating: 0, count: Self.pieceBytes)
    while decoder.state == .open {
      var position = 0
      let taken = take(connection.inbox.bytes, into: &scratch, at: &position)
      connection.inbox.consume(taken)
      if taken == 0 { break }
    }
    return decoder.state == .ended
  }

  /// Reads on the connection's loop, for one reader at a time.
  private func onLoop(_ read: () async throws(HTTPBodyError) -> Int) async throws(HTTPBodyError) -> Int {
    if connection.loop.isCurrent { return try await exclusively(read) }
    return try await withTaskExecutorPreference(connection.loop) { () throws(HTTPBodyError) in
      try await self.exclusively(read)
    }
  }

  private func exclusively(_ read: () async throws(HTTPBodyError) -> Int) async throws(HTTPBodyError) -> Int {
    guard !isOver, !isReading else { throw .incomplete }
    isReading = true
    defer { isReading = false }
    let count = try await read()
    guard !isOver else { throw .incomplete }
    return count
  }

  /// Puts what there is into `bytes` from `start` on, where there must be room; waits until there is something. Returns
  /// how many bytes that was, 0 at the end of the body.
  private func readSome(into bytes: inout [UInt8], from start: Int) async throws(HTTPBodyError) -> Int {
    if let failure { throw failure }
    while true {
      var position = start
      connection.inbox.consume(take(connection.inbox.bytes, into: &bytes, at: &position))
      if position > start { return position - start }
      switch decoder.state {
      case .ended: return 0
      case .malformed: throw fail(.malformedChunk)
      case .open: break
      }
      if owesContinue, !connection.sendContinue() { throw fail(.incomplete) }
      owesContinue = false
      switch receive(into: &bytes, at: &position) {
      case .done(0), .failed: throw fail(.incomplete)
      case .done(let count):
        await breathe(count)
        if position > start { return position - start }
      case .wouldBlock: try await waitForMore()
      }
    }
  }

  private func waitForMore() async throws(HTTPBodyError) {
    receivedInARow = 0
    switch await connection.socket.waitReadable(until: connection.deadline(connection.configuration.bodyTimeout)) {
    case .ready: break
    case .timedOut: throw fail(.timedOut)
    case .closed, .draining: throw fail(.incomplete)
    }
  }

  private func fail(_ error: HTTPBodyError) -> HTTPBodyError {
    failure = error
    return error
  }

  /// Takes body bytes out of what was received, as many as there is room for; returns how much of it is done with.
  private func take(_ received: UnsafeRawBufferPointer, into bytes: inout [UInt8], at position: inout Int) -> Int {
    decoder.decode(received, limit: bytes.count - position) { source in
      bytes.withUnsafeMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[position...]).copyMemory(from: source) }
      position += source.count
    }
  }

  /// Receives, never beyond a body of known length: the next request stays in the socket. The inbox is empty when this is
  /// called.
  private func receive(into bytes: inout [UInt8], at position: inout Int) -> SocketResult {
    let socket = connection.socket
    guard let remaining = decoder.remaining else {
      let result = socket.receive(into: connection.loop.scratch)
      if case .done(let count) = result {
        let received = UnsafeRawBufferPointer(rebasing: connection.loop.scratch[..<count])
        let consumed = take(received, into: &bytes, at: &position)
        connection.inbox.append(UnsafeRawBufferPointer(rebasing: received[consumed...]))
      }
      return result
    }
    let room = position..<position + min(bytes.count - position, remaining)
    let result = bytes.withUnsafeMutableBytes {
      socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: $0[room]))
    }
    if case .done(let count) = result {
      decoder.received(count)
      position += count
    }
    return result
  }

  /// A fast sender must not keep the loop to itself.
  private func breathe(_ count: Int) async {
    receivedInARow += count
    guard receivedInARow >= Self.maxReceivedInARow else { return }
    receivedInARow = 0
    await connection.loop.yieldTurn()
  }
}
