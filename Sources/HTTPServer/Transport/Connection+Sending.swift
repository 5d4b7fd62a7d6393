// Moving bytes to the socket, waiting only when it is full.
extension Connection {
  private static let maxFileBytesPerCall = 1 << 20
  private static let maxFileCallsPerTurn = 8

  /// Sends the loop's output buffer, then `payload`, then `suffix`; false if the client is gone or too slow.
  /// The output buffer is empty before the first wait, so that other connections can use it.
  func flush(_ payload: Payload = .none, suffix: StaticString = "", more: Bool = false) async -> Bool {
    let out = loop.out
    let total = out.count + payload.count + suffix.utf8CodeUnitCount
    let result = trySend(out.bytes, payload, suffix, from: 0, more: more)
    var sent = 0
    if case .done(let count) = result { sent = count }
    if case .failed = result { sent = -1 }
    if sent == total || sent < 0 {
      out.removeAll()
      return sent == total
    }
    let prefix = Array(out.bytes)
    out.removeAll()
    return await sendRest(prefix, payload, suffix, from: sent, total: total)
  }

  private func sendRest(
    _ prefix: [UInt8], _ payload: Payload, _ suffix: StaticString, from start: Int, total: Int
  ) async -> Bool {
    var sent = start
    while sent < total {
      guard await waitWritable() else { return false }
      switch prefix.withUnsafeBytes({ trySend($0, payload, suffix, from: sent, more: false) }) {
      case .done(let count): sent += count
      case .wouldBlock: continue
      case .failed: return false
      }
    }
    return true
  }

  private func trySend(
    _ prefix: UnsafeRawBufferPointer, _ payload: Payload, _ suffix: StaticString, from start: Int, more: Bool
  ) -> SocketResult {
    if payload.count == 0, suffix.utf8CodeUnitCount == 0, !more { return socket.send(dropping(start, prefix)) }
    let end = UnsafeRawBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount)
    return payload.withBytes { body in
      socket.send(
        dropping(start, prefix), dropping(start - prefix.count, body),
        dropping(start - prefix.count - body.count, end), more: more)
    }
  }

  private func dropping(_ count: Int, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    count <= 0 ? bytes : UnsafeRawBufferPointer(rebasing: bytes[min(count, bytes.count)...])
  }

  /// Sends a part of a file without copying it; false if it could not be sent whole.
  func sendFile(_ file: OpenFile, _ region: FileRegion) async -> Bool {
    var sent = 0
    var calls = 0
    while sent < region.length {
      let count = min(region.length - sent, Self.maxFileBytesPerCall)
      switch socket.sendFile(file.descriptor, offset: region.offset + sent, count: count) {
      case .failed, .done(0): return false
      case .done(let count):
        sent += count
        calls += 1
        if calls.isMultiple(of: Self.maxFileCallsPerTurn) { await loop.yieldTurn() }
      case .wouldBlock:
        guard await waitWritable() else { return false }
      }
    }
    return true
  }

  /// Lets the client read the answer before the connection goes: closing with input unread would reset it
  /// (RFC 9112 section 9.6).
  func linger() async {
    socket.shutdownSending()
    let until = deadline(configuration.lingerTimeout)
    var reads = 0
    while Clock.milliseconds() < until {
      switch socket.receive(into: loop.scratch) {
      case .failed, .done(0): return
      case .done:
        reads += 1
        if reads.isMultiple(of: 16) { await loop.yieldTurn() }
      case .wouldBlock:
        guard await socket.waitReadable(until: until) == .ready else { return }
      }
    }
  }

  private func waitWritable() async -> Bool {
    await socket.waitWritable(until: deadline(configuration.writeTimeout)) == .ready
  }
}
