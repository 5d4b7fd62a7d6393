import OpenStackAPI

/// The body of `POST /v2.0/tokens`, put into the words of v3.
struct V2Login: Sendable {
  let request: AuthRequest

  /// Reads `auth`.
  init(_ auth: JSONObject) throws {
    var members = JSONObject()
    members["identity"] = try Self.identity(auth)
    members["scope"] = Self.scope(auth)
    request = try AuthRequest(["auth": .object(members)])
  }

  private static func identity(_ auth: JSONObject) throws -> JSON {
    if let token = auth["token"] {
      guard let id = token["id"]?.text else { throw Fault.expecting("id", in: "token") }
      return ["methods": ["token"], "token": ["id": .string(id)]]
    }
    guard let credentials = auth["passwordCredentials"] else { throw Fault.expecting("auth", in: "request body") }
    guard let password = credentials["password"] else {
      throw Fault.expecting("password", in: "passwordCredentials")
    }
    var user = reference(id: credentials["userId"], name: credentials["username"])
    guard !user.members.isEmpty else { throw Fault.expecting("username or userId", in: "passwordCredentials") }
    user["password"] = password
    return ["methods": ["password"], "password": ["user": .object(user)]]
  }

  /// Nothing said is nothing asked for: the default tenant does not count here.
  private static func scope(_ auth: JSONObject) -> JSON {
    if let trust = auth["trust_id"] { return ["OS-TRUST:trust": ["id": trust]] }
    let name = text(auth["tenantId"]) == nil ? auth["tenantName"] : nil
    let project = reference(id: auth["tenantId"], name: name)
    return project.members.isEmpty ? "unscoped" : ["project": .object(project)]
  }

  /// A name counts before an id, and is one of the default domain.
  private static func reference(id: JSON?, name: JSON?) -> JSONObject {
    var object = JSONObject()
    if let name = text(name) {
      object["name"] = .string(name)
      object["domain"] = ["id": .string(V2.domain)]
    } else if let id = text(id) {
      object["id"] = .string(id)
    }
    return object
  }

  private static func text(_ value: JSON?) -> String? { value?.text.flatMap { $0.isEmpty ? nil : $0 } }

  /// The token. A token that proves nothing is not found in v3, and merely no proof here.
  func issue(for exchange: Exchange) async throws -> (id: String, token: ValidToken) {
    do {
      let issued = try await Authentication(request: request, exchange: exchange).issue()
      try V2Token.refuseOtherDomains(issued.token)
      return issued
    } catch let fault as Fault {
      throw fault.status == 404 ? Fault.unauthorized : fault
    } catch let refusal as TokenRefusal {
      throw refusal.faultOfLogin
    } catch is MissingMethods {
      throw Fault.unauthorized
    }
  }
}
