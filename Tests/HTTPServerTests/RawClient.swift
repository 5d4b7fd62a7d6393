import Glibc

/// A plain blocking socket, so that a test decides every byte. Waits twenty seconds at most.
///
/// Safe to share between threads as long as a test uses it from one task at a time, as they do.
final class RawClient: @unchecked Sendable {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// A response as it came.
  struct Response: Equatable {
    var status: Int
    var head: String
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? {
      let prefix = name.lowercased() + ":"
      let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
      return line.map { String($0.dropFirst(prefix.count).drop { $0 == " " }) }
    }
  }

  private let descriptor: Int32
  private(set) var buffered: [UInt8] = []
  private var isOpen = true

  init(port: Int, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
    let isV6 = host.contains(":")
    descriptor = socket(isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    guard isV6 ? connect6(port, host) : connect4(port, host) else {
      throw Failure(description: "connect: \(String(cString: strerror(errno)))")
    }
  }

  deinit { close() }

  private func connect4(_ port: Int, _ host: String) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return connect(address)
  }

  private func connect6(_ port: Int, _ host: String) -> Bool {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = in_port_t(port).bigEndian
    inet_pton(AF_INET6, host, &address.sin6_addr)
    return connect(address)
  }

  private func connect(_ address: some Any) -> Bool {
    withUnsafeBytes(of: address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) {
        Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) == 0
      }
    }
  }

  func close() {
    if isOpen { _ = Glibc.close(descriptor) }
    isOpen = false
  }

  /// Closes so that the server sees a reset.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close()
  }

  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  /// Receives more; false at the end of the connection.
  func receive(upTo limit: Int = 65536) throws -> Bool {
    let bytes = try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let received = recv(descriptor, buffer.baseAddress, limit, 0)
      guard received >= 0 else { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
      count = received
    }
    buffered += bytes
    return !bytes.isEmpty
  }

  /// Drops what has been received, for tests that only count.
  func drop() -> Int {
    defer { buffered.removeAll(keepingCapacity: true) }
    return buffered.count
  }

  /// Whether the server ends the connection, with nothing more to read.
  func isClosedByServer() throws -> Bool {
    guard buffered.isEmpty else { return false }
    return try !receive()
  }

  /// Everything until the server closes.
  func readToEnd() throws -> String {
    while try receive() {}
    defer { buffered = [] }
    return String(decoding: buffered, as: UTF8.self)
  }

  /// One head, up to and with its empty line.
  func readHead() throws -> String {
    while true {
      if let end = endOfHead() {
        defer { buffered.removeFirst(end) }
        return String(decoding: buffered[..<end], as: UTF8.self)
      }
      guard try receive() else {
        throw Failure(description: "closed within a head: \(String(decoding: buffered, as: UTF8.self))")
      }
    }
  }

  private func endOfHead() -> Int? {
    guard buffered.count >= 4 else { return nil }
    for index in 0...(buffered.count - 4) where buffered[index...].starts(with: [13, 10, 13, 10]) { return index + 4 }
    return nil
  }

  /// One whole response; `hasBody` is false for an answer to HEAD.
  func read(hasBody: Bool = true) throws -> Response {
    let head = try readHead()
    let words = head.split(separator: " ", maxSplits: 2)
    guard words.count > 1, let status = Int(words[1]) else { throw Failure(description: "not a response: \(head)") }
    var response = Response(status: status, head: head, body: [])
    guard hasBody, status != 204, status != 304, status >= 200 else { return response }
    if response.header("Transfer-Encoding") == "chunked" {
      response.body = try readChunks()
    } else if let length = response.header("Content-Length").flatMap({ Int($0) }) {
      response.body = try take(length)
    } else {
      while try receive() {}
      response.body = buffered
      buffered = []
    }
    return response
  }

  func take(_ count: Int) throws -> [UInt8] {
    while buffered.count < count {
      guard try receive() else { throw Failure(description: "closed after \(buffered.count) of \(count) bytes") }
    }
    defer { buffered.removeFirst(count) }
    return Array(buffered[..<count])
  }

  private func readChunks() throws -> [UInt8] {
    var body: [UInt8] = []
    while true {
      var line: [UInt8] = []
      while !line.suffix(2).elementsEqual([13, 10]) { line += try take(1) }
      guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
        throw Failure(description: "bad chunk size")
      }
      body += try take(size)
      guard try take(2) == [13, 10] else { throw Failure(description: "bad chunk end") }
      if size == 0 { return body }
    }
  }
}
