import HTTPServer
import OpenStackAPI

/// Glance's words for refusals: webob's error pages, in the form that the client accepts.
struct GlanceDialect: Dialect {
  func response(to fault: Fault, _ exchange: Exchange) -> Response {
    var page = ErrorPage(fault, contentType: exchange.request.headers["Content-Type"]).response(exchange)
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

/// An error as webob shows it (webob.exc, `WSGIHTTPException`): one text with line breaks in HTML, which is kept, or put
/// into JSON, or stripped of its tags, as the client's `Accept` says.
struct ErrorPage {
  private let status: String
  private let title: String
  /// What the page says: an explanation, and where it stands.
  private let explanation: String
  private let detail: String
  /// Pages with an explanation of their own end without the lines that are otherwise left for comments.
  private let ending: String

  init(_ fault: Fault, contentType: String?) {
    title = Self.title(fault.status)
    status = "\(fault.status) \(title)"
    switch fault.status {
    case 403 where fault.isDetail:
      (explanation, detail, ending) = ("Access was denied to this resource.", fault.message, "\n\n")
    case 409 where fault.isDetail:
      explanation = "There was a conflict when trying to complete your request."
      (detail, ending) = (fault.message, "\n\n")
    case 405:
      (explanation, detail, ending) = ("The method \(fault.message) is not allowed for this resource. ", "", "")
    case 415:
      // webob leaves its placeholder where there is no type.
      let mediaType = contentType.flatMap { $0.isEmpty ? nil : $0 } ?? "${CONTENT_TYPE}"
      explanation = "The request media type \(mediaType) is not supported by this server.\n"
      (detail, ending) = (fault.message, "")
    case 416: (explanation, detail, ending) = ("The Range requested is not available.", fault.message, "\n\n")
    case 401: (explanation, detail, ending) = (Self.unauthorized, "", "\n\n")
    default: (explanation, detail, ending) = (fault.message, "", "\n\n")
    }
  }

  private static let unauthorized = """
    This server could not verify that you are authorized to\r
    access the document you requested.  Either you supplied the\r
    wrong credentials (e.g., bad password), or your browser\r
    does not understand how to supply the credentials required.\r

    """

  private static func title(_ status: Int) -> String {
    switch status {
    case 413: "Request Entity Too Large"
    case 416: "Request Range Not Satisfiable"
    default: HTTPStatus.reason(status)
    }
  }

  /// The page in the form that the client prefers.
  func response(_ exchange: Exchange) -> Response {
    let code = Int(status.prefix(3))
    switch AcceptedType(exchange.request.headers["Accept"]) {
    case .html: return .text(html, contentType: "text/html; charset=UTF-8", status: code)
    case .json:
      return .json(status: code) { json in
        json.member("message", text(explanation, detail))
        json.member("code", status)
        json.member("title", title)
      }
    case .plain: return .text(plain, contentType: "text/plain; charset=UTF-8", status: code)
    }
  }

  private func text(_ explanation: String, _ detail: String) -> String {
    "\(explanation)<br /><br />\n\(detail)\(ending)"
  }

  private var html: String {
    """
    <html>
     <head>
      <title>\(status)</title>
     </head>
     <body>
      <h1>\(status)</h1>
      \(text(Self.escaped(explanation), Self.escaped(detail)))
     </body>
    </html>
    """
  }

  /// Line breaks become blanks, `<br />` becomes a line break, and other tags go: also what only looks like one.
  private var plain: String {
    var stripped = ""
    var tag: String?
    for character in text(explanation, detail).unicodeScalars where character != "\r" {
      switch character {
      case "<" where tag == nil: tag = ""
      case ">" where tag != nil:
        if tag?.lowercased().hasPrefix("br") == true { stripped += "\n" }
        tag = nil
      case _ where tag != nil: tag?.unicodeScalars.append(character)
      case "\n": stripped += " "
      default: stripped.unicodeScalars.append(character)
      }
    }
    return "\(status)\n\n\(stripped)\(tag.map { "<" + $0 } ?? "")"
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#x27;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
