/// A response body being written piece by piece.
///
/// Safe to share between threads: its state is touched on the connection's loop only; `write` goes there first.
final class ResponseStream: @unchecked Sendable {
  enum Outcome {
    case complete
    /// Nothing was sent, so another answer can be given.
    case notStarted
    /// The client has a part of a body that will never be complete.
    case broken
  }

  private let connection: Connection
  private let plan: ResponsePlan
  private let writeHead: () -> Void
  private var isHeadPending = true
  private var remaining: Int?
  private var isWriting = false
  private var isBroken = false
  private var isOver = false
  private var sinceTurn = 0

  private static let bytesPerTurn = 1 << 20

  /// `writeHead` appends the head to the loop's output buffer.
  init(connection: Connection, plan: ResponsePlan, writeHead: @escaping () -> Void) {
    self.connection = connection
    self.plan = plan
    self.writeHead = writeHead
    if case .length(let length) = plan.framing { remaining = length }
  }

  func write(_ payload: Payload) async throws(HTTPWriteError) {
    if connection.loop.isCurrent { return try await send(payload).get() }
    let result = await withTaskExecutorPreference(connection.loop) { await self.send(payload) }
    return try result.get()
  }

  /// Ends the body. `failed` says that the writer gave up.
  func finish(failed: Bool) async -> Outcome {
    isOver = true
    let isComplete = !failed && !isBroken && !isWriting && (remaining ?? 0) == 0
    guard isComplete else { return isHeadPending && !isWriting ? .notStarted : .broken }
    if isHeadPending { takeHead() }
    if plan.framing == .chunked { connection.loop.out.append("0\r\n\r\n") }
    return await connection.flush() ? .complete : .broken
  }

  private func send(_ payload: Payload) async -> Result<Void, HTTPWriteError> {
    guard !isOver, !isWriting else { return .failure(.misuse) }
    guard !isBroken else { return .failure(.disconnected) }
    if let remaining, payload.count > remaining {
      isBroken = true
      if case .length(let length) = plan.framing { return .failure(.tooLong(length: length)) }
    }
    if payload.count == 0, !isHeadPending { return .success(()) }
    isWriting = true
    let sent = await sendPiece(payload)
    await takeTurns(payload.count)
    isWriting = false
    if !sent { isBroken = true }
    return sent ? .success(()) : .failure(.disconnected)
  }

  private func sendPiece(_ payload: Payload) async -> Bool {
    if isHeadPending { takeHead() }
    if let left = remaining { remaining = left - payload.count }
    guard plan.framing == .chunked, payload.count > 0 else { return await connection.flush(payload) }
    connection.loop.out.append(number: payload.count, radix: 16)
    connection.loop.out.append("\r\n")
    return await connection.flush(payload, suffix: "\r\n")
  }

  /// A fast reader must not keep the loop to itself.
  private func takeTurns(_ count: Int) async {
    sinceTurn += count
    guard sinceTurn >= Self.bytesPerTurn else { return }
    sinceTurn = 0
    await connection.loop.yieldTurn()
  }

  private func takeHead() {
    isHeadPending = false
    writeHead()
  }
}

/// The larger part of what is sent at once, kept alive while the socket takes it.
enum Payload: Sendable {
  case none
  case buffer(ByteBuffer)
  case array([UInt8])

  var count: Int {
    switch self {
    case .none: 0
    case .buffer(let buffer): buffer.count
    case .array(let array): array.count
    }
  }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch self {
    case .none: body(UnsafeRawBufferPointer(start: nil, count: 0))
    case .buffer(let buffer): buffer.withUnsafeBytes(body)
    case .array(let array): array.withUnsafeBytes(body)
    }
  }
}
