import HTTPServer
import OpenStackAPI

/// How Keystone words what it refuses.
struct KeystoneDialect: Dialect {
  /// The type of a fault that lists the methods one may authenticate with.
  static let methodFault = "auth_method"
  /// The type of a fault of a method, of which there is nothing more to say.
  static let pluginFault = "auth_plugin"

  func response(to fault: Fault, _ exchange: Exchange) -> Response {
    var response = Response.json(status: fault.status, headers: fault.headers) { json in
      json.object("error") { json in
        json.member("code", fault.status)
        json.member("message", fault.message)
        json.member("title", Self.title(of: fault.status))
        if fault.type == Self.methodFault {
          json.object("identity") { $0.member("methods", AuthMethods.supported) }
        } else if fault.type == Self.pluginFault {
          json.object("identity") { _ in }
        }
      }
    }
    if fault.status == 401 { response = response.with("WWW-Authenticate", "Keystone uri=\"\(exchange.base)/v3\"") }
    return response
  }

  /// The reason phrases of Python's `http.client.responses`.
  private static func title(of status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 410: "Gone"
    case 413: "Request Entity Too Large"
    case 501: "Not Implemented"
    default:
      HTTPStatus.reason(status).isEmpty
        ? status < 500 ? "Bad Request" : "Internal Server Error" : HTTPStatus.reason(status)
    }
  }

  /// Werkzeug's page.
  func unknownPath(_ exchange: Exchange) -> Response {
    .text(
      """
      <!doctype html>
      <html lang=en>
      <title>404 Not Found</title>
      <h1>Not Found</h1>
      <p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and \
      try again.</p>

      """, contentType: "text/html; charset=utf-8", status: 404)
  }

  /// Flask answers OPTIONS itself, and HEAD wherever there is GET.
  func wrongMethod(allowed: [HTTPMethod], _ exchange: Exchange) -> Response {
    let implied: [HTTPMethod] = allowed.contains(.get) && !allowed.contains(.head) ? [.head] : []
    let names = (implied + [.options] + allowed).map(\.rawValue).joined(separator: ", ")
    if exchange.request.method == .options { return Response(status: 200).with("Allow", names) }
    return Response.json(status: 405) { $0.member("message", "The method is not allowed for the requested URL.") }
      .with("Allow", names)
  }

  func denied(_ rule: String) -> Fault { .forbiddenAction(rule) }

  func malformedBody(_ error: JSONSyntaxError?) -> Fault {
    .expecting("valid JSON", in: "request body", reason: .syntax)
  }

  func accepts(mediaType: String) -> Bool {
    mediaType.isEmpty || mediaType == "application/json"
      || mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json")
  }

  /// Keystone says "field/attribute" of query strings too (keystone.api.validation, request_query_schema).
  func invalid(_ violation: Violation, in place: InputPlace) -> Fault {
    guard let name = violation.path.last, !violation.isWholeMessage else { return .badRequest(violation.detail) }
    return .badRequest(
      "Invalid input for field/attribute \(name). Value: \(violation.value.pythonText). \(violation.detail)")
  }

  func unsupported(mediaType: String) -> Fault {
    .expecting("application/json", in: "Content-Type header", reason: .syntax)
  }

  func headers(_ exchange: Exchange, version: Version?) -> [(name: String, value: String)] {
    [("Vary", "X-Auth-Token")]
  }
}

extension Fault {
  /// Keystone's answer to a request that lacks something (keystone.exception.ValidationError).
  static func expecting(_ what: String, in place: String, reason: Reason = .schema) -> Fault {
    .badRequest(
      "Expecting to find \(what) in \(place). The server could not comply with the request since it is either "
        + "malformed or otherwise incorrect. The client is assumed to be in error.", reason: reason)
  }

  /// Keystone's refusal of an operation that it names (keystone.exception.ForbiddenAction).
  static func forbiddenAction(_ action: String) -> Fault {
    .forbidden("You are not authorized to perform the requested action: \(action).")
  }

  /// Keystone's refusal of something it does not explain (keystone.exception.Forbidden).
  static let forbiddenWithoutReason = Fault.forbidden("You are not authorized to perform the requested action.")

  /// What a resource's address does not lead to.
  static func missing(_ kind: String, _ id: String) -> Fault { .notFound("Could not find \(kind): \(id).") }
}
