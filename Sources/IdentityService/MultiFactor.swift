import OpenStackAPI
import Persistence

/// The combinations of methods that a user must authenticate with (`multi_factor_auth_rules` of the user's options).
///
/// Source: keystone.auth.core.UserMFARulesValidator.
struct MultiFactor: Sendable {
  private let rules: [[String]]

  /// The rules of a user. Those that name no method of this cloud do not count, so that nobody is locked out.
  init(of user: TokenUser, _ db: Connection) throws {
    let options: RawJSON? = try db.scalar("SELECT options FROM users WHERE id = ?", user.reference.id)
    rules = options.map { Self.rules($0.members) } ?? []
  }

  private static func rules(_ options: JSONObject) -> [[String]] {
    guard options["multi_factor_auth_enabled"] != .bool(false) else { return [] }
    let given = options["multi_factor_auth_rules"]?.array ?? []
    return given.compactMap(\.array).map { rule in AuthMethods.supported.filter { rule.contains(.string($0)) } }
      .filter { !$0.isEmpty }
  }

  /// Refuses methods that satisfy none of the rules.
  func refuseUnlessEnough(_ methods: AuthMethods, for user: TokenUser) throws {
    let names = Set(methods.names)
    guard !rules.isEmpty, !rules.contains(where: { names.isSuperset(of: $0) }) else { return }
    throw MissingMethods(user: user, methods: methods, required: rules.filter { !names.isDisjoint(with: $0) })
  }
}

/// What was proved is good, but the user's rules want more.
struct MissingMethods: Error {
  let user: TokenUser
  let methods: AuthMethods
  /// The rules that what was proved is part of.
  let required: [[String]]

  /// The answer: a receipt for what was proved, with which the login can go on (Identity API v3, "Multi-Factor
  /// Authentication"; keystone/receipt/handlers.py).
  func response(in world: World) throws -> Response {
    let issuedAt = Timestamp(seconds: world.now.seconds)
    let end = issuedAt + DelegationSettings.of(world).receiptLifetime
    let receipt = Receipt(userID: user.reference.id, methods: methods, expiresAt: end)
    return Response.json(status: 401) { json in
      json.object("receipt") { json in
        json.member("methods", methods.names)
        json.object("user") { json in
          json.member("id", user.reference.id)
          json.member("name", user.reference.name)
          json.object("domain") { json in
            json.member("id", user.domain.id)
            json.member("name", user.domain.name)
          }
        }
        json.member("expires_at", receipt.expiresAt.text(.microsecondsZ))
        json.member("issued_at", issuedAt.text(.microsecondsZ))
      }
      json.array("required_auth_methods") { json in
        for rule in required { json.value(rule) }
      }
    }.with(Receipt.header, try Tokens.of(world).issue(receipt, in: world))
  }
}

/// Says which methods a user has authenticated with on the way to a token.
struct Receipt: Sendable {
  static let header = "Openstack-Auth-Receipt"

  let userID: String
  let methods: AuthMethods
  let expiresAt: Timestamp
}

extension Authentication {
  /// What the receipt that came along says the user has proved already.
  func receiptMethods(of user: TokenUser) throws -> AuthMethods {
    guard let id = exchange.request.headers[Receipt.header], !id.isEmpty else { return [] }
    guard let receipt = try Tokens.of(world).receipt(id, in: world), receipt.userID == user.reference.id else {
      throw Fault(401, "Could not find auth receipt: \(id).", reason: .authentication)
    }
    return receipt.methods
  }
}
