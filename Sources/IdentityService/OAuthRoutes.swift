import OpenStackAPI
import Persistence

/// The three steps in which a consumer gets an access token (Identity API v3, "OS-OAUTH1"; RFC 5849, 2).
enum OAuthRoutes {
  private static let verifierLength = 8

  static let routes: [Route] = [
    .post(
      "/OS-OAUTH1/request_token", "identity:create_request_token", access: .open, returns: 201, run: createRequestToken),
    .put(
      "/OS-OAUTH1/authorize/:request_token_id", "identity:authorize_request_token",
      PolicyRule("rule:admin_required").only(.project),
      body: Body(unwrapped: .object([Property("roles", Role.choice)], additional: .allowed)), run: authorize),
    .post(
      "/OS-OAUTH1/access_token", "identity:create_access_token", access: .open, returns: 201, run: createAccessToken),
  ]

  /// A consumer asks for a token that a user can then authorize.
  @Sendable private static func createRequestToken(_ call: Call) async throws -> Response {
    let request = OAuthRequest(call.exchange)
    guard let consumerID = request["oauth_consumer_key"] else {
      throw Fault.expecting("oauth_consumer_key", in: "request")
    }
    guard let project = call.exchange.request.headers["Requested-Project-Id"], !project.isEmpty else {
      throw Fault.expecting("Requested-Project-Id", in: "request")
    }
    let (id, secret) = (call.world.identifiers.hex(), call.world.identifiers.hex())
    let end = call.now + DelegationSettings.of(call.world).requestLifetime
    try await call.world.write { db in
      _ = try Project.existing(project, db)
      let consumer = try Consumer.existing(consumerID, db)
      try request.refuseIncomplete(at: call.now)
      guard request["oauth_callback"] != nil else { throw OAuthRequest.invalid("Missing callback URI.") }
      guard request.isSigned(consumerSecret: consumer.secret, tokenSecret: "") else { throw Fault.unauthorized }
      try db.execute(
        "INSERT INTO request_tokens (id, secret, project_id, consumer_id, expires_at) VALUES (?, ?, ?, ?, ?)", id,
        secret, project, consumer.id, end.microseconds)
    }
    return form(id, secret, end)
  }

  /// A user gives the consumer some of his roles on the project that it asked for.
  @Sendable private static func authorize(_ call: Call) async throws -> Response {
    try call.refuseDelegatedGrant()
    let user = try call.caller.user.id
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    let verifier = String(call.world.identifiers.bytes(verifierLength).map { letters[Int($0) % letters.count] })
    let id = call.parameter("request_token_id")
    _ = try await call.world.write { db in
      let token = try RequestToken.known(id, at: call.now, db)
      let roles = try Role.ids(named: call.body["roles"], db)
      let held = try Assignment.roles(of: user, on: .project(token.projectID), db).map(\.id)
      guard Set(held).isSuperset(of: roles) else { throw Fault.unauthorized }
      try db.execute(
        "UPDATE request_tokens SET authorizing_user_id = ?, verifier = ?, role_ids = ? WHERE id = ?", user, verifier,
        JSON.array(roles.map(JSON.string)).jsonText, id)
    }
    return .json { json in json.object("token") { $0.member("oauth_verifier", verifier) } }
  }

  /// The consumer trades the authorized token for an access token, once.
  @Sendable private static func createAccessToken(_ call: Call) async throws -> Response {
    let request = OAuthRequest(call.exchange)
    for name in ["oauth_consumer_key", "oauth_token", "oauth_verifier"] where request[name] == nil {
      throw Fault.expecting(name, in: "request")
    }
    let requestID = request["oauth_token"] ?? ""
    let (id, accessSecret) = (call.world.identifiers.hex(), call.world.identifiers.hex())
    let end = call.now + DelegationSettings.of(call.world).accessLifetime
    try await call.world.write { db in
      try refuseUnauthorized(request, requestID, call, db)
      try db.execute(
        """
        INSERT INTO access_tokens (id, secret, authorizing_user_id, project_id, role_ids, consumer_id, expires_at)
        SELECT ?, ?, authorizing_user_id, project_id, role_ids, consumer_id, ? FROM request_tokens WHERE id = ?
        """, id, accessSecret, end.microseconds, requestID)
      guard try db.execute("DELETE FROM request_tokens WHERE id = ?", requestID) == 1 else {
        throw Fault.notFound("Request token not found")
      }
    }
    return form(id, accessSecret, end)
  }

  private static func refuseUnauthorized(
    _ request: OAuthRequest, _ id: String, _ call: Call, _ db: Connection
  ) throws {
    let token = try RequestToken.known(id, at: call.now, db)
    guard token.consumerID == request["oauth_consumer_key"],
      let secret = try Consumer.find(token.consumerID, db)?.secret
    else { throw Fault.unauthorized }
    try request.refuseIncomplete(at: call.now)
    guard token.verifier == request["oauth_verifier"], token.userID != nil,
      request.isSigned(consumerSecret: secret, tokenSecret: token.secret)
    else { throw Fault.unauthorized }
  }

  private static func form(_ id: String, _ secret: String, _ end: Timestamp) -> Response {
    .text(
      "oauth_token=\(id)&oauth_token_secret=\(secret)&oauth_expires_at=\(end.text(.microsecondsZ))",
      contentType: "application/x-www-form-urlencoded")
  }
}

/// A consumer's wish that a user may grant.
private struct RequestToken: RowDecodable {
  let secret: String
  let verifier: String?
  let userID: String?
  let projectID: String
  let consumerID: String
  let expiresAt: Timestamp?

  init(row: inout Row) throws {
    secret = try row.next()
    verifier = try row.next()
    userID = try row.next()
    projectID = try row.next()
    consumerID = try row.next()
    expiresAt = try row.next()
  }

  /// One that has not ended.
  static func known(_ id: String, at now: Timestamp, _ db: Connection) throws -> RequestToken {
    let sql = """
      SELECT secret, verifier, authorizing_user_id, project_id, consumer_id, expires_at FROM request_tokens WHERE id = ?
      """
    guard let token: RequestToken = try db.first(sql, id) else { throw Fault.notFound("Request token not found") }
    guard token.expiresAt.map({ now <= $0 }) ?? true else { throw Fault.unauthorized }
    return token
  }
}
