import Glibc

/// Where the control interface is.
struct ControlAddress {
  let host: String
  let port: String
  /// The path before everything else: `/worlds/red`.
  let prefix: String

  /// Reads `http://host:port`, also with a path such as OS_AUTH_URL's behind it, of which only a world's counts.
  init(_ url: String) throws(ControlFailure) {
    let failure = ControlFailure(description: "\(url): expected an address such as http://127.0.0.1:5000")
    guard url.hasPrefix("http://") else { throw failure }
    let rest = url.dropFirst(7)
    let authority = rest.prefix { $0 != "/" }
    let segments = rest.dropFirst(authority.count).split(separator: "/")
    prefix = segments.count >= 2 && segments[0] == "worlds" ? "/worlds/\(segments[1])" : ""
    guard let colon = authority.lastIndex(of: ":"), authority.last != "]" else {
      (host, port) = (String(authority), "80")
      guard !authority.isEmpty else { throw failure }
      return
    }
    host = String(authority[..<colon].filter { $0 != "[" && $0 != "]" })
    port = String(authority[authority.index(after: colon)...])
    guard !host.isEmpty, Int(port).map({ (1...65535).contains($0) }) == true else { throw failure }
  }

  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":" + port }
}

/// A TCP connection to a running cloud.
final class ControlConnection {
  private let descriptor: Int32
  private let authority: String
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

  init(to address: ControlAddress) throws(ControlFailure) {
    authority = address.authority
    descriptor = Self.connect(address)
    guard descriptor >= 0 else {
      throw ControlFailure(description: "no cloud answers at \(authority): \(String(cString: strerror(errno)))")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// A descriptor, or -1 with errno set.
  private static func connect(_ address: ControlAddress) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, address.port, &hints, &found) == 0 else {
      errno = EHOSTUNREACH
      return -1
    }
    defer { freeaddrinfo(found) }
    var next = found
    while let candidate = next?.pointee {
      let descriptor = socket(candidate.ai_family, candidate.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
      if descriptor >= 0, Glibc.connect(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0 { return descriptor }
      let code = errno
      if descriptor >= 0 { close(descriptor) }
      errno = code
      next = candidate.ai_next
    }
    return -1
  }

  func send(_ bytes: [UInt8]) throws(ControlFailure) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, Int32(MSG_NOSIGNAL))
      }
      // A server that refuses early closes before it has read all; its answer is still there to be read.
      if count < 0, errno == EPIPE || errno == ECONNRESET { return }
      guard count > 0 || errno == EINTR else { throw broken() }
      done += max(0, count)
    }
  }

  /// The next bytes that come; `nil` at the end.
  func next() throws(ControlFailure) -> [UInt8]? {
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 { return Array(buffer[..<count]) }
      if count == 0 { return nil }
      guard errno == EINTR else { throw broken() }
    }
  }

  /// The status, how long the body is, if the head says so, and what of it came with the head.
  func head() throws(ControlFailure) -> (status: Int, length: Int?, rest: [UInt8]) {
    var received: [UInt8] = []
    while let piece = try next() {
      received += piece
      guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
      let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
      let words = lines.first?.split(separator: " ") ?? []
      guard words.count >= 2, let status = Int(words[1]) else { break }
      let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.dropFirst("content-length:".count)
      return (status, length.flatMap { Int($0.drop { $0 == " " }) }, Array(received[end.upperBound...]))
    }
    throw ControlFailure(description: "\(authority) does not speak HTTP")
  }

  /// What is to be said of a connection that ended before all came.
  var endedEarly: ControlFailure { ControlFailure(description: "the answer of \(authority) ended too early") }

  private func broken() -> ControlFailure {
    ControlFailure(description: "the connection to \(authority) broke: \(String(cString: strerror(errno)))")
  }
}
