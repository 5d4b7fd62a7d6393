import Glibc

/// Why no answer came.
enum WireFailure: Error {
  /// Nobody listens.
  case refused
  /// The connection ended before the answer did.
  case lost
  /// The answer, or a part of it, did not come in time.
  case late
  /// What came is no HTTP.
  case malformed(String)
}

/// A connection to the server: one request at a time, and each has an end. It is opened when there is something to send,
/// and again after an answer that closes it.
final class Wire {
  /// How long an answer may take.
  static let patience = 30_000
  private let port: Int
  private var socket: Int32 = -1
  private var received: [UInt8] = []
  private var piece = [UInt8](repeating: 0, count: 65536)

  init(port: Int) { self.port = port }
  deinit { close() }

  /// Sends a whole request and reads the answer to it.
  func send(_ request: [UInt8], isHead: Bool) throws(WireFailure) -> WireAnswer {
    if socket < 0 { try open() }
    write(request)
    do {
      let answer = try read(isHead: isHead)
      if answer.closesConnection { close() }
      return answer
    } catch {
      close()
      throw error
    }
  }

  func close() {
    if socket >= 0 { _ = Glibc.close(socket) }
    socket = -1
    received.removeAll(keepingCapacity: true)
  }

  private func open() throws(WireFailure) {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close()
      throw .refused
    }
    var yes: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// As much as the server takes: it may answer, and end, before it has read all.
  private func write(_ request: [UInt8]) {
    var rest = request[...]
    while !rest.isEmpty, waits(for: POLLOUT) {
      let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
    }
  }

  private func waits(for events: Int32) -> Bool {
    var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
    while true {
      let count = poll(&descriptor, 1, Int32(Self.patience))
      if count >= 0 || errno != EINTR { return count > 0 }
    }
  }
}

extension Wire {
  private func read(isHead: Bool) throws(WireFailure) -> WireAnswer {
    var answer = try readHead()
    while answer.status < 200 { answer = try readHead() }
    if isHead || answer.status == 204 || answer.status == 304 { return answer }
    if answer.isEndless {
      close()
    } else if answer["transfer-encoding"]?.lowercased() == "chunked" {
      answer.body = try readChunks()
    } else if let length = answer["content-length"] {
      guard let count = Int(length), count >= 0 else { throw .malformed("Content-Length: \(length)") }
      answer.body = try take(count)
    } else {
      answer.body = readToEnd()
    }
    return answer
  }

  private func readHead() throws(WireFailure) -> WireAnswer {
    var lines: [String] = []
    while true {
      let line = try readLine()
      if line.isEmpty { break }
      lines.append(line)
    }
    guard let answer = WireAnswer(head: lines) else { throw .malformed(lines.first ?? "an empty line") }
    return answer
  }

  private func readChunks() throws(WireFailure) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let line = try readLine()
      guard let count = Int(line.prefix { $0 != ";" }, radix: 16), count >= 0 else { throw .malformed("chunk \(line)") }
      if count == 0 { break }
      body += try take(count)
      _ = try readLine()
    }
    while try !readLine().isEmpty {}
    return body
  }

  private func readLine() throws(WireFailure) -> String {
    var searched = 0
    while true {
      if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = received[..<end].last == UInt8(ascii: "\r") ? received[..<(end - 1)] : received[..<end]
        defer { received.removeSubrange(...end) }
        return String(decoding: line, as: UTF8.self)
      }
      searched = received.count
      guard searched < 1 << 20 else { throw .malformed("a line without an end") }
      try fill()
    }
  }

  private func take(_ count: Int) throws(WireFailure) -> [UInt8] {
    while received.count < count { try fill() }
    let bytes = Array(received[..<count])
    received.removeSubrange(..<count)
    return bytes
  }

  private func readToEnd() -> [UInt8] {
    while (try? fill()) != nil {}
    defer { close() }
    return received
  }

  private func fill() throws(WireFailure) {
    guard waits(for: POLLIN) else { throw .late }
    let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
    if count > 0 { received += piece[..<count] }
    if count < 0, errno == EINTR { return }
    guard count > 0 else { throw .lost }
  }
}

/// What came back.
struct WireAnswer {
  let status: Int
  let headers: [(name: String, value: String)]
  var body: [UInt8] = []

  /// Reads a status line and fields.
  init?(head lines: [String]) {
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
    self.status = status
    var headers: [(String, String)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      headers.append((line[..<colon].lowercased(), String(value)))
    }
    self.headers = headers
  }

  subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  var closesConnection: Bool { self["connection"]?.lowercased() == "close" }
  /// Whether it goes on for as long as somebody listens.
  var isEndless: Bool { self["content-type"] == "text/event-stream" }
  var isJSON: Bool { self["content-type"]?.hasPrefix("application/json") == true }
}
