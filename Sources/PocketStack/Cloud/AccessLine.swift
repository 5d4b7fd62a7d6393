import HTTPServer
import Logging
import OpenStackAPI

/// The log's one line a request.
enum AccessLine {
  static func message(
    _ request: HTTPRequest, _ id: String, _ response: HTTPResponse, _ stopwatch: Stopwatch
  ) -> Logger.Message {
    let bytes = size(of: response.body).map(String.init) ?? "-"
    return "\(id) \(request.method.rawValue) \(target(request)) \(response.status) \(bytes) \(stopwatch.milliseconds)"
  }

  private static func size(of body: HTTPResponseBody) -> Int? {
    switch body {
    case .empty: 0
    case .bytes(let buffer): buffer.count
    case .file(let region): region.length
    case .stream(let length, _): length
    }
  }

  /// Path and query, without what must stay secret: a query that names a secret, and a token in the path
  /// (`/v2.0/tokens/<id>`, `/os-console-auth-tokens/<id>`). What is logged stays percent-encoded, on one line.
  static func target(_ request: HTTPRequest) -> String {
    let path = withoutTokens(request.path)
    guard let query = request.query else { return path }
    return isSecret(query) ? path + "?..." : "\(path)?\(query)"
  }

  private static let secrets = ["token", "secret", "passw", "signature", "sig=", "credential", "code="]

  private static func isSecret(_ query: String) -> Bool {
    let text = query.percentDecoded().lowercased()
    return secrets.contains { text.contains($0) }
  }

  private static func withoutTokens(_ path: String) -> String {
    if let tokens = path.firstRange(of: "tokens/") { return path[..<tokens.upperBound] + "..." }
    return path.percentDecoded().contains("tokens/") ? "/..." : path
  }
}

/// Measures how long an answer took.
struct Stopwatch {
  private let start = ContinuousClock.now

  /// `1.25ms`.
  var milliseconds: String {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    let micros = Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    let hundredths = micros / 10
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)ms"
  }
}
