import Glibc
import HTTPServer
import Synchronization
import Testing

@Suite("Timeouts, draining and many connections", .serialized)
struct LifecycleTests {
  @Test("a head that does not arrive is answered 408; an idle connection is just closed")
  func headerTimeout() async throws {
    try await withServer({
      $0.headerTimeout = .milliseconds(100)
      $0.idleTimeout = .milliseconds(150)
    }) { _, port in
      let slow = try RawClient(port: port)
      try slow.send("GET / HTTP/1.1\r\n")
      #expect(try slow.read().status == 408)
      #expect(try slow.isClosedByServer())
      let idle = try RawClient(port: port)
      try idle.send(get("/"))
      #expect(try idle.read().status == 200)
      #expect(try idle.isClosedByServer())
    }
  }

  @Test("a client that trickles its head is stopped all the same")
  func trickle() async throws {
    try await withServer({ $0.headerTimeout = .milliseconds(150) }) { _, port in
      let client = try RawClient(port: port)
      try client.send("GET / HTTP/1.1\r\n")
      for _ in 0..<100 where client.buffered.isEmpty {
        guard (try? client.send("X: y\r\n")) != nil else { break }
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(try client.read().status == 408)
    }
  }

  @Test("a body without progress times out for its reader")
  func bodyTimeout() async throws {
    try await withServer(
      { $0.bodyTimeout = .milliseconds(100) },
      handler: { request in
        do {
          _ = try await request.body.collect(upTo: 100)
          return .text(200, "whole")
        } catch { return .text(error as? HTTPBodyError == .timedOut ? 408 : 500, "\(error)") }
      }
    ) { _, port in
      let client = try RawClient(port: port)
      try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello")
      let response = try client.read()
      #expect(response.status == 408)
      #expect(response.header("Connection") == "close")
    }
  }

  @Test("a client that reads nothing is cut off")
  func writeTimeout() async throws {
    try await withServer(
      { $0.writeTimeout = .milliseconds(100) },
      handler: { _ in
        HTTPResponse(body: .bytes(ByteBuffer(copying: [UInt8](repeating: 1, count: 32 << 20))))
      }
    ) { server, port in
      let client = try RawClient(port: port, receiveBuffer: 4096)
      try client.send(get("/"))
      while server.connectionCount == 0 { await Task.yield() }
      while server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(throws: RawClient.Failure.self) { try client.read() }
    }
  }

  @Test("shutdown finishes the request under way, closes idle connections at once and frees the port")
  func drain() async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) { try await drainOneOfTwo() }
  }

  private func drainOneOfTwo() async throws {
    let gate = Gate()
    let entered = Gate()
    var configuration = HTTPServerConfiguration()
    configuration.drainTimeout = .seconds(5)
    let server = HTTPServer(configuration: configuration) { request in
      if request.path == "/slow" {
        entered.open()
        await gate.wait()
      }
      return .text(200, "done")
    }
    let port = try server.bind(host: "127.0.0.1", port: 0).port
    server.start()
    let idle = try RawClient(port: port)
    try idle.send(get("/"))
    #expect(try idle.read().status == 200)
    let busy = try RawClient(port: port)
    try busy.send(get("/slow"))
    await entered.wait()
    async let stopped: Void = server.shutdown()
    #expect(try idle.isClosedByServer())
    #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
    gate.open()
    let response = try busy.read()
    #expect(response.text == "done\n")
    #expect(response.header("Connection") == "close")
    #expect(try busy.isClosedByServer())
    await stopped
    #expect(server.connectionCount == 0)
    let again = HTTPServer { _ in HTTPResponse() }
    #expect(try again.bind(host: "127.0.0.1", port: port).port == port)
    await server.shutdown()
  }

  @Test("shutdown cuts off what does not end, and cancels its handler")
  func forcedDrain() async throws {
    let cancelled = Mutex(false)
    let entered = Gate()
    try await withServer(handler: { _ in
      entered.open()
      do {
        try await Task.sleep(for: .seconds(100))
      } catch { cancelled.withLock { $0 = true } }
      return HTTPResponse()
    }) { server, port in
      let client = try RawClient(port: port)
      try client.send(get("/"))
      await entered.wait()
      let before = ContinuousClock.now
      await server.shutdown()
      #expect(before.duration(to: .now) < .seconds(3))
      #expect(cancelled.withLock { $0 })
    }
  }

  @Test("shutdown does not wait for a handler that never ends")
  func stubbornHandler() async throws {
    let gate = Gate()
    let entered = Gate()
    try await withServer(handler: { _ in
      entered.open()
      await gate.wait()
      return HTTPResponse()
    }) { server, port in
      let client = try RawClient(port: port)
      try client.send(get("/"))
      await entered.wait()
      await server.shutdown()
      #expect(throws: RawClient.Failure.self) { try client.read() }
      gate.open()
      while server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  @Test("a server that is let go of frees its port")
  func letGo() async throws {
    var port = 0
    do {
      let server = HTTPServer { _ in HTTPResponse() }
      port = try server.bind(host: "127.0.0.1", port: 0).port
      server.start()
      let client = try RawClient(port: port)
      try client.send(get("/"))
      #expect(try client.read().status == 200)
    }
    for _ in 0..<200 {
      if (try? RawClient(port: port)) == nil { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the port is still open")
  }

  @Test("2,000 idle connections cost little memory, and each still answers")
  func manyConnections() async {
    await #expect(processExitsWith: .success) {
      limitLifetime()
      try await withServer { server, port in
        let before = residentBytes()
        let clients = try (0..<2000).map { _ in try RawClient(port: port) }
        for client in clients { try client.send(get("/")) }
        for client in clients { #expect(try client.read().status == 200) }
        #expect(server.connectionCount == 2000)
        // Both ends live in this process.
        #expect(isThreadSanitized || (residentBytes() - before) / clients.count < 8 * 1024)
        for client in clients.shuffled() {
          try client.send(get("/again"))
          #expect(try client.read().status == 200)
        }
      }
    }
  }

  @Test("running out of descriptors neither stops the server nor makes it spin")
  func outOfDescriptors() async {
    // In a process of its own, as the limit would hit the other tests.
    await #expect(processExitsWith: .success) {
      limitLifetime()
      try await withServer { _, port in
        var limits = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        let used = (0..<4096).last { fcntl(Int32($0), F_GETFD) >= 0 } ?? 0
        var small = rlimit(rlim_cur: rlim_t(used + 30), rlim_max: limits.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &small)
        var clients: [RawClient] = []
        while let client = try? RawClient(port: port) { clients.append(client) }
        let before = clock()
        try await Task.sleep(for: .milliseconds(300))
        #expect(clock() - before < 150_000)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        for client in clients {
          try client.send(get("/"))
          #expect(try client.read().status == 200)
        }
      }
    }
  }
}
