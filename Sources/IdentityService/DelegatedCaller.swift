import OpenStackAPI
import Persistence

/// What callers with delegated tokens may not do, lest they get more than was delegated to them.
extension Call {
  /// Refuses application credentials that are not `unrestricted`.
  func refuseRestricted(managing what: String) throws {
    guard let delegation = try caller.delegation, delegation.means == .applicationCredential,
      !delegation.isUnrestricted
    else { return }
    throw Fault.forbiddenAction("Using method 'application_credential' is not allowed for managing \(what).")
  }

  /// Refuses application credentials of all kinds.
  func refuseApplicationCredential(managing what: String) throws {
    guard try caller.delegation?.means == .applicationCredential else { return }
    throw Fault.forbiddenAction("Using method 'application_credential' is not allowed for managing \(what).")
  }

  /// Refuses trusts and access tokens.
  func refuseTrustsAndAccessTokens() throws {
    guard let means = try caller.delegation?.means, means != .applicationCredential else { return }
    throw Fault.forbiddenWithoutReason
  }

  /// Refuses all delegated tokens.
  func refuseDelegated() throws {
    guard try caller.delegation == nil else { throw Fault.forbiddenWithoutReason }
  }

  /// Refuses delegated tokens what does not belong to their project (keystone/api/credentials.py,
  /// `_check_credential_project_scope`). `what` begins the refusal.
  func refuseDelegated(_ what: String, ofOtherProject project: String?) throws {
    guard try caller.delegation != nil, try project == nil || project != caller.projectID else { return }
    throw Fault.forbiddenAction("\(what) does not match the project scope of the delegated token")
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
    var ids: [String] = []
    for role in roles?.array ?? [] {
      let id = try role["id"]?.text ?? id(ofName: role["name"]?.text ?? "", db)
      if !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  private static func id(ofName name: String, _ db: Connection) throws -> String {
    let found = try db.query("SELECT id FROM roles WHERE name = ? LIMIT 2", name, as: String.self)
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
