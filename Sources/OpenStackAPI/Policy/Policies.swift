/// A rule in oslo.policy's language, as a route declares it.
public struct PolicyRule: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The rule's text.
  public let text: String
  /// The kinds of token that the operation takes; `nil` stands for what its service takes in general.
  public private(set) var scopes: TokenScopes?
  /// A rule written in the source.
  public init(stringLiteral text: String) { self.text = text }
  /// A rule made at run time.
  public init(_ text: String) { self.text = text }

  /// This rule for certain kinds of token only.
  public func only(_ scopes: TokenScopes) -> PolicyRule {
    var rule = self
    rule.scopes = scopes
    return rule
  }

  /// Anybody with a valid token of a kind that the service takes.
  public static let anyone: PolicyRule = "@"
  /// Anybody with any valid token: what the upstream service protects by no rule.
  public static let unprotected = PolicyRule("@").only(.all)
  /// Administrators of the cloud.
  public static let admin: PolicyRule = "rule:context_is_admin"
  /// Readers of the target's project, and administrators.
  public static let projectReader: PolicyRule = "rule:project_reader_or_admin"
  /// Members of the target's project, and administrators.
  public static let projectMember: PolicyRule = "rule:project_member_or_admin"
  /// Managers of the target's project, and administrators.
  public static let projectManager: PolicyRule = "rule:project_manager_or_admin"
  /// Other services, and administrators.
  public static let service: PolicyRule = "rule:service_or_admin"
  /// The user whom the target belongs to, and administrators.
  public static let userOrAdmin: PolicyRule = "rule:context_is_admin or user_id:%(user_id)s"

  /// The rules that others refer to by name: Nova's base rules, which the other services share in substance.
  static let shared: [String: PolicyRule] = [
    "context_is_admin": "role:admin",
    "admin_required": "role:admin or is_admin:1",
    "project_manager_api": "role:manager and project_id:%(project_id)s",
    "project_member_api": "role:member and project_id:%(project_id)s",
    "project_reader_api": "role:reader and project_id:%(project_id)s",
    "service_api": "role:service",
    "project_manager_or_admin": "rule:project_manager_api or rule:context_is_admin",
    "project_member_or_admin": "rule:project_member_api or rule:context_is_admin",
    "project_reader_or_admin": "rule:project_reader_api or rule:context_is_admin",
    "service_or_admin": "rule:service_api or rule:context_is_admin",
  ]
}

/// All rules of a cloud by name: what the routes declare, with what the configuration's `policy` section replaces.
public struct Policies: Sendable {
  private let checks: [String: PolicyCheck]
  private let texts: [String: String]
  private let scopes: [String: TokenScopes]

  /// Compiles the declared rules and those that replace them, which take the same kinds of token as the declared ones. A
  /// bad rule is an error that quotes it.
  public init(declared: [String: PolicyRule], replaced: [String: String] = [:]) throws(PolicySyntaxError) {
    var rules = PolicyRule.shared.mapValues(\.text)
    for (name, rule) in declared { rules[name] = rule.text }
    for (name, text) in replaced { rules[name] = text }
    var checks: [String: PolicyCheck] = [:]
    for (name, text) in rules { checks[name] = try PolicyParser.parse(text) }
    (self.checks, texts) = (checks, rules)
    scopes = declared.compactMapValues(\.scopes)
    for (name, check) in checks { try Self.refuseUnknown(check, in: name, of: checks) }
    var weights = PolicyWeights(checks)
    for name in checks.keys { try weights.weigh(name) }
  }

  private static func refuseUnknown(
    _ check: PolicyCheck, in name: String, of checks: [String: PolicyCheck]
  ) throws(PolicySyntaxError) {
    switch check {
    case .rule(let other):
      guard checks[other] != nil else {
        throw PolicySyntaxError(description: "policy rule \"\(name)\" refers to an unknown rule \"\(other)\"")
      }
    case .not(let inner): try refuseUnknown(inner, in: name, of: checks)
    case .all(let inner), .any(let inner): for check in inner { try refuseUnknown(check, in: name, of: checks) }
    default: break
    }
  }

  /// The names of all rules.
  public var names: Set<String> { Set(checks.keys) }

  /// A rule as it was declared or replaced.
  func text(of name: String) -> String? { texts[name] }

  /// Whether a rule takes tokens of a kind.
  func takes(_ scope: Authorization.Scope, _ name: String) -> Bool {
    scopes[name]?.contains(TokenScopes(of: scope)) ?? true
  }

  /// Whether the caller may do what the rule names to the target. A rule nobody declared forbids.
  public func allows(_ name: String, _ caller: Authorization, _ target: PolicyTarget) -> Bool {
    guard takes(caller.scope, name) else { return false }
    return checks[name].map { holds($0, caller, target) } ?? false
  }

  private func holds(_ check: PolicyCheck, _ caller: Authorization, _ target: PolicyTarget) -> Bool {
    switch check {
    case .always: true
    case .never: false
    case .role(let name): caller.roleNames.contains(name)
    case .rule(let name): allows(name, caller, target)
    case .not(let inner): !holds(inner, caller, target)
    case .all(let inner): inner.allSatisfy { holds($0, caller, target) }
    case .any(let inner): inner.contains { holds($0, caller, target) }
    case .equal(let left, .literal("None")): left.value(caller, target).map { $0 == "None" } ?? true
    case .equal(let left, let right):
      if let value = left.value(caller, target) { value == right.value(caller, target) } else { false }
    }
  }
}
