import HTTPServer
import OpenStackAPI

/// Glance's words for refusals: webob's error pages, in the form that the client accepts.
struct GlanceDialect: Dialect {
  func response(to fault: Fault, _ exchange: Exchange) -> Response {
    let request = exchange.request.headers
    var page = WebObPage(fault, contentType: request["Content-Type"]).response(accept: request["Accept"])
    page.headers = fault.headers
    if fault.status == 401 {
      page.headers.append(("WWW-Authenticate", "Keystone uri=\"\(exchange.identityURL)\""))
    }
    return page
  }

  /// Below `/v2` there is nothing; beside it the versions are offered, whatever the client asked for.
  func unknownPath(_ exchange: Exchange) -> Response {
    needsToken(unknownPath: exchange)
      ? response(to: .notFound("The resource could not be found.", reason: .route), exchange)
      : ImageVersions.response(exchange, status: 300)
  }

  func needsToken(unknownPath exchange: Exchange) -> Bool { exchange.segments.first == "v2" }

  func wrongMethod(allowed: [HTTPMethod], _ exchange: Exchange) -> Response {
    let method = exchange.request.method.rawValue
    let names = Self.methods.filter(Set(allowed.map(\.rawValue)).contains).joined(separator: ", ")
    return response(to: Fault(405, method, reason: .route, headers: [("Allow", names)]), exchange)
  }

  /// The order in which Glance names methods.
  private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

  func denied(_ rule: String) -> Fault { .forbidden("You are not authorized to complete \(rule) action.") }

  func malformedBody(_ error: JSONSyntaxError?) -> Fault {
    .badRequest("Malformed JSON in request body.", reason: .syntax)
  }

  func invalid(_ violation: Violation, in place: InputPlace) -> Fault { .badRequest(violation.detail) }

  /// Reads alone look at the query (glance.common.wsgi, `Resource`).
  func undecodableQuery(of route: Route) -> Fault? {
    guard route.method == .get else { return nil }
    return .badRequest(
      "Error decoding your request. Either the URL or the request body contained characters that could not be decoded "
        + "by Glance", reason: .syntax)
  }

  /// Glance reads JSON under any name.
  func accepts(mediaType: String) -> Bool { true }
}

extension Fault {
  private static let detail = "detail"

  /// Whether the message stands below webob's own explanation of the status instead of taking its place.
  fileprivate var isDetail: Bool { type == Self.detail }

  /// The same refusal with webob's own explanation above its message, as where Glance raises `HTTPConflict(message)`.
  func asDetail() -> Fault {
    var fault = self
    fault.type = Self.detail
    return fault
  }
}

extension WebObPage {
  /// The page that Glance makes of a fault.
  fileprivate init(_ fault: Fault, contentType: String?) {
    let status = fault.status
    switch status {
    case 403 where fault.isDetail:
      self.init(status, "Access was denied to this resource.", detail: fault.message)
    case 409 where fault.isDetail:
      self.init(status, "There was a conflict when trying to complete your request.", detail: fault.message)
    case 405: self.init(status, "The method \(fault.message) is not allowed for this resource. ", ending: "")
    case 415:
      // webob leaves its placeholder where there is no type.
      let mediaType = contentType.flatMap { $0.isEmpty ? nil : $0 } ?? "${CONTENT_TYPE}"
      self.init(
        status, "The request media type \(mediaType) is not supported by this server.\n", detail: fault.message,
        ending: "")
    case 416: self.init(status, "The Range requested is not available.", detail: fault.message)
    case 401: self.init(status, Self.unauthorized)
    default: self.init(status, fault.message)
    }
  }

  private static let unauthorized = """
    This server could not verify that you are authorized to\r
    access the document you requested.  Either you supplied the\r
    wrong credentials (e.g., bad password), or your browser\r
    does not understand how to supply the credentials required.\r

    """
}
