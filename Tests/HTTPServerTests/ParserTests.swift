import Testing

@testable import HTTPServer

@Suite("The parser and the little things")
struct ParserTests {
  @Test("reads the same however the bytes are cut, and sanely", arguments: 0..<12)
  func invariants(seed: UInt64) {
    // A mark that combines with the slash before it.
    let combining = "GET /\u{5C5}a HTTP/1.1\r\nHost: a\r\n\r\n"
    let inputs = RefusalTests.refused.map(\.0) + SplitTests.requests + [SplitTests.requests.joined(), combining]
    for input in inputs {
      var bytes = Array(input.utf8)
      // The first round as it is, then with a byte changed.
      if seed > 0 { bytes[Int(seed * 7919) % bytes.count] = UInt8(truncatingIfNeeded: seed &* 37) }
      #expect(bytes.withUnsafeBytes { ParserInvariants.violation(in: $0, seed: seed) } == nil)
    }
  }

  @Test("tokens are what RFC 9110 says")
  func tokens() {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    for byte in UInt8.min...UInt8.max {
      let scalar = Unicode.Scalar(byte)
      let isAlphanumeric = byte < 128 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      #expect(ByteSyntax.isToken(byte) == (isAlphanumeric || marks.contains(byte)))
    }
  }

  @Test("every control character is seen at every place of a value", arguments: 0..<20)
  func controls(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var value = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
      value[place] = byte
      let expected = byte == 9 || byte >= 32 && byte != 127
      #expect(value.withUnsafeBytes { ByteSyntax.isAllFieldContent($0) } == expected)
    }
  }

  @Test(
    "dates",
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_704_067_199, "Sun, 31 Dec 2023 23:59:59 GMT"),
    ])
  func dates(seconds: Int, expected: String) {
    #expect(HTTPDate.format(seconds) == expected)
  }

  @Test("header fields are replaced, removed and added without regard to case")
  func headers() {
    var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
    headers["a"] = "4"
    #expect(headers.description == "A: 4\nb: 2")
    headers.add("B", "5")
    #expect(headers.values("b") == ["2", "5"])
    headers["B"] = nil
    #expect(headers.description == "A: 4")
    headers["C"] = "6"
    #expect(headers["c"] == "6")
    #expect(headers.count == 2)
    #expect(headers.contains("a") && !headers.contains("b"))
  }

  @Test("a request can be made without a socket")
  func request() async throws {
    let request = HTTPRequest(method: .post, target: "/a?b=c?d", headers: ["host": "h"], body: [1, 2])
    #expect(request.path == "/a")
    #expect(request.query == "b=c?d")
    #expect(request.authority == "h")
    #expect(try await request.body.collect(upTo: 2) == [1, 2])
    await #expect(throws: HTTPBodyError.tooLarge(limit: 1)) { try await request.body.collect(upTo: 1) }
    var pieces: [[UInt8]] = []
    for try await piece in request.body { pieces.append(piece) }
    #expect(pieces == [[1, 2]])
  }

  @Test("a buffer holds its bytes, copied or adopted")
  func buffers() {
    let text = ByteBuffer("hello")
    #expect(text.withUnsafeBytes { Array($0) } == Array("hello".utf8))
    #expect(ByteBuffer(copying: []).count == 0)
    #expect(ByteBuffer(copying: [UInt8](0..<3).reversed()).withUnsafeBytes { Array($0) } == [2, 1, 0])
  }
}
