import HTTPServer
import Testing

@Suite("Requests and their answers")
struct ConformanceTests {
  @Test("a request is answered and the connection kept")
  func keepAlive() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      for path in ["/a", "/b?x=%20y", "/c?"] {
        try client.send(get(path))
        let response = try client.read()
        #expect(response.status == 200)
        #expect(response.text == "GET \(path) []")
        #expect(response.header("Content-Length") == "\(response.body.count)")
        #expect(response.header("Connection") == nil)
        #expect(response.header("Date")?.hasSuffix(" GMT") == true)
      }
    }
  }

  @Test("Connection: close ends the connection", arguments: ["close", "Close", "foo, close", "keep-alive, close"])
  func close(value: String) async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/", "Connection: \(value)"))
      #expect(try client.read().header("Connection") == "close")
      #expect(try client.isClosedByServer())
    }
  }

  @Test("HTTP/1.0 closes unless asked to keep alive")
  func http10() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try client.read().header("Connection") == "keep-alive")
      try client.send("GET /b HTTP/1.0\r\n\r\n")
      let response = try client.read()
      #expect(response.text == "GET /b []")
      #expect(response.header("Connection") == "close")
      #expect(try client.isClosedByServer())
    }
  }

  @Test("pipelined requests are answered in order")
  func pipelining() async throws {
    try await withServer({ $0.maxPipelinedRequests = 7 }) { _, port in
      let client = try RawClient(port: port)
      let count = 500
      try client.send((0..<count).map { get("/\($0)") }.joined())
      for index in 0..<count { #expect(try client.read().text == "GET /\(index) []") }
    }
  }

  @Test("HEAD has the header fields of GET and no body")
  func head() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send("HEAD /a HTTP/1.1\r\nHost: test\r\n\r\n" + get("/b"))
      let response = try client.read(hasBody: false)
      #expect(response.header("Content-Length") == "\("HEAD /a []".utf8.count)")
      #expect(try client.read().text == "GET /b []")
    }
  }

  @Test("204 and 304 have no body, and a HEAD answer may state the length of what GET would give")
  func bodiless() async throws {
    try await withServer(handler: { request in
      let status = Int(request.path.dropFirst()) ?? 200
      return HTTPResponse(
        status: status, headers: ["Content-Length": "1234"],
        body: status == 200 ? .empty : .bytes(ByteBuffer("must not be sent")))
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/204") + get("/304") + "HEAD /200 HTTP/1.1\r\nHost: h\r\n\r\n" + get("/200"))
      let noContent = try client.read()
      #expect(noContent.status == 204)
      #expect(noContent.header("Content-Length") == nil)
      #expect(try client.read().status == 304)
      #expect(try client.read(hasBody: false).header("Content-Length") == "1234")
      #expect(try client.read().header("Content-Length") == "0")
    }
  }

  @Test("targets may be in absolute or asterisk form")
  func targets() async throws {
    try await withServer(handler: { .text(200, "\($0.path) \($0.query ?? "-") \($0.authority ?? "-") \($0.target)") }) {
      _, port in
      let client = try RawClient(port: port)
      let expected = [
        ("GET http://other:80/x?y=1", "/x y=1 other:80 http://other:80/x?y=1\n"),
        ("GET HTTP://other", "/ - other HTTP://other\n"),
        ("GET http://other?q", "/ q other http://other?q\n"),
        ("OPTIONS http://[::1]:8", "* - [::1]:8 http://[::1]:8\n"),
        ("OPTIONS *", "* - test *\n"),
        ("GET /ü", "/ü - test /ü\n"),
        ("GET //double//slash", "//double//slash - test //double//slash\n"),
      ]
      for (line, answer) in expected {
        try client.send("\(line) HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(try client.read().text == answer)
      }
    }
  }

  @Test("header fields are found whatever their case, in order, trimmed")
  func fields() async throws {
    try await withServer(handler: { request in
      .text(
        200, "\(request.headers["x-one"] ?? "-")|\(request.headers.values("X-TWO"))|\(request.headers["X-None"] ?? "-")"
      )
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/", "X-One: \t a b \t", "x-two: 1", "X-Two:", "X-TWO:3", "!#$%&'*+-.^_`|~9: y"))
      #expect(try client.read().text == "a b|[\"1\", \"\", \"3\"]|-\n")
    }
  }

  @Test("empty lines before a request are ignored")
  func emptyLines() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send("\r\n" + get("/a") + "\r\n\r\n" + get("/b"))
      #expect(try client.read().text == "GET /a []")
      #expect(try client.read().text == "GET /b []")
    }
  }

  @Test("a client that stops sending still gets its answer")
  func halfClose() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/a"))
      client.finishSending()
      #expect(try client.read().text == "GET /a []")
      #expect(try client.isClosedByServer())
    }
  }

  @Test("a handler cannot break a response with its header fields")
  func injection() async throws {
    try await withServer(handler: { _ in
      HTTPResponse(headers: [
        "X-Bad": "a\r\nSet-Cookie: x\u{0}", "Bad Name": "v", "": "v", "Content-Length": "99",
        "Transfer-Encoding": "chunked", "X-Good": "ä",
        "Location": "/a b/ä\r\nX: y?q=%20\"<>\u{0}#f", "Content-Location": "/%C3%A4",
      ])
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/") + get("/"))
      let response = try client.read()
      #expect(response.header("X-Bad") == "a  Set-Cookie: x ")
      #expect(response.header("Set-Cookie") == nil)
      #expect(response.header("Content-Length") == "0")
      #expect(response.header("Transfer-Encoding") == nil)
      #expect(!response.head.contains("Bad Name"))
      #expect(response.header("X-Good") == "%C3%A4")
      #expect(response.header("Location") == "/a%20b/%C3%A4%0D%0AX:%20y?q=%20%22%3C%3E%00#f")
      #expect(response.header("Content-Location") == "/%C3%A4")
      #expect(response.head.utf8.allSatisfy { $0 < 0x80 })
      #expect(try client.read().status == 200)
    }
  }

  @Test("requests tell who sent them and through which listener")
  func peer() async throws {
    let server = HTTPServer { .text(200, "\($0.remoteAddress) \($0.isLoopbackPeer) \($0.listener)") }
    let four = try server.bind(host: "127.0.0.1", port: 0, listener: 4)
    let six = try server.bind(host: "::1", port: 0, listener: 6)
    server.start()
    #expect(six.description == "[::1]:\(six.port)")
    for (address, answer) in [(four, "127.0.0.1 true 4\n"), (six, "::1 true 6\n")] {
      let client = try RawClient(port: address.port, host: address.host)
      try client.send(get("/"))
      #expect(try client.read().text == answer)
    }
    await server.shutdown()
  }

  @Test("binding errors say what is wrong")
  func binding() async throws {
    let server = HTTPServer { _ in HTTPResponse() }
    let port = try server.bind(host: "localhost", port: 0).port
    #expect(throws: HTTPServerError.addressInUse(host: "127.0.0.1", port: port)) {
      try server.bind(host: "127.0.0.1", port: port)
    }
    #expect(throws: HTTPServerError.badAddress(host: "no.such.host", port: 1)) {
      try server.bind(host: "no.such.host", port: 1)
    }
    #expect(throws: HTTPServerError.badAddress(host: "127.0.0.1", port: 70000)) {
      try server.bind(host: "127.0.0.1", port: 70000)
    }
    #expect(throws: HTTPServerError.addressNotAvailable(host: "192.0.2.1", port: 0)) {
      try server.bind(host: "192.0.2.1", port: 0)
    }
    await server.shutdown()
    #expect(throws: HTTPServerError.shutDown) { try server.bind(host: "127.0.0.1", port: 0) }
  }
}
