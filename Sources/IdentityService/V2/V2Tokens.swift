import OpenStackAPI

/// `/v2.0/tokens`. Tokens are the same in both versions.
enum V2Tokens {
  static let routes: [Route] = [
    .post("/tokens", "identity:authenticate", access: .open, body: .unchecked, returns: 200, run: create),
    .get("/tokens/revoked", V2.admin, V2.adminRule) { _ in
      throw Fault(
        410, "The service you have requested is no longer available on this server.", reason: .route)
    },
    .get("/tokens/:token_id", "identity:validate_token", TokenRoutes.showRule, access: .resource, run: show),
    .head("/tokens/:token_id", "identity:check_token", TokenRoutes.checkRule, access: .resource, run: show),
    .delete("/tokens/:token_id", V2.admin, V2.adminRule, run: delete),
    .get("/tokens/:token_id/endpoints", V2.admin, V2.adminRule, run: endpoints),
    .post("/ec2tokens", "identity:ec2tokens_validate", EC2TokenRoutes.rule, body: .unchecked, returns: 200) { call in
      let (token, id) = try EC2TokenRoutes.ec2Token(call)
      return try V2Token(id: id, token: token, call: call).response()
    },
    .patch("/OS-KSCRUD/users/:user_id", "identity:change_password", body: .unchecked, run: changePassword),
  ]

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let issued = try await V2Login(V2.member("auth", of: call.body)).issue(for: call.exchange)
    return try V2Token(id: issued.id, token: issued.token, call: call).response()
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let id = call.parameter("token_id")
    let token = try find(id, call)
    try call.authorize(["token.user_id": token.token.userID])
    if let tenant = call.query["belongsTo"], !tenant.isEmpty, tenant != token.authorization.projectID {
      throw Fault.unauthorized
    }
    return try V2Token(id: id, token: token, call: call).response()
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await Revocation.revoke(
      find(call.parameter("token_id"), call).token,
      withDescendants: call.world.holds(.revocationsReachDescendants), in: call.world)
    return .empty
  }

  @Sendable private static func endpoints(_ call: Call) throws -> Response {
    let token = try find(call.parameter("token_id"), call)
    guard token.authorization.projectID != nil else { return .json { _ in } }
    let endpoints = try V2Endpoint.list(of: token, call)
    return .json { json in
      json.member("endpoints", endpoints)
      json.array("endpoints_links") { _ in }
    }
  }

  /// Users change their password, and get a new token for the same tenant.
  @Sendable private static func changePassword(_ call: Call) async throws -> Response {
    let caller = try call.caller
    guard caller.user.id == call.parameter("user_id") else { throw Fault.forbiddenWithoutReason }
    let user = try V2.member("user", of: call.body)
    guard let old = user["original_password"]?.text else { throw Fault.expecting("original password", in: "user") }
    guard let new = user["password"]?.text else { throw Fault.expecting("password", in: "user") }
    try await PasswordChange.change(caller.user.id, from: old, to: new, in: call.world)
    var auth = JSONObject()
    auth["passwordCredentials"] = ["userId": .string(caller.user.id), "password": .string(new)]
    auth["tenantId"] = caller.projectID.map(JSON.string)
    let issued = try await V2Login(auth).issue(for: call.exchange)
    return try V2Token(id: issued.id, token: issued.token, call: call).response()
  }

  private static func find(_ id: String, _ call: Call) throws -> ValidToken {
    do {
      return try Tokens.of(call.world).validate(id, in: call.world)
    } catch let refusal as TokenRefusal {
      throw refusal.fault(about: id)
    }
  }
}
