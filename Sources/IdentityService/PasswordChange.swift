import OpenStackAPI
import Persistence

/// `POST /v3/users/{user_id}/password`: users change their own password. It needs no token; the old password proves who
/// asks, and may have ended.
enum PasswordChange {
  static let routes: [Route] = [
    .post(
      "/users/:user_id/password", "identity:change_password", access: .open, body: .unchecked, returns: 204, run: change
    )
  ]

  private static let schema = Schema.object([
    Property("original_password", .string(), .required), Property("password", .string(), .required),
  ])

  @Sendable private static func change(_ call: Call) async throws -> Response {
    let input = call.body["user"] ?? .object(JSONObject())
    if let violation = schema.check(input, call.version) { throw refusal(of: violation) }
    try await change(
      call.parameter("user_id"), from: input["original_password"]?.text ?? "", to: input["password"]?.text ?? "",
      in: call.world)
    return .empty
  }

  /// Replaces a user's password, and ends all tokens.
  static func change(_ user: String, from old: String, to new: String, in world: World) async throws {
    let account = try await Account.prove(old, of: user, allowsExpired: true, in: world)
    let compliance = SecurityCompliance.of(world)
    try compliance.refuseWeak(.string(new))
    guard !account.options.locksPassword else {
      throw Fault.badRequest(
        "You cannot change your password at this time due to password policy disallowing password changes. Please "
          + "contact your administrator to reset your password.", reason: .state)
    }
    let passwords = try world.read { try StoredPassword.all(of: user, $0) }
    if let last = passwords.last { try compliance.refuseYoung(last, at: world.now) }
    try await compliance.refuseRepeated(new, among: passwords, in: world)
    let hash = try await Password.hash(new, in: world)
    let now = world.now
    let end = compliance.end(ofPasswordSetAt: now, byOwner: true, account.options)
    try await world.write { db in
      // Of two changes at the same time only one has proved the password that counts.
      guard try StoredPassword.all(of: user, db).last?.number == passwords.last?.number else {
        throw Fault.unauthorized
      }
      try StoredPassword.set(hash, of: user, byOwner: true, until: end, keep: compliance.uniqueCount, at: now, db)
      try User.endTokens(of: user, db)
    }
  }

  /// Keystone's older validator (keystone.common.validation.validators), without the dump of the schema that it adds.
  private static func refusal(of violation: Violation) -> Fault {
    guard !violation.path.isEmpty else { return .badRequest(violation.detail) }
    return .badRequest("Invalid input for field '\(violation.path.joined(separator: "/"))': \(violation.detail)")
  }
}
