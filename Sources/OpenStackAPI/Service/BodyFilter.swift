import HTTPServer

/// The filter in front of a service that refuses too large bodies before anything of the service looks at the request
/// (oslo.middleware, `RequestBodySizeLimiter`; each service's `api-paste.ini`).
public struct BodyFilter: Sendable {
  private let applies: @Sendable (Exchange) -> Bool

  /// No filter.
  public static let none = BodyFilter { _ in false }
  /// In front of all that a service has.
  public static let everywhere = BodyFilter { _ in true }

  /// In front of what is below some prefixes, and not of the prefixes themselves.
  public static func below(_ prefixes: [String]) -> BodyFilter {
    BodyFilter { $0.segments.count > 1 && prefixes.contains($0.segments[0]) }
  }

  /// The refusal of a request whose head announces too much.
  func refusal(_ exchange: Exchange) -> Response? {
    guard let length = exchange.request.body.contentLength, length > exchange.world.bodyLimit, applies(exchange) else {
      return nil
    }
    // The filter never puts the number into its words.
    return page("Request is too large. Larger than max_request_body_size (%s).", exchange)
  }

  /// The refusal of a body that turned out too large while it was read, which is after the service looked at the token.
  func refusal(_ failure: HTTPBodyError, _ exchange: Exchange) -> Response? {
    guard case .tooLarge(let limit) = failure, applies(exchange) else { return nil }
    return page("Request is too large. Larger than \(limit).", exchange)
  }

  private func page(_ words: String, _ exchange: Exchange) -> Response {
    WebObPage(413, words).response(accept: exchange.request.headers["Accept"])
  }
}

extension World {
  /// The largest JSON body, in bytes.
  var bodyLimit: Int { settings.get(default: APILimits()).jsonBodyBytes }
}
