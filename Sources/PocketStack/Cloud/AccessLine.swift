import HTTPServer
import Logging
import OpenStackAPI

/// The log's one line a request.
enum AccessLine {
  static func message(
    _ request: HTTPRequest, _ id: String, _ response: HTTPResponse, _ stopwatch: Stopwatch
  ) -> Logger.Message {
    let bytes = size(of: response.body).map(String.init) ?? "-"
    return
      "\(id) \(request.method.rawValue) \(request.targetWithoutSecrets) \(response.status) \(bytes) \(stopwatch.milliseconds)"
  }

  private static func size(of body: HTTPResponseBody) -> Int? {
    switch body {
    case .empty, .disconnect: 0
    case .bytes(let buffer): buffer.count
    case .file(let region): region.length
    case .stream(let length, _): length
    }
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
