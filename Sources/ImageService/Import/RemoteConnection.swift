import Glibc
import HTTPServer
import Locking

/// What a server answered, up to where its body begins.
struct RemoteAnswer: Sendable {
  let status: Int
  let headers: HTTPHeaders
  /// Bytes of the body that came along.
  let rest: [UInt8]

  /// Reads a head without its empty line.
  init(_ head: ArraySlice<UInt8>, rest: [UInt8]) throws(HTTPDownloadError) {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...599).contains(status)
    else { throw .broken }
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw .broken }
      headers.add(String(line[..<colon]), String(line[line.index(after: colon)...].trimmingBlanks()))
    }
    (self.status, self.headers, self.rest) = (status, headers, rest)
  }
}

/// A connection to another server, whose calls block, but never for long once it is cancelled.
///
/// - Safety: `descriptor` is touched by one caller at a time, the queue of the download.
final class RemoteConnection: @unchecked Sendable {
  /// Milliseconds to wait for a connection, or for bytes.
  private static let patience = 30_000
  /// Milliseconds after which a wait looks whether it is still wanted.
  private static let slice: Int32 = 100
  private static let longestHead = 64 * 1024

  private var descriptor: Int32 = -1
  private let isCancelled = Locked(false)

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Runs something that uses the connection; when the task is cancelled, what blocks ends soon.
  func cancelled<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await withTaskCancellationHandler {
      let value = try await body()
      try Task.checkCancellation()
      return value
    } onCancel: {
      isCancelled.withLock { $0 = true }
    }
  }

  /// Connects, asks for an address, and reads the head of the answer.
  func ask(_ method: String, _ address: HTTPAddress, _ filter: ImportFilter) throws(HTTPDownloadError) -> RemoteAnswer {
    try connect(address, filter)
    let request = """
      \(method) \(address.target) HTTP/1.1\r
      Host: \(address.authority)\r
      Accept: */*\r
      User-Agent: pocketstack\r
      Connection: close\r
      \r

      """
    try send(Array(request.utf8))
    var received: [UInt8] = []
    while true {
      while let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
        let answer = try RemoteAnswer(received[..<end.lowerBound], rest: Array(received[end.upperBound...]))
        guard answer.status < 200 else { return answer }
        received = answer.rest
      }
      guard received.count <= Self.longestHead else { throw .broken }
      let piece = try receive()
      guard !piece.isEmpty else { throw .broken }
      received += piece
    }
  }

  /// The host may be inside only if the configuration names it: what counts is the address that is connected to, so that
  /// no name can stand for one address when it is checked and for another afterwards.
  private func connect(_ address: HTTPAddress, _ filter: ImportFilter) throws(HTTPDownloadError) {
    let found = RemoteAddress.resolve(address.host, port: address.port ?? 80)
    let allowed = filter.isListed(address) ? found : found.filter(\.isPublic)
    guard !allowed.isEmpty else { throw found.isEmpty ? .unreachable : .refused }
    for address in allowed where connect(address) { return }
    throw .unreachable
  }

  private func connect(_ address: RemoteAddress) -> Bool {
    let descriptor = socket(
      address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return false }
    let result = address.withSystemAddress { Glibc.connect(descriptor, $0, $1) }
    self.descriptor = descriptor
    if result == 0 { return true }
    var (failure, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
    if errno == EINPROGRESS, wait(for: Int16(POLLOUT)),
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0,
      failure == 0
    {
      return true
    }
    close(descriptor)
    self.descriptor = -1
    return false
  }

  private func send(_ bytes: [UInt8]) throws(HTTPDownloadError) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { sent += count } else if !isTransient || !wait(for: Int16(POLLOUT)) { throw .unreachable }
    }
  }

  /// The next bytes; none at the end.
  func receive() throws(HTTPDownloadError) -> [UInt8] {
    while true {
      var count = -1
      let bytes = [UInt8](unsafeUninitializedCapacity: 128 * 1024) { buffer, initialized in
        count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        initialized = max(0, count)
      }
      if count >= 0 { return bytes }
      guard isTransient, wait(for: Int16(POLLIN)) else { throw .broken }
    }
  }

  private var isTransient: Bool { [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) }

  private func wait(for events: Int16) -> Bool {
    var waited = 0
    while waited < Self.patience, !isCancelled.withLock({ $0 }) {
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&entry, 1, Self.slice)
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
      waited += Int(Self.slice)
    }
    return false
  }
}
