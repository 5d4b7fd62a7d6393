import HTTPServer
import OpenStackAPI

/// Nova's way with refusals (Compute API, "Faults"): one key named by the status, with code and message.
struct NovaDialect: Dialect {
  func response(to fault: Fault, _ exchange: Exchange) -> Response {
    if fault.status == 401 { return unauthorized(fault, exchange) }
    let message =
      fault.status == 500
      ? "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if "
        + "possible." : fault.message
    return .json(status: fault.status, headers: fault.headers, contentType: "application/json; charset=UTF-8") { json in
      json.object(Self.name(of: fault.status)) { json in
        json.member("code", fault.status)
        json.member("message", message)
      }
    }
  }

  private static func name(of status: Int) -> StaticString {
    switch status {
    case 400: "badRequest"
    case 401: "unauthorized"
    case 403: "forbidden"
    case 404: "itemNotFound"
    case 405: "badMethod"
    case 409: "conflictingRequest"
    case 413, 429: "overLimit"
    case 415: "badMediaType"
    case 501: "notImplemented"
    case 503: "serviceUnavailable"
    default: "computeFault"
    }
  }

  /// The token middleware answers before Nova does, in Keystone's shape.
  private func unauthorized(_ fault: Fault, _ exchange: Exchange) -> Response {
    let challenge = (name: "WWW-Authenticate", value: "Keystone uri=\"\(exchange.identityURL)\"")
    return .json(status: 401, headers: [challenge]) { json in
      json.object("error") { json in
        json.member("code", 401)
        json.member("title", "Unauthorized")
        json.member("message", fault.message)
      }
    }
  }

  /// Outside the versions' prefixes everything answers with a choice of versions, no token needed.
  func needsToken(unknownPath exchange: Exchange) -> Bool {
    ComputeVersions.prefixes.contains(exchange.segments.first ?? "")
  }

  func unknownPath(_ exchange: Exchange) -> Response {
    guard needsToken(unknownPath: exchange) else { return ComputeVersions.choices(exchange) }
    return .text(Self.notFoundPage, contentType: "text/html; charset=UTF-8", status: 404)
  }

  /// Where the query has rules (nova.api.validation, `query_schema`).
  func undecodableQuery(of route: Route) -> Fault? {
    route.query == nil ? nil : .badRequest("Query string is not UTF-8 encoded", reason: .syntax)
  }

  /// Nova's router knows no 405: a wrong method is as unknown as a wrong path.
  func wrongMethod(allowed: [HTTPMethod], _ exchange: Exchange) -> Response { unknownPath(exchange) }

  private static let notFoundPage = """
    <html>
     <head>
      <title>404 Not Found</title>
     </head>
     <body>
      <h1>404 Not Found</h1>
      The resource could not be found.<br /><br />



     </body>
    </html>
    """

  func denied(_ rule: String) -> Fault { .forbidden("Policy doesn't allow \(rule) to be performed.") }

  func malformedBody(_ error: JSONSyntaxError?) -> Fault { .badRequest("Malformed request body", reason: .syntax) }

  func accepts(mediaType: String) -> Bool {
    ["application/json", "application/vnd.openstack.compute+json", "text/plain"].contains(mediaType)
  }

  func headers(_ exchange: Exchange, version: Version?) -> [(name: String, value: String)] {
    let requestID = (name: "x-compute-request-id", value: exchange.requestID)
    guard let version else { return [requestID] }
    return [
      ("OpenStack-API-Version", "compute \(version)"), ("X-OpenStack-Nova-API-Version", "\(version)"),
      ("Vary", "OpenStack-API-Version"), ("Vary", "X-OpenStack-Nova-API-Version"), requestID,
    ]
  }
}
