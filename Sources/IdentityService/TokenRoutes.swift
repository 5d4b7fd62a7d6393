import HTTPServer
import OpenStackAPI

/// `/v3/auth/tokens`: making, checking and revoking tokens.
struct TokenRoutes: Sendable {
  private static let path = "/auth/tokens"
  private static let subject = "X-Subject-Token"
  private static let minding = "OpenStack-Identity-Access-Rules"

  static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or role:service or user_id:%(target.token.user_id)s
    """
  static let checkRule: PolicyRule =
    "rule:admin_required or (role:reader and system_scope:all) or user_id:%(target.token.user_id)s"
  static let revokeRule: PolicyRule = "rule:admin_required or user_id:%(target.token.user_id)s"

  /// The table.
  var routes: [Route] {
    [
      .post(Self.path, "identity:authenticate", access: .open, body: .unchecked, returns: 201, run: create),
      .get(Self.path, "identity:validate_token", Self.showRule, access: .resource, run: show),
      .head(Self.path, "identity:check_token", Self.checkRule, access: .resource, run: show),
      .delete(Self.path, "identity:revoke_token", Self.revokeRule, access: .resource, run: delete),
    ]
  }

  /// No token is needed, but one that comes along must be good.
  @Sendable private func create(_ call: Call) async throws -> Response {
    if let token = call.exchange.request.headers["X-Auth-Token"], !token.isEmpty {
      _ = try IdentityService.tokens.authorization(for: token, in: call.world)
    }
    let request = try AuthRequest(call.body)
    do {
      let issued = try await Authentication(request: request, exchange: call.exchange).issue()
      return try document(issued.token, call).with(Self.subject, issued.id)
    } catch let refusal as TokenRefusal {
      throw refusal.faultOfLogin
    } catch let missing as MissingMethods {
      return try missing.response(in: call.world)
    }
  }

  @Sendable private func show(_ call: Call) throws -> Response {
    let (id, token) = try subjectToken(call)
    // Who does not say that he minds access rules must not hear that a token with such is good.
    if token.authorization.delegation?.accessRules != nil, call.exchange.request.headers[Self.minding] == nil {
      throw TokenRefusal.invalid.fault(about: id)
    }
    return try document(token, call).with(Self.subject, id)
  }

  @Sendable private func delete(_ call: Call) async throws -> Response {
    let isAlone = call.query["cascade"]?.booleanWord == false
    try await Revocation.revoke(
      subjectToken(call).token.token,
      withDescendants: call.world.holds(.revocationsReachDescendants) && !isAlone, in: call.world)
    return .empty
  }

  /// The token that the request is about. As in Keystone it is looked at before the caller's right to do so; without
  /// one, only an administrator gets as far as hearing that it is missing.
  private func subjectToken(_ call: Call) throws -> (id: String, token: ValidToken) {
    guard let id = call.exchange.request.headers[Self.subject], !id.isEmpty else {
      try call.authorize([:])
      throw Fault.notFound("No token in the request")
    }
    let allowsExpired = call.query["allow_expired"]?.booleanWord == true
    do {
      let window = allowsExpired ? IdentitySettings.expiredWindow : .zero
      let token = try Tokens.of(call.world).validate(id, in: call.world, window: window)
      try call.authorize(["token.user_id": token.authorization.user.id])
      return (id, token)
    } catch let refusal as TokenRefusal {
      throw refusal.fault(about: id)
    }
  }

  private func document(_ token: ValidToken, _ call: Call) throws -> Response {
    TokenDocument(token: token, catalog: try Catalog.of(call.world), call: call).response()
  }
}
