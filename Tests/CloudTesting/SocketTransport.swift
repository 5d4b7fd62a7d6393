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
    let received = try await RawSocket.exchange(Array(head.utf8) + body, port: port)
    return try Answer(received: received, to: "\(method) \(target)")
  }
}

extension Answer {
  /// Reads a whole answer as it came from a socket.
  public init(received bytes: [UInt8], to request: String) throws {
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
    self.init(
      request: request, status: status, headers: headers, body: isChunked ? try Self.joined(body) : body)
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
