/// The kinds of token that an operation takes, whatever its rule says: oslo.policy's scope types, with `enforce_scope`.
///
/// A token without scope counts as one for a project, as in oslo.policy.
public struct TokenScopes: OptionSet, Sendable, Hashable {
  /// One bit a kind.
  public let rawValue: UInt8
  /// Some of the kinds.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Tokens for a project, and those without scope.
  public static let project = TokenScopes(rawValue: 1)
  /// Tokens for a domain.
  public static let domain = TokenScopes(rawValue: 2)
  /// Tokens for the whole system.
  public static let system = TokenScopes(rawValue: 4)
  /// Every token.
  public static let all: TokenScopes = [.project, .domain, .system]

  /// The kind of a token.
  init(of scope: Authorization.Scope) {
    switch scope {
    case .unscoped, .project: self = .project
    case .domain: self = .domain
    case .system: self = .system
    }
  }
}
