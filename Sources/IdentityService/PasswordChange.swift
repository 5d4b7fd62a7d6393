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

  /// Replaces a user's password, and ends all tokens. A wrong password counts as a failed login.
  static func change(_ user: String, from old: String, to new: String, in world: World) async throws {
    let refusal: Fault? = try await world.knowingPasswords { findings in
      try await world.write { db in
        let proving = ProvingTransaction(world: world, db: db, findings: findings, writes: true)
        do {
          try change(user, from: old, to: new, proving)
          return nil
        } catch let fault as Fault {
          return fault
        }
      }
    }
    if let refusal { throw refusal }
  }

  private static func change(
    _ user: String, from old: String, to new: String, _ proving: ProvingTransaction
  ) throws {
    let account = try Account.prove(old, of: user, allowsExpired: true, proving)
    let (compliance, now) = (SecurityCompliance.of(proving.world), proving.world.now)
    try compliance.refuseWeak(.string(new))
    guard !account.options.locksPassword else {
      throw Fault.badRequest(
        "You cannot change your password at this time due to password policy disallowing password changes. Please "
          + "contact your administrator to reset your password.", reason: .state)
    }
    let passwords = try StoredPassword.all(of: user, proving.db)
    if let last = passwords.last { try compliance.refuseYoung(last, at: now) }
    try compliance.refuseRepeated(new, among: passwords, proving.findings)
    let end = compliance.end(ofPasswordSetAt: now, byOwner: true, account.options)
    try StoredPassword.set(
      proving.findings.hash(of: new), of: user, byOwner: true, until: end, keep: compliance.uniqueCount, at: now,
      proving.db)
    try User.endTokens(of: user, proving.db)
  }

  /// Keystone's older validator (keystone.common.validation.validators), without the dump of the schema that it adds.
  private static func refusal(of violation: Violation) -> Fault {
    guard !violation.path.isEmpty else { return .badRequest(violation.detail) }
    return .badRequest("Invalid input for field '\(violation.path.joined(separator: "/"))': \(violation.detail)")
  }
}
