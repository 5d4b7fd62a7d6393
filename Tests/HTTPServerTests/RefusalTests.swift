import HTTPServer
import Testing

@Suite("Refused requests")
struct RefusalTests {
  static let refused: [(String, Int)] = [
    // Request lines.
    ("GET /\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400),
    ("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    (" GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET / http/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    ("GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("\u{16}\u{3}\u{1}\u{0}\u{5}", 400),
    ("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET http://u@h/x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 501),
    ("GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET /\u{7f} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    // Line ends.
    ("GET / HTTP/1.1\nHost: h\n\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\rX: y\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\n X: folded\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400),
    // Fields.
    ("GET / HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\n: y\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX(y): z\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX: a\u{0}b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX: a\u{1}b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nX: 12345678\u{7f}\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
    // Lengths.
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775808\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
    // Transfer codings.
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity, chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked;q=1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: , chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", 417),
  ]

  @Test("malformed and unsupported requests are refused and the connection closed", arguments: refused)
  func refusal(request: String, status: Int) async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send(request)
      let response = try client.read()
      #expect(response.status == status)
      #expect(response.header("Connection") == "close")
      #expect(try client.isClosedByServer())
    }
  }

  @Test("a target, a head and a number of fields beyond the limits are refused")
  func limits() async throws {
    try await withServer({
      $0.maxTargetBytes = 100
      $0.maxHeaderBytes = 1000
      $0.maxHeaderFields = 10
    }) { _, port in
      let long = String(repeating: "a", count: 101)
      let cases = [
        (get("/" + long.dropFirst(2)), 200), (get("/" + long.dropFirst()), 414),
        ("GET /" + long + long + long, 414), (get("/", "X: " + String(repeating: long, count: 10)), 431),
        ("GET / HTTP/1.1\r\nX: " + String(repeating: long, count: 10), 431),
        (get("/", "A: 1", "A: 1", "A: 1", "A: 1", "A: 1", "A: 1", "A: 1", "A: 1", "A: 1", "A: 1"), 431),
      ]
      for (request, status) in cases {
        let client = try RawClient(port: port)
        try client.send(request)
        #expect(try client.read().status == status)
      }
    }
  }

  @Test("the rejection hook writes the answer")
  func hook() async throws {
    try await withServer(rejection: { status, reason in
      HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: .bytes(ByteBuffer(reason)))
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send("GET / HTTP/1.1\r\n\r\n")
      let response = try client.read()
      #expect(response.text == "The Host header field is missing.")
      #expect(response.header("Content-Type") == "application/json")
    }
  }

  @Test("a refusal reaches a client that goes on sending")
  func refusalWhileSending() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send("BAD\r\n\r\n" + String(repeating: "x", count: 1 << 20))
      #expect(try client.read().status == 400)
    }
  }

  @Test(
    "bad chunks end the body with an error, and the connection",
    arguments: [
      "x\r\n", "\r\n", "5\r\nhelloX\r\n", "5\nhello\r\n", "-1\r\n", "0x5\r\nhello\r\n", "FFFFFFFFFFFFFFFF\r\n",
      "00000000000000005\r\nhello\r\n", "5 \r\nhello\r\n", "5;a\nb\r\nhello\r\n", "0\r\nBad Trailer: x\r\n\r\n",
      "0\r\n folded\r\n\r\n", "0\r\nX: y\n\r\n",
    ])
  func badChunks(body: String) async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
      let response = try client.read()
      #expect(response.status == 400)
      #expect(response.header("Connection") == "close")
      #expect(try client.isClosedByServer())
    }
  }

  @Test("connections beyond the limit are told so")
  func tooMany() async throws {
    try await withServer({ $0.maxConnections = 2 }) { server, port in
      let kept = try (0..<2).map { _ in try RawClient(port: port) }
      for client in kept {
        try client.send(get("/"))
        #expect(try client.read().status == 200)
      }
      let third = try RawClient(port: port)
      #expect(try third.read().status == 503)
      #expect(try third.isClosedByServer())
      kept[0].close()
      third.close()
      while server.connectionCount > 1 { await Task.yield() }
      let fourth = try RawClient(port: port)
      try fourth.send(get("/"))
      #expect(try fourth.read().status == 200)
    }
  }
}
