import Dispatch
import Glibc
import HTTPServer

/// Gives every job a thread, since tests block on their sockets and the global pool has few threads.
final class BlockingExecutor: TaskExecutor {
  static let shared = BlockingExecutor()

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    DispatchQueue(label: "test").async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Runs a server on a free port for the time of `body`.
func withServer(
  _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
  rejection: (@Sendable (Int, String) -> HTTPResponse)? = nil,
  handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse = describe,
  _ body: (HTTPServer, Int) async throws -> Void
) async throws {
  var configuration = HTTPServerConfiguration()
  configuration.loops = 2
  configuration.drainTimeout = .milliseconds(300)
  configure(&configuration)
  let server = HTTPServer(configuration: configuration, rejection: rejection, handler: handler)
  let port = try server.bind(host: "127.0.0.1", port: 0).port
  server.start()
  do {
    try await withTaskExecutorPreference(BlockingExecutor.shared) { try await body(server, port) }
  } catch {
    await server.shutdown()
    throw error
  }
  await server.shutdown()
}

/// Answers with what the request was, so that a test can compare it.
@Sendable func describe(_ request: HTTPRequest) async -> HTTPResponse {
  do {
    let body = try await request.body.collect(upTo: 1 << 20)
    let query = request.query.map { "?" + $0 } ?? ""
    let text = "\(request.method) \(request.path)\(query) [\(String(decoding: body, as: UTF8.self))]"
    return HTTPResponse(headers: ["Content-Type": "text/plain"], body: .bytes(ByteBuffer(text)))
  } catch {
    return .text(error == .malformedChunk ? 400 : 500, "\(error)")
  }
}

/// A request with the header fields every request needs.
func get(_ path: String, _ fields: String...) -> String {
  (["GET \(path) HTTP/1.1", "Host: test"] + fields + ["", ""]).joined(separator: "\r\n")
}

/// Ends this process after five minutes. For the children of exit tests: one that hangs then fails its test instead of
/// stopping the whole run.
func limitLifetime() { alarm(300) }
