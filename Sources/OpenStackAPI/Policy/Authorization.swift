/// What a valid token says: who calls, for which scope, with which roles.
public final class Authorization: Sendable {
  /// A name with its id.
  public struct Reference: Sendable, Hashable {
    /// The id.
    public let id: String
    /// The name.
    public let name: String
    /// A name with its id.
    public init(id: String, name: String) { (self.id, self.name) = (id, name) }
  }

  /// What the token is for (Identity API v3, "Authorization scope").
  public enum Scope: Sendable, Equatable {
    case unscoped
    case project(Reference, domain: Reference)
    case domain(Reference)
    case system
  }

  /// The caller.
  public let user: Reference
  /// The domain that owns the caller.
  public let userDomain: Reference
  /// What the token is for.
  public let scope: Scope
  /// The roles on that scope, with those they imply.
  public let roles: [Reference]
  /// The first audit id of the token.
  public let auditID: String
  /// When the token ends.
  public let expiresAt: Timestamp
  /// What makes the token worth less than its user.
  public let delegation: Delegation?

  /// What a valid token says.
  public init(
    user: Reference, userDomain: Reference, scope: Scope, roles: [Reference], auditID: String, expiresAt: Timestamp,
    delegation: Delegation? = nil
  ) {
    (self.user, self.userDomain, self.scope, self.roles) = (user, userDomain, scope, roles)
    (self.auditID, self.expiresAt, self.delegation) = (auditID, expiresAt, delegation)
    isAdmin = roles.contains { $0.name == "admin" }
    if case .project(let project, _) = scope { projectID = project.id } else { projectID = nil }
    roleNames = roles.map { $0.name.lowercased() }
    var target = ["user_id": user.id]
    target["project_id"] = projectID
    if case .domain(let domain) = scope { target["domain_id"] = domain.id }
    ownTarget = target
    let means = delegation.map { ["by", $0.id] } ?? []
    viewpoint = ([user.id, Self.text(of: scope)] + means + roles.map(\.id)).joined(separator: " ")
  }

  private static func text(of scope: Scope) -> String {
    switch scope {
    case .unscoped: "unscoped"
    case .project(let project, _): "project " + project.id
    case .domain(let domain): "domain " + domain.id
    case .system: "system"
    }
  }

  /// What an answer may depend on of a caller: who, for which scope, with which roles.
  let viewpoint: String

  /// The roles' names in lower case, as policy rules compare them.
  let roleNames: [String]

  /// What a policy rule sees where nothing else is said: the caller's own project, domain and user.
  let ownTarget: PolicyTarget

  /// Whether one of the roles is `admin`.
  public let isAdmin: Bool
  /// The project of a project-scoped token.
  public let projectID: String?
  /// The domain of a domain-scoped token.
  public var domainID: String? { if case .domain(let domain) = scope { domain.id } else { nil } }
  /// Whether the token is for the whole system.
  public var isSystem: Bool { scope == .system }
}
