import Glibc
import HTTPServer
import Testing

@Suite("Bodies from files")
struct FileTests {
  /// A file that is gone after the test.
  final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8]) {
      path = "/tmp/pocketstack-http-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
      let file = fopen(path, "w")
      _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
      if let file { fclose(file) }
    }

    deinit { unlink(path) }
  }

  @Test("a file is sent whole or in part, and HEAD tells its length")
  func regions() async throws {
    let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let file = TemporaryFile(bytes)
    let path = file.path
    try await withServer(handler: { request in
      guard let open = try? OpenFile(path: path) else { return .text(404, "gone") }
      switch HTTPRange.parse(request.headers["Range"], length: open.size) {
      case .none: return HTTPResponse(body: .file(FileRegion(open)))
      case .unsatisfiable: return HTTPResponse(status: 416, headers: ["Content-Range": "bytes */\(open.size)"])
      case .satisfiable(let ranges):
        let range = ranges[0]
        return HTTPResponse(
          status: 206, headers: ["Content-Range": HTTPRange.contentRange(range, length: open.size)],
          body: .file(FileRegion(path: path, offset: range.lowerBound, length: range.count)))
      }
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/"))
      #expect(try client.read().body == bytes)
      try client.send(get("/", "Range: bytes=1000000-3999999"))
      let part = try client.read()
      #expect(part.status == 206)
      #expect(part.header("Content-Range") == "bytes 1000000-3999999/5000000")
      #expect(part.body == Array(bytes[1_000_000..<4_000_000]))
      try client.send(get("/", "Range: bytes=5000000-"))
      #expect(try client.read().status == 416)
      try client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/", "Range: bytes=-1"))
      #expect(try client.read(hasBody: false).header("Content-Length") == "5000000")
      #expect(try client.read().body == Array(bytes.suffix(1)))
    }
  }

  @Test("a file that is missing, too short or no file is a clean 500")
  func missing() async throws {
    let file = TemporaryFile([1, 2, 3])
    let path = file.path
    try await withServer(handler: { request in
      let name = request.path == "/missing" ? path + "-no" : request.path == "/folder" ? "/tmp" : path
      return HTTPResponse(body: .file(FileRegion(path: name, offset: 1, length: 3)))
    }) { _, port in
      for target in ["/missing", "/short", "/folder"] {
        let client = try RawClient(port: port)
        try client.send(get(target))
        #expect(try client.read().status == 500)
      }
    }
    #expect(throws: HTTPFileError.self) { try OpenFile(path: "/no/such") }
  }

  @Test("an empty file is an empty body")
  func empty() async throws {
    let file = TemporaryFile([])
    let region = FileRegion(try OpenFile(path: file.path))
    try await withServer(handler: { _ in HTTPResponse(body: .file(region)) }) { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/") + get("/"))
      #expect(try client.read().body == [])
      #expect(try client.read().header("Content-Length") == "0")
    }
  }
}

@Suite("Range fields")
struct RangeTests {
  @Test(
    "are read as RFC 9110 says",
    arguments: [
      (nil, 10, HTTPRange.none), ("bytes=0-0", 10, .satisfiable([0..<1])), ("bytes=0-", 10, .satisfiable([0..<10])),
      ("Bytes=-3", 10, .satisfiable([7..<10])), ("bytes=-30", 10, .satisfiable([0..<10])),
      ("bytes=5-99999999999999999999", 10, .satisfiable([5..<10])), ("bytes=10-", 10, .unsatisfiable),
      ("bytes=-0", 10, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
      ("bytes=0-1, 4-5 ,20-30", 10, .satisfiable([0..<2, 4..<6])), ("bytes=", 10, .none), ("bytes=5-4", 10, .none),
      ("bytes=a-b", 10, .none), ("bytes=1", 10, .none), ("bytes=-", 10, .none), ("lines=0-1", 10, .none),
      ("bytes=1-2-3", 10, .none), ("bytes=+1-2", 10, .none), ("bytes", 10, .none), ("bytes=0 -1", 10, .none),
      ("bytes=99999999999999999999-99999999999999999998", 10, .unsatisfiable),
    ] as [(String?, Int, HTTPRange)])
  func parse(field: String?, length: Int, expected: HTTPRange) {
    #expect(HTTPRange.parse(field, length: length) == expected)
  }
}
