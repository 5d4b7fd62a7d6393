import Glibc
import HTTPServer
import Synchronization
import Testing

@Suite("Streamed bodies")
struct StreamingTests {
  static let megabyte = 1 << 20

  // In processes of their own, as they measure memory.
  @Test("128 MB of known length go up and down through an echo, never held in memory")
  func echo() async {
    await #expect(processExitsWith: .success) {
      limitLifetime()
      try await StreamingTests.echo(chunked: false)
    }
  }

  @Test("128 MB of chunks go up and down through an echo, never held in memory")
  func chunkedEcho() async {
    await #expect(processExitsWith: .success) {
      limitLifetime()
      try await StreamingTests.echo(chunked: true)
    }
  }

  static func echo(chunked: Bool) async throws {
    let total = 128 * megabyte
    try await withServer(handler: { request in
      let body = request.body
      return HTTPResponse(
        body: .stream(length: body.contentLength) { writer in
          for try await piece in body { try await writer.write(piece) }
        })
    }) { _, port in
      let client = try RawClient(port: port)
      let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(total)"
      try client.send("PUT / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n")
      let piece = [UInt8](repeating: 7, count: 256 * 1024)
      let before = residentBytes()
      for _ in 0..<(total / piece.count) {
        try client.send(chunked ? Array("40000\r\n".utf8) + piece + [13, 10] : piece)
        while client.drop() == 0 { _ = try client.receive(upTo: megabyte) }
      }
      if chunked {
        try client.send("0\r\n\r\n")
        while !client.buffered.suffix(5).elementsEqual(Array("0\r\n\r\n".utf8)) { _ = try client.receive() }
      }
      #expect(residentBytes() - before < 32 * megabyte)
    }
  }

  @Test("a client that does not read stops the writer")
  func slowReader() async throws {
    let written = Mutex(0)
    let total = 64 * Self.megabyte
    try await withServer(handler: { _ in
      HTTPResponse(
        body: .stream(length: total) { writer in
          let piece = [UInt8](repeating: 1, count: 64 * 1024)
          for _ in 0..<(total / piece.count) {
            try await writer.write(piece)
            written.withLock { $0 += piece.count }
          }
        })
    }) { _, port in
      let client = try RawClient(port: port, receiveBuffer: 64 * 1024)
      try client.send(get("/"))
      _ = try client.readHead()
      try await Task.sleep(for: .milliseconds(200))
      #expect(written.withLock { $0 } < 16 * Self.megabyte)
      var received = client.drop()
      while received < total, try client.receive(upTo: Self.megabyte) { received += client.drop() }
      #expect(received == total)
      try client.send(get("/"))
      #expect(try client.readHead().hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("a handler that does not read stops the sender")
  func slowHandler() async throws {
    let gate = Gate()
    try await withServer(handler: { request in
      await gate.wait()
      var count = 0
      do {
        for try await piece in request.body { count += piece.count }
      } catch { return .text(500, "\(error)") }
      return .text(200, "\(count)")
    }) { _, port in
      let client = try RawClient(port: port)
      let total = 32 * Self.megabyte
      try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(total)\r\n\r\n")
      let sender = Task.detached(executorPreference: BlockingExecutor.shared) {
        let piece = [UInt8](repeating: 1, count: Self.megabyte)
        for _ in 0..<32 { try client.send(piece) }
      }
      try await Task.sleep(for: .milliseconds(100))
      gate.open()
      try await sender.value
      #expect(try client.read().text == "\(total)\n")
    }
  }

  @Test("a streamed answer is chunked, of known length, or ended by closing")
  func framings() async throws {
    try await withServer(handler: { request in
      HTTPResponse(
        body: .stream(length: request.path == "/known" ? 11 : nil) { writer in
          try await writer.flush()
          try await writer.write("hello")
          try await writer.write([])
          try await writer.write(ByteBuffer(" world"))
        })
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send(get("/") + get("/known") + "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
      let chunked = try client.read()
      #expect(chunked.text == "hello world")
      #expect(chunked.header("Transfer-Encoding") == "chunked")
      let known = try client.read()
      #expect(known.text == "hello world")
      #expect(known.header("Content-Length") == "11")
      #expect(try client.read(hasBody: false).header("Transfer-Encoding") == "chunked")
      try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let ended = try client.read()
      #expect(ended.text == "hello world")
      #expect(ended.header("Connection") == "close")
      #expect(ended.header("Transfer-Encoding") == nil)
    }
  }

  struct Failure: Error {}

  @Test("a stream that fails or miscounts cuts the connection; before its first byte it is a 500")
  func failures() async throws {
    try await withServer(handler: { request in
      HTTPResponse(
        body: .stream(length: request.path.hasSuffix("10") ? 10 : nil) { writer in
          if request.path == "/early" { throw Failure() }
          if request.path == "/none10" { return }
          try await writer.write("hello")
          if request.path == "/long10" { try? await writer.write("world and more") }
          if request.path == "/late" { throw Failure() }
        })
    }) { _, port in
      for path in ["/early", "/none10"] {
        let client = try RawClient(port: port)
        try client.send(get(path))
        #expect(try client.read().status == 500)
        #expect(try client.isClosedByServer())
      }
      for path in ["/short10", "/long10", "/late"] {
        let client = try RawClient(port: port)
        try client.send(get(path))
        #expect(throws: RawClient.Failure.self) { try client.read() }
      }
      let old = try RawClient(port: port)
      try old.send("GET /late HTTP/1.0\r\n\r\n")
      #expect(throws: RawClient.Failure.self) { try old.read() }
    }
  }

  @Test("writing to a client that left throws, and so does writing when all is over")
  func disconnect() async throws {
    let outcome = Mutex<HTTPWriteError?>(nil)
    let kept = Mutex<HTTPBodyWriter?>(nil)
    try await withServer(handler: { _ in
      HTTPResponse(
        body: .stream(length: nil) { writer in
          kept.withLock { $0 = writer }
          let piece = [UInt8](repeating: 1, count: 64 * 1024)
          do {
            while true { try await writer.write(piece) }
          } catch {
            outcome.withLock { $0 = error as? HTTPWriteError }
            throw error
          }
        })
    }) { server, port in
      let client = try RawClient(port: port)
      try client.send(get("/"))
      _ = try client.readHead()
      client.reset()
      while server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(1)) }
      #expect(outcome.withLock { $0 } == .disconnected)
      let writer = try #require(kept.withLock { $0 })
      await #expect(throws: HTTPWriteError.misuse) { try await writer.write("late") }
    }
  }

  @Test("a body cut short throws incomplete")
  func shortBody() async throws {
    let outcome = Mutex<HTTPBodyError?>(nil)
    try await withServer(handler: { request in
      do {
        _ = try await request.body.collect(upTo: 100)
      } catch {
        outcome.withLock { $0 = error as? HTTPBodyError }
      }
      return HTTPResponse()
    }) { server, port in
      let client = try RawClient(port: port)
      try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello")
      client.close()
      while outcome.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(1)) }
      #expect(outcome.withLock { $0 } == .incomplete)
    }
  }

  @Test("a body can be read from any task, by one at a time, and not when the answer is given")
  func otherTasks() async throws {
    let late = Mutex<HTTPRequestBody?>(nil)
    try await withServer(handler: { request in
      if request.path == "/late" {
        late.withLock { $0 = request.body }
        return .text(200, "unread")
      }
      let body = request.body
      let count = await Task.detached { (try? await body.collect(upTo: 1 << 24))?.count }.value
      return .text(200, "\(count ?? -1)")
    }) { _, port in
      let client = try RawClient(port: port)
      let bytes = String(repeating: "x", count: 200_000)
      for _ in 0..<3 {
        try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + bytes)
        #expect(try client.read().text == "200000\n")
      }
      try client.send("PUT /late HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + bytes + get("/"))
      #expect(try client.read().text == "unread\n")
      #expect(try client.read().text == "0\n")
      let body = try #require(late.withLock { $0 })
      await #expect(throws: HTTPBodyError.incomplete) { try await body.collect(upTo: 1 << 24) }
    }
  }

  @Test("unread bodies are dropped when short; otherwise the answer arrives and the connection ends")
  func unreadBodies() async throws {
    try await withServer({ $0.maxDrainedBodyBytes = 1000 }, handler: { .text(200, $0.path) }) { _, port in
      let client = try RawClient(port: port)
      let chunk = "64\r\n" + String(repeating: "c", count: 100) + "\r\n"
      try client.send(
        "PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + "0\r\n\r\n" + get("/b"))
      #expect(try client.read().text == "/a\n")
      #expect(try client.read().text == "/b\n")
      let half = try RawClient(port: port)
      try half.send("PUT /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
      let early = try half.read()
      #expect(early.text == "/d\n")
      #expect(early.header("Connection") == "close")
      #expect(try half.isClosedByServer())
      let piece = String(repeating: "x", count: 4 * Self.megabyte)
      try client.send("PUT /c HTTP/1.1\r\nHost: h\r\nContent-Length: \(piece.utf8.count)\r\n\r\n" + piece)
      let response = try client.read()
      #expect(response.text == "/c\n")
      #expect(response.header("Connection") == "close")
      #expect(try client.isClosedByServer())
    }
  }

  @Test(
    "a body is read into memory of the handler's own, whatever the size of that and of the chunks",
    arguments: [1, 1000, 65_536, 300_000], [nil, 1, 999, 70_000])
  func readInto(_ room: Int, _ chunk: Int?) async throws {
    let sent = (0..<(room == 1 || chunk == 1 ? 3000 : 200_000)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    try await withServer(handler: { request in
      do {
        var (body, read) = (request.body.makeAsyncIterator(), [UInt8]())
        var memory = [UInt8](repeating: 0, count: room)
        while true {
          // Half of it first, so that the place to begin at is not always the first.
          let half = try await body.read(into: &memory, from: room / 2)
          read += memory[room / 2..<half]
          guard half == room else { break }
        }
        return HTTPResponse(body: .bytes(ByteBuffer(copying: read)))
      } catch {
        return .text(500, "\(error)")
      }
    }) { _, port in
      let client = try RawClient(port: port)
      for _ in 0..<2 {
        if let chunk {
          try client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
          for start in stride(from: 0, to: sent.count, by: chunk) {
            let piece = sent[start..<min(start + chunk, sent.count)]
            try client.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10])
          }
          try client.send("0\r\n\r\n")
        } else {
          try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(sent.count)\r\n\r\n")
          try client.send(sent)
        }
        let answer = try client.read()
        #expect(answer.status == 200 && answer.body == sent)
      }
    }
  }

  @Test("collect refuses what is too long, and the client hears of it")
  func tooLarge() async throws {
    try await withServer(handler: { request in
      do {
        return .text(200, "\(try await request.body.collect(upTo: 10).count)")
      } catch {
        return .text(error as? HTTPBodyError == .tooLarge(limit: 10) ? 413 : 500, "\(error)")
      }
    }) { _, port in
      let chunk = "4000000\r\n" + String(repeating: "x", count: Self.megabyte)
      for (framing, body) in [("Content-Length: 11", "hello world"), ("Transfer-Encoding: chunked", chunk)] {
        let client = try RawClient(port: port)
        try client.send("PUT / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n" + body)
        #expect(try client.read().status == 413)
      }
    }
  }

  @Test("100 is sent when the handler begins to read, and not before")
  func expectContinue() async throws {
    try await withServer(handler: { request in
      if request.path == "/refuse" { return .text(403, "no") }
      return await describe(request)
    }) { _, port in
      let client = try RawClient(port: port)
      try client.send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n")
      #expect(try client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n")
      try client.send("hello")
      #expect(try client.read().text == "PUT /a [hello]")
      try client.send("PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
      #expect(try client.read().text == "PUT /b [hello]")
      try client.send("PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
      let refused = try client.read()
      #expect(refused.status == 403)
      #expect(refused.header("Connection") == "close")
    }
  }
}

/// Opens once.
final class Gate: Sendable {
  private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// Whether the thread sanitizer watches this process; it takes several times the memory for itself.
var isThreadSanitized: Bool { dlsym(nil, "__tsan_init") != nil }

/// Memory of this process that is in RAM, in bytes.
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, 128, file) != nil else { return 0 }
  let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
    separator: " ")
  return words.count > 1 ? (Int(words[1]) ?? 0) * 4096 : 0
}
