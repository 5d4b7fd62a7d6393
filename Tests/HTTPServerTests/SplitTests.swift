import HTTPServer
import Testing

@Suite("However the bytes are cut")
struct SplitTests {
  static let requests = [
    get("/first?q=1", "X-A: b"),
    "POST /len HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world",
    "PUT /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      + "5;ext=\"v\"\r\nhello\r\n0006 ; a\r\n world\r\n0;last\r\nTrailer: x\r\nOther:\r\n\r\n",
    "\r\nDELETE /last HTTP/1.1\r\nHost: h\r\n\r\n",
  ]
  static let answers = [
    "GET /first?q=1 []", "POST /len [hello world]", "PUT /chunks [hello world]", "DELETE /last []",
  ]

  @Test("the same pipelined requests give the same answers, split at every boundary")
  func everyBoundary() async throws {
    let bytes = Array(Self.requests.joined().utf8)
    try await withServer { _, port in
      for cut in 1..<bytes.count {
        let client = try RawClient(port: port)
        try client.send(Array(bytes[..<cut]))
        // Enough for the server to see the first part by itself, most times.
        if cut.isMultiple(of: 8) { try await Task.sleep(for: .milliseconds(2)) }
        try client.send(Array(bytes[cut...]))
        for answer in Self.answers { #expect(try client.read().text == answer) }
      }
    }
  }

  @Test("byte by byte")
  func singleBytes() async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      for byte in Self.requests.joined().utf8 {
        try client.send([byte])
        await Task.yield()
      }
      for answer in Self.answers { #expect(try client.read().text == answer) }
    }
  }

  @Test("a refusal is the same byte by byte", arguments: RefusalTests.refused)
  func refusals(request: String, status: Int) async throws {
    try await withServer { _, port in
      let client = try RawClient(port: port)
      for byte in request.utf8 { guard (try? client.send([byte])) != nil else { break } }
      #expect(try client.read().status == status)
    }
  }
}
