/// What an operation is done to, as policy rules see it: `project_id`, `user_id` and whatever else the rules compare
/// with, by the names that oslo.policy uses.
public typealias PolicyTarget = [String: String]

/// One compiled rule of oslo.policy's language.
///
/// Source: oslo.policy, "Policy Rule Expressions".
indirect enum PolicyCheck: Sendable, Equatable {
  case always
  case never
  case role(String)
  case rule(String)
  case not(PolicyCheck)
  case all([PolicyCheck])
  case any([PolicyCheck])
  /// Two values must be equal; a value that is missing equals nothing but the word `None`.
  case equal(PolicyOperand, PolicyOperand)
}

/// One side of a comparison.
enum PolicyOperand: Sendable, Equatable {
  /// A literal: `'default'`, `True`.
  case literal(String)
  /// An attribute of the caller's credentials: `project_id`, `user_id`, `domain_id`, `system_scope`, `is_admin`.
  case credential(String)
  /// An attribute of the target: `%(target.project_id)s`.
  case target(String)

  func value(_ caller: Authorization, _ target: PolicyTarget) -> String? {
    switch self {
    case .literal(let text): text
    case .target(let name): target[name] ?? target[String(name.drop { $0 != "." }.dropFirst())]
    case .credential(let name): Self.credential(name, of: caller)
    }
  }

  private static func credential(_ name: String, of caller: Authorization) -> String? {
    switch name {
    case "project_id", "tenant_id", "tenant": caller.projectID
    case "user_id", "user": caller.user.id
    case "user_domain_id": caller.userDomain.id
    case "domain_id", "token.domain.id": caller.domainID
    case "project_domain_id", "token.project.domain.id":
      if case .project(_, let domain) = caller.scope { domain.id } else { nil }
    case "system_scope": caller.isSystem ? "all" : nil
    case "is_admin": caller.isAdmin ? "True" : "False"
    case "is_admin_project": "True"
    default: nil
    }
  }
}

/// What a policy file says wrong.
public struct PolicySyntaxError: Error, CustomStringConvertible {
  /// The rule's text and what is wrong with it.
  public let description: String
}
