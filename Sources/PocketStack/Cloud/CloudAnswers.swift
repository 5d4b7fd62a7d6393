import HTTPServer
import OpenStackAPI

/// The few answers that no service gives.
enum CloudAnswers {
  /// A path that leads nowhere, in a cloud without a service at its root.
  static func nothing(_ id: String) -> HTTPResponse { failure(404, "Not Found", "There is nothing here.", id) }

  static func unknownWorld(_ id: String) -> HTTPResponse {
    failure(404, "Not Found", "There is no world of that name.", id)
  }

  /// Before the cloud is open, after it was closed, and where a world is missing that has to be there.
  static func unavailable(_ id: String, _ message: String = "The cloud is not open.") -> HTTPResponse {
    var response = failure(503, "Service Unavailable", message, id)
    response.headers.add("Retry-After", "1")
    return response
  }

  /// A request that breaks the rules of HTTP, so that no world or service can be told from it.
  static func malformed(_ status: Int, _ reason: String, _ id: String?) -> HTTPResponse {
    failure(status, HTTPStatus.reason(status), reason, id)
  }

  private static func failure(_ code: Int, _ title: String, _ message: String, _ id: String?) -> HTTPResponse {
    json(code, id) { json in
      json.object("error") { json in
        json.member("code", code)
        json.member("title", title)
        json.member("message", message)
      }
    }
  }

  private static func json(_ status: Int, _ id: String?, _ write: (inout JSONWriter) -> Void) -> HTTPResponse {
    var json = JSONWriter()
    json.object(write)
    var headers: HTTPHeaders = ["Content-Type": "application/json"]
    if let id { headers.add("x-openstack-request-id", id) }
    return HTTPResponse(status: status, headers: headers, body: .bytes(json.finish()))
  }
}
