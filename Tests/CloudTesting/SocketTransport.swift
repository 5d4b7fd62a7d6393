import Dispatch
import Glibc
import HTTPServer
import PocketStack

/// Through a socket to a server of the test's own, a connection a request.
struct SocketTransport: Transport {
  private let server: CloudServer
  private let port: UInt16

  init(_ server: CloudServer) {
    self.server = server
    port = UInt16(server.url.split(separator: ":").last.flatMap { Int($0) } ?? 0)
  }

  func close() async { await server.stop() }

  func send(_ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ body: [UInt8]) async throws -> Answer {
    var head = "\(method) \(target) HTTP/1.1\r\n"
    if !headers.contains("Host") { head += "Host: cloud.test\r\n" }
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    let received = try await exchange(Array(head.utf8) + body)
    return try Self.answer(received, to: "\(method) \(target)")
  }

  /// Blocking calls wait on a thread of Dispatch's, not on one of Swift's few.
  private func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
    let port = port
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try Self.exchange(bytes, port) }) }
    }
  }

  private static func exchange(_ bytes: [UInt8], _ port: UInt16) throws -> [UInt8] {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw TestFailure("cannot connect: \(String(cString: strerror(errno)))") }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return received }
      received += chunk[..<count]
    }
  }

  private static func answer(_ bytes: [UInt8], to request: String) throws -> Answer {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw TestFailure("\(request): no answer") }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw TestFailure("\(request): a broken answer")
    }
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      headers.add(String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
    }
    let body = Array(bytes[end.upperBound...])
    let isChunked = headers["Transfer-Encoding"] == "chunked"
    return Answer(request: request, status: status, headers: headers, body: isChunked ? try joined(body) : body)
  }

  /// The data of chunks (RFC 9112 section 7.1).
  private static func joined(_ body: [UInt8]) throws -> [UInt8] {
    var rest = body[...]
    var data: [UInt8] = []
    while let end = rest.firstRange(of: Array("\r\n".utf8)) {
      guard let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16) else { break }
      if size == 0 { return data }
      let chunk = rest[end.upperBound...].prefix(size)
      data += chunk
      rest = rest[chunk.endIndex...].dropFirst(2)
    }
    throw TestFailure("a chunked body without its end")
  }
}
