import HTTPServer
import PocketStack

/// How a test's requests reach the cloud.
protocol Transport: Sendable {
  func send(_ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ body: [UInt8]) async throws -> Answer
  func close() async
}

/// Straight to the cloud, without a socket.
struct DirectTransport: Transport {
  let cloud: Cloud

  func send(_ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ body: [UInt8]) async throws -> Answer {
    var headers = headers
    if !headers.contains("Host") { headers.add("Host", "cloud.test") }
    let response = await cloud.respond(
      to: HTTPRequest(method: method, target: target, headers: headers, body: body))
    let bytes = method == .head ? [] : try await response.body.collect()
    return Answer(
      request: "\(method) \(target)", status: response.status, headers: response.headers, body: bytes)
  }

  func close() async { await cloud.close() }
}
