import OpenStackAPI
import Persistence

extension Call {
  /// Who calls, by the rows that a transaction sees: where much time passed since the token was looked at.
  func currentCaller(_ db: Connection) throws -> Authorization {
    do {
      return try Tokens.of(world).lookUp(exchange.request.headers["X-Auth-Token"] ?? "", in: world, db).authorization
    } catch let refusal as TokenRefusal {
      throw Fault.unauthorized.because(["token": .string(refusal.inWords)])
    }
  }
}

/// What callers with delegated tokens may not do, lest they get more than was delegated to them.
extension Call {
  /// Refuses application credentials that are not `unrestricted`.
  func refuseRestricted(managing what: String) throws {
    guard let delegation = try caller.delegation, delegation.means == .applicationCredential,
      !delegation.isUnrestricted
    else { return }
    throw Fault.forbiddenAction("Using method 'application_credential' is not allowed for managing \(what).")
  }

  /// Refuses tokens that manage no trusts. One by a trust does: that is how trusts are redelegated.
  func refuseDelegatedTrust(isChange: Bool) throws {
    guard let means = try caller.delegation?.means, means != .trust else { return }
    guard !world.holds(.delegatedTokensManageNoTrusts) else {
      throw Fault.forbiddenAction("Delegated tokens cannot manage trusts.")
    }
    if isChange { try refuseRestricted(managing: "trusts") }
  }

  /// Refuses tokens that manage no application credentials and no access rules. What one by an application credential
  /// may do, `refuseRestricted` says.
  func refuseDelegatedApplicationCredential() throws {
    guard world.holds(.delegatedTokensManageNoApplicationCredentials), let means = try caller.delegation?.means,
      means != .applicationCredential
    else { return }
    throw Fault.forbiddenWithoutReason
  }

  /// Refuses tokens that neither list access tokens nor grant any.
  func refuseDelegatedGrant() throws {
    guard let means = try caller.delegation?.means else { return }
    guard means == .applicationCredential, !world.holds(.delegatedTokensManageNoAccessTokens) else {
      throw Fault.forbiddenWithoutReason
    }
  }

  /// Refuses tokens that neither show an access token nor take one back.
  func refuseDelegatedAccessToken() throws {
    guard try caller.delegation != nil, world.holds(.delegatedTokensManageNoAccessTokens) else { return }
    throw Fault.forbiddenWithoutReason
  }
}

/// What callers with delegated tokens may do with credentials: nothing, what is their project's, or all that their user
/// may, as the cloud's release has it (keystone/api/credentials.py, `_require_primary_auth`; before,
/// `_check_credential_project_scope`).
extension Call {
  /// Refuses a credential of a project. `what` begins the refusal of one of another project.
  func refuseDelegated(_ what: String, of project: String?) throws {
    guard try caller.delegation != nil else { return }
    try refuseDelegatedCredentials()
    guard world.holds(.delegatedTokensKeepToTheirProjectsCredentials),
      try project == nil || project != caller.projectID
    else { return }
    throw Fault.forbiddenAction("\(what) does not match the project scope of the delegated token")
  }

  /// Refuses all credentials.
  func refuseDelegatedCredentials() throws {
    guard try caller.delegation != nil, world.holds(.delegatedTokensReachNoCredentials) else { return }
    throw Fault.forbiddenAction("Delegated tokens cannot access credentials directly")
  }

  /// Refuses restricted application credentials to make credentials for EC2.
  func refuseRestrictedEC2(managing what: String) throws {
    guard world.holds(.delegatedTokensKeepToTheirProjectsCredentials),
      !world.holds(.delegatedTokensReachNoCredentials)
    else { return }
    try refuseRestricted(managing: what)
  }

  /// Which credentials the caller's lists hold.
  func reachableCredentials() throws -> [Condition] {
    guard try caller.delegation != nil else { return [] }
    if world.holds(.delegatedTokensReachNoCredentials) { return [Condition("0")] }
    guard world.holds(.delegatedTokensKeepToTheirProjectsCredentials) else { return [] }
    return [Condition("project_id = ?", try caller.projectID)]
  }
}

extension Fault {
  /// keystone.exception.CredentialLimitExceeded and its like.
  static func tooMany(_ what: String, limit: Int) -> Fault {
    .forbidden(
      "Unable to create additional \(what), maximum of \(limit) already exceeded for user.", reason: .quota)
  }
}

extension Resource {
  /// Refuses a user more than a limit.
  static func refuseMore(than limit: Int?, of user: String, _ what: String, _ db: Connection) throws {
    guard let limit else { return }
    let count = try db.scalar("SELECT count(*) FROM \(table) WHERE user_id = ?", user, as: Int.self) ?? 0
    if count >= limit { throw Fault.tooMany(what, limit: limit) }
  }
}

extension Role {
  /// The ids of roles that a request names by `id` or by `name`. Whether the ids exist is for the caller to check.
  static func ids(named roles: JSON?, _ db: Connection) throws -> [String] {
    try (roles?.array ?? []).map { try $0["id"]?.text ?? id(ofName: $0["name"]?.text ?? "", db) }.uniqued
  }

  private static func id(ofName name: String, _ db: Connection) throws -> String {
    let found = try db.query(
      "SELECT id FROM roles WHERE \(GeneralCollation.key(sql: "name")) = ? LIMIT 2", GeneralCollation.key(name),
      as: String.self)
    guard let id = found.first else { throw Fault.notFound("Role \(name) is not defined") }
    guard found.count == 1 else {
      throw Fault.badRequest(
        "There are multiple role entities named '\(name)'. Please use ID instead of names to resolve the ambiguity.")
    }
    return id
  }

  /// A list of roles by id or by name, as requests that delegate roles have it.
  static let choice = Schema.array(
    .object([Property("id", .keystoneID), Property("name", .keystoneName)], atMost: 1, atLeast: 1))
}

extension Timestamp {
  /// The end of something, as a request gives it (keystone.common.utils.parse_expiration_date).
  static func end(_ text: String, after now: Timestamp) throws -> Timestamp {
    guard let end = Timestamp(iso8601: text.hasSuffix("Z") ? text : text + "Z") else {
      throw Fault.badRequest(
        "Timestamp not in expected format. The server could not comply with the request since it is either malformed "
          + "or otherwise incorrect. The client is assumed to be in error.")
    }
    guard end >= now else {
      throw Fault.badRequest(
        "The 'expires_at' must not be before now. The server could not comply with the request since it is either "
          + "malformed or otherwise incorrect. The client is assumed to be in error.")
    }
    return end
  }
}
