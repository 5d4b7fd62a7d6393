import HTTPServer

extension FaultRules {
  /// The answer to a call that would be answered by `run`, with what strikes it.
  func answer(to call: Call, _ run: () async throws -> Response) async throws -> Response {
    var later: [FaultEffect] = []
    for (id, effect) in try take(for: call) {
      switch effect {
      case .delay(let duration, _): try await Task.sleep(for: duration)
      case .error(let status, let message, let retryAfter):
        throw Self.refusal(status, message, retryAfter).because(["fault": .string(id)])
      case .expiredToken:
        throw Fault(401, Fault.unauthorized.message, reason: .injected).because(["fault": .string(id)])
      case .drop: return Response(status: 503, body: .disconnect)
      case .cut, .slow: later.append(effect)
      case .domain: continue
      }
    }
    var response = try await run()
    for effect in later { response.body = try await Self.altered(response.body, by: effect) }
    return response
  }

  private static func refusal(_ status: Int, _ message: String?, _ retryAfter: Duration?) -> Fault {
    let seconds = retryAfter.map { String(max(0, $0.components.seconds + ($0.components.attoseconds > 0 ? 1 : 0))) }
    return Fault(
      status, message ?? words(status), reason: .injected, headers: seconds.map { [("Retry-After", $0)] } ?? [])
  }

  /// What OpenStack's services say where nothing else is said (webob.exc's explanations, in short).
  private static func words(_ status: Int) -> String {
    switch status {
    case 401: Fault.unauthorized.message
    case 404: "The resource could not be found."
    case 413: Fault.bodyTooLarge.message
    case 429: "This request was rate-limited."
    case 500: Fault.unexpected.message
    case 503: "The server is currently unavailable. Please try again at a later time."
    default: HTTPStatus.reason(status)
    }
  }

  private static func altered(_ body: HTTPResponseBody, by effect: FaultEffect) async throws -> HTTPResponseBody {
    let bytes = try await body.collect()
    guard !bytes.isEmpty else { return effect == .cut ? .disconnect : body }
    return .stream(length: bytes.count) { writer in
      if case .slow(let rate) = effect { return try await trickle(bytes, rate, writer) }
      try await writer.write(Array(bytes.prefix(max(1, bytes.count / 2))))
      throw CutShort()
    }
  }

  /// Ten pieces a second.
  private static func trickle(_ bytes: [UInt8], _ rate: Int, _ writer: HTTPBodyWriter) async throws {
    let step = max(1, rate / 10)
    for start in stride(from: 0, to: bytes.count, by: step) {
      try await writer.write(Array(bytes[start..<min(bytes.count, start + step)]))
      try await Task.sleep(for: .seconds(1) / max(1, rate) * step)
    }
  }

  /// Ends a body before its end.
  private struct CutShort: Error {}
}
