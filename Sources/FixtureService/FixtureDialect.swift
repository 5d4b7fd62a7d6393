import HTTPServer
import OpenStackAPI

/// How the control interface words what it refuses.
struct FixtureDialect: Dialect {
  func response(to fault: Fault, _ exchange: Exchange) -> Response {
    .json(status: fault.status, headers: fault.headers) { json in
      json.object("error") { json in
        json.member("code", fault.status)
        json.member("title", HTTPStatus.reason(fault.status))
        json.member("message", fault.message)
      }
    }
  }

  func unknownPath(_ exchange: Exchange) -> Response {
    response(to: .notFound("There is nothing here.", reason: .route), exchange)
  }

  func wrongMethod(allowed: [HTTPMethod], _ exchange: Exchange) -> Response {
    let names = Set(allowed.map(\.rawValue)).sorted().joined(separator: ", ")
    let message = "\(exchange.request.method.rawValue) is not answered here; \(names) is."
    return response(to: Fault(405, message, reason: .route, headers: [("Allow", names)]), exchange)
  }

  func denied(_ rule: String) -> Fault { .forbidden("\(rule) is not allowed.") }

  func malformedBody(_ error: JSONSyntaxError?) -> Fault {
    .badRequest(error.map { "The body is not JSON: \($0)." } ?? "The body must be a JSON object.", reason: .syntax)
  }
}
