import OpenStackAPI
import Persistence

/// A token with the rows that it stands for, as they are now.
final class ValidToken: Sendable {
  let token: Token
  /// What other services get to know of it.
  let authorization: Authorization
  /// When the user's password ends.
  let passwordExpiresAt: Timestamp?

  /// What it was delegated by.
  let grant: (any TokenGrant)?

  /// When it ends: with what it was delegated by, if that is sooner.
  var endsAt: Timestamp { grant?.endsAt.map { min($0, token.expiresAt) } ?? token.expiresAt }

  /// Looks a token up. It is worth nothing when the user or what it is for is gone or disabled, when its tokens were
  /// ended, when what it was delegated by is gone, or when the user has no role there any more.
  init(_ token: Token, _ db: Connection) throws {
    guard let user: TokenUser = try db.first(TokenUser.sql, token.userID), user.isEnabled,
      user.generation == token.userGeneration
    else { throw TokenRefusal.invalid }
    let scope = try Self.scope(of: token, db)
    let grant = try token.grant(db)
    let roles = try grant?.roles(of: token, db) ?? Assignment.roles(of: token.userID, on: token.scope, db)
    guard token.scope == .unscoped || !roles.isEmpty else { throw TokenRefusal.withoutRole }
    let speaker = grant?.impersonated ?? user
    self.token = token
    self.grant = grant
    passwordExpiresAt = speaker.passwordExpiresAt
    authorization = Authorization(
      user: speaker.reference, userDomain: speaker.domain, scope: scope, roles: roles, auditID: token.auditID.text,
      expiresAt: token.expiresAt, delegation: Self.delegation(of: token, grant))
  }

  private static func delegation(of token: Token, _ grant: (any TokenGrant)?) -> Delegation? {
    guard token.methods.contains(.ec2credential) else { return grant?.delegation }
    return Delegation(.signature, id: token.auditID.text, accessRules: grant?.delegation.accessRules)
  }

  private static func scope(of token: Token, _ db: Connection) throws -> Authorization.Scope {
    switch token.scope {
    case .unscoped: return .unscoped
    case .system: return .system
    case .project(let id):
      guard let project: ScopeProject = try db.first(ScopeProject.sql, id), project.isEnabled else {
        throw TokenRefusal.invalid
      }
      return .project(project.reference, domain: project.domain)
    case .domain(let id):
      guard let domain: ScopeDomain = try db.first(ScopeDomain.sql, id), domain.isEnabled else {
        throw TokenRefusal.invalid
      }
      return .domain(domain.reference)
    }
  }
}

/// What a token needs to know of its user.
struct TokenUser: RowDecodable {
  let reference: Authorization.Reference
  let domain: Authorization.Reference
  /// Whether both the user and the domain are enabled.
  let isEnabled: Bool
  let generation: Int
  let defaultProjectID: String?
  let passwordExpiresAt: Timestamp?

  static let columns = """
    SELECT users.id, users.name, domains.id, domains.name, users.enabled AND domains.enabled, users.token_generation,
      users.default_project_id,
      (SELECT expires_at FROM passwords WHERE user_id = users.id ORDER BY number DESC LIMIT 1)
    FROM users JOIN projects AS domains ON domains.id = users.domain_id
    """
  static let sql = columns + " WHERE users.id = ?"
  static let sqlByName = columns + " WHERE users.id = " + NameKeys.id(in: "users", of: "domain_id = ?1")

  init(row: inout Row) throws {
    reference = Authorization.Reference(id: try row.next(), name: try row.next())
    domain = Authorization.Reference(id: try row.next(), name: try row.next())
    isEnabled = try row.next()
    generation = try row.next()
    defaultProjectID = try row.next()
    passwordExpiresAt = try row.next()
  }
}

/// What a token needs to know of the project that it is for.
struct ScopeProject: RowDecodable {
  let reference: Authorization.Reference
  let domain: Authorization.Reference
  /// Whether both the project and the domain are enabled.
  let isEnabled: Bool

  private static let columns = """
    SELECT projects.id, projects.name, domains.id, domains.name, projects.enabled AND domains.enabled
    FROM projects JOIN projects AS domains ON domains.id = projects.domain_id
    """
  static let sql = columns + " WHERE projects.id = ?"
  static let sqlByName =
    columns + " WHERE projects.id = " + NameKeys.id(in: "projects", of: "domain_id = ?1 AND NOT is_domain")

  init(row: inout Row) throws {
    reference = Authorization.Reference(id: try row.next(), name: try row.next())
    domain = Authorization.Reference(id: try row.next(), name: try row.next())
    isEnabled = try row.next()
  }
}

/// What a token needs to know of the domain that it is for.
struct ScopeDomain: RowDecodable {
  let reference: Authorization.Reference
  let isEnabled: Bool

  private static let columns = "SELECT id, name, enabled FROM projects WHERE is_domain"
  static let sql = columns + " AND id = ?"
  static let sqlByName = columns + " AND id = " + NameKeys.id(in: "projects", of: "is_domain", name: "?1")

  init(row: inout Row) throws {
    reference = Authorization.Reference(id: try row.next(), name: try row.next())
    isEnabled = try row.next()
  }
}
