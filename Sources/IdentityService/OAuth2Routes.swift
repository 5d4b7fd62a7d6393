import HTTPServer
import OpenStackAPI

/// `POST /v3/OS-OAUTH2/token`: a token for an application credential, by the rules of OAuth 2.0 (RFC 6749, 4.4, client
/// credentials; keystone/api/os_oauth2.py). Refusals have a form of their own.
enum OAuth2Routes {
  static let routes: [Route] = [
    .post("/OS-OAUTH2/token", "identity:create_oauth2_token", access: .open, returns: 200, run: create)
  ]

  private static let failed = "Client authentication failed."

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let body = try await call.exchange.request.wholeBody(in: call.world)
    let form = QueryParameters(parsing: String(decoding: body, as: UTF8.self))
    guard let grant = form["grant_type"] else {
      return refusal(400, "invalid_request", "The parameter grant_type is required.", call)
    }
    guard grant == "client_credentials" else {
      return refusal(
        400, "unsupported_grant_type", "The parameter grant_type \(grant) is not supported.", call)
    }
    let (id, secret) = basic(call.exchange.request.headers) ?? (form["client_id"] ?? "", form["client_secret"] ?? "")
    guard !id.isEmpty, !secret.isEmpty else { return refusal(401, "invalid_client", failed, call) }
    do {
      return try await token(id, secret, call)
    } catch let fault as Fault {
      switch fault.status {
      case 401: return refusal(401, "invalid_client", fault.message, call)
      case 400: return refusal(400, "invalid_request", fault.message, call)
      default:
        let unknown = "An unknown error occurred and failed to get an OAuth2.0 access token."
        return refusal(fault.status, "other_error", unknown, call)
      }
    }
  }

  /// The id and the secret of `Authorization: Basic` (RFC 7617).
  private static func basic(_ headers: HTTPHeaders) -> (id: String, secret: String)? {
    guard let header = headers["Authorization"], header.lowercased().hasPrefix("basic "),
      let bytes = Base64.decoded(header.dropFirst(6))
    else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
  }

  private static func token(_ id: String, _ secret: String, _ call: Call) async throws -> Response {
    let request = try AuthRequest([
      "auth": [
        "identity": [
          "methods": ["application_credential"],
          "application_credential": ["id": .string(id), "secret": .string(secret)],
        ]
      ]
    ])
    do {
      let issued = try await Authentication(request: request, exchange: call.exchange).issue()
      let lifetime = call.world.settings.get(default: IdentitySettings()).tokenLifetime
      return .json { json in
        json.member("access_token", issued.id)
        json.member("token_type", "Bearer")
        json.member("expires_in", Int(lifetime.components.seconds))
      }
    } catch let refusal as TokenRefusal {
      throw refusal.faultOfLogin
    } catch is MissingMethods {
      throw Fault.unauthorized
    }
  }

  private static func refusal(_ status: Int, _ error: String, _ description: String, _ call: Call) -> Response {
    let response = Response.json(status: status) { json in
      json.member("error", error)
      json.member("error_description", description)
    }
    guard status == 401 else { return response }
    return response.with("WWW-Authenticate", "Keystone uri=\"\(call.exchange.base)/v3\"")
  }
}
