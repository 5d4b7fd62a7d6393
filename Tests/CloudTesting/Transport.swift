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
    let request = HTTPRequest(method: method, target: target, headers: headers, body: body)
    return try await Answer(await cloud.respond(to: request), to: "\(method) \(target)", hasBody: method != .head)
  }

  func close() async { await cloud.close() }
}

extension Answer {
  /// Takes in a whole response; `hasBody` is false for one to HEAD.
  public init(_ response: HTTPResponse, to request: String, hasBody: Bool = true) async throws {
    let body = hasBody ? try await response.body.collect() : []
    self.init(request: request, status: response.status, headers: response.headers, body: body)
  }
}
