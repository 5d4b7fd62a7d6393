import OpenStackAPI

/// What a token's id carries, encrypted. Everything else that a token says is looked up when it is used, so that a
/// user who is disabled or loses a role loses the token with it.
struct Token: Sendable, Equatable {
  /// How the user was authenticated; a token made from another keeps that one's methods.
  var methods: AuthMethods
  var userID: String
  /// The user's `token_generation` when the token was made.
  var userGeneration: Int
  var scope: Scope
  /// In whole seconds, as Fernet keeps it.
  var issuedAt: Timestamp
  var expiresAt: Timestamp
  var auditID: AuditID
  /// The first token of the chain that this one was made from.
  var parentAuditID: AuditID?
  /// What the token was delegated by.
  var delegation: Delegation?

  /// What a token was delegated by: where it limits the token, and ends with it.
  enum Delegation: Sendable, Hashable {
    /// A trust, and the trustor's `token_generation`.
    case trust(String, generation: Int)
    case applicationCredential(String)
    case accessToken(String)
  }

  /// What the token is for.
  enum Scope: Sendable, Hashable {
    case unscoped
    case project(String)
    case domain(String)
    case system
  }

  /// `audit_ids`: the token's own, then that of the first of its chain.
  var auditIDs: [String] { [auditID.text] + (parentAuditID.map { [$0.text] } ?? []) }
}

/// The name under which a token appears in logs: 16 random bytes.
struct AuditID: Sendable, Hashable {
  static let length = 16
  let bytes: [UInt8]

  /// 22 characters of URL-safe Base64.
  var text: String { Base64.urlSafe.encode(bytes) }
}

/// The ways to prove who one is.
struct AuthMethods: OptionSet, Sendable, Hashable {
  let rawValue: UInt16

  static let password = AuthMethods(rawValue: 1)
  static let token = AuthMethods(rawValue: 2)
  static let applicationCredential = AuthMethods(rawValue: 4)
  static let totp = AuthMethods(rawValue: 8)
  static let oauth1 = AuthMethods(rawValue: 16)
  /// A signature made with an EC2 credential. It is no method of `POST /v3/auth/tokens`.
  static let ec2credential = AuthMethods(rawValue: 32)

  private static let all: [(method: AuthMethods, name: String)] = [
    (.password, "password"), (.token, "token"), (.oauth1, "oauth1"),
    (.applicationCredential, "application_credential"), (.totp, "totp"), (.ec2credential, "ec2credential"),
  ]

  /// Those by which users prove who they are themselves, not something that was made for less than all they may do
  /// (keystone/api/_shared/delegation.py).
  static let primary: AuthMethods = [.password, .token, .totp]

  /// The methods' names, in a fixed order.
  var names: [String] { Self.all.filter { contains($0.method) }.map(\.name) }
  /// The names of all methods that one can authenticate with.
  static let supported = all.filter { $0.method != .ec2credential }.map(\.name)
}
