import OpenStackAPI
import Persistence

/// Turns a request for a token into a token: proves who the user is, and finds what the token is for. Whatever is wrong
/// with user, password, scope or roles reads the same 401, so that nobody learns which of them it was.
struct Authentication: Sendable {
  let request: AuthRequest
  let exchange: Exchange

  var world: World { exchange.world }

  /// Who the caller proved to be.
  struct Subject {
    var user: TokenUser
    var methods: AuthMethods
    /// The token that proved it: its end and its chain go on in the new one.
    var parent: Token?
    /// What the proof was delegated by, which binds the new token too.
    var delegation: Token.Delegation?
    /// The project that the delegation is for.
    var project: String?
    /// When the delegation ends.
    var endsAt: Timestamp?
  }

  /// Makes the token that was asked for, and counts the use of a trust. Throws a `TokenRefusal` when the user may not
  /// have it, and `MissingMethods` when more proofs are needed.
  func issue() async throws -> (id: String, token: ValidToken) {
    let token = try await token()
    let issued = try Tokens.of(world).issue(token, in: world)
    if case .trust(let id, _) = token.delegation { try await Trust.use(id, in: world) }
    return issued
  }

  private func token() async throws -> Token {
    let subject = try await subject()
    let methods = try subject.methods.union(receiptMethods(of: subject.user))
    var purpose = try world.read { db in
      try MultiFactor(of: subject.user, db).refuseUnlessEnough(methods, for: subject.user)
      return try self.purpose(for: subject, db)
    }
    purpose.delegation = purpose.delegation ?? subject.delegation
    let issuedAt = Timestamp(seconds: world.now.seconds)
    let settings = world.settings.get(default: IdentitySettings())
    let end = subject.parent?.expiresAt ?? issuedAt + settings.tokenLifetime
    return Token(
      methods: methods, userID: subject.user.reference.id, userGeneration: subject.user.generation,
      scope: purpose.scope, issuedAt: issuedAt,
      expiresAt: subject.endsAt.map { min($0, end) } ?? end,
      auditID: AuditID(bytes: world.identifiers.bytes(AuditID.length)),
      parentAuditID: subject.parent.map { $0.parentAuditID ?? $0.auditID }, delegation: purpose.delegation)
  }

  /// All proofs must be good and of the same user.
  private func subject() async throws -> Subject {
    var subject: Subject?
    for proof in request.proofs {
      let next = try await prove(proof)
      subject = try subject.map { try Self.combined($0, next) } ?? next
    }
    guard let subject else { throw Fault.unauthorized }
    return subject
  }

  private static func combined(_ a: Subject, _ b: Subject) throws -> Subject {
    guard a.user.reference.id == b.user.reference.id else { throw Fault.unauthorized }
    guard a.delegation == nil || b.delegation == nil || a.delegation == b.delegation else { throw Fault.unauthorized }
    return Subject(
      user: b.user, methods: a.methods.union(b.methods), parent: b.parent ?? a.parent,
      delegation: a.delegation ?? b.delegation, project: a.project ?? b.project, endsAt: a.endsAt ?? b.endsAt)
  }
}

/// What a token is for.
struct TokenPurpose: Sendable {
  var scope: Token.Scope
  /// The trust that was asked for.
  var delegation: Token.Delegation?
}

extension Authentication {
  /// What the token is for. Whether the user has a role there is checked when it is issued, except for the default
  /// project, which is passed over when it is not usable.
  private func purpose(for subject: Subject, _ db: Connection) throws -> TokenPurpose {
    if let id = subject.project { return try purpose(ofProject: .init(id: id), db) }
    switch request.scope {
    case .unscoped: return TokenPurpose(scope: .unscoped)
    case .system: return TokenPurpose(scope: .system)
    case .trust(let id): return try purpose(ofTrust: id, db)
    case .domain(let reference):
      let domain = try findDomain(reference, db)
      return TokenPurpose(scope: .domain(domain.reference.id))
    case .project(let reference): return try purpose(ofProject: reference, db)
    case .unspecified:
      guard subject.delegation == nil, let id = subject.user.defaultProjectID,
        let project: ScopeProject = try db.first(ScopeProject.sql, id), project.isEnabled,
        try !Assignment.roles(of: subject.user.reference.id, on: .project(id), db).isEmpty
      else { return TokenPurpose(scope: .unscoped) }
      return TokenPurpose(scope: .project(id))
    }
  }

  private func purpose(ofProject reference: AuthRequest.Reference, _ db: Connection) throws -> TokenPurpose {
    let project = try findProject(reference, db)
    return TokenPurpose(scope: .project(project.reference.id))
  }

  /// A trust is for its project; who may use it is checked when the token is issued.
  private func purpose(ofTrust id: String, _ db: Connection) throws -> TokenPurpose {
    guard let trust: TrustRow = try db.first(TrustRow.sql, id), trust.isUsable(at: world.now),
      let project = trust.projectID,
      let trustor = try db.scalar(
        "SELECT token_generation FROM users WHERE id = ?", trust.trustorID, as: Int.self)
    else { throw Fault.unauthorized }
    var purpose = try purpose(ofProject: .init(id: project), db)
    purpose.delegation = .trust(id, generation: trustor)
    return purpose
  }

  /// An enabled user, or 401.
  func findUser(_ reference: AuthRequest.Reference, _ db: Connection) throws -> TokenUser {
    let user: TokenUser? =
      if let name = reference.name {
        try db.first(TokenUser.sqlByName, try findDomain(reference.domain, db).reference.id, name)
      } else {
        try db.first(TokenUser.sql, reference.id)
      }
    guard let user, user.isEnabled else { throw Fault.unlogged("user", reference.name ?? reference.id, user != nil) }
    return user
  }

  private func findDomain(_ reference: AuthRequest.DomainReference?, _ db: Connection) throws -> ScopeDomain {
    let domain: ScopeDomain? =
      if let name = reference?.name {
        try db.first(ScopeDomain.sqlByName, name)
      } else {
        try db.first(ScopeDomain.sql, reference?.id)
      }
    guard let domain, domain.isEnabled else {
      throw Fault.unlogged("domain", reference?.name ?? reference?.id, domain != nil)
    }
    return domain
  }

  private func findProject(_ reference: AuthRequest.Reference, _ db: Connection) throws -> ScopeProject {
    let project: ScopeProject? =
      if let name = reference.name {
        try db.first(ScopeProject.sqlByName, try findDomain(reference.domain, db).reference.id, name)
      } else {
        try db.first(ScopeProject.sql, reference.id)
      }
    guard let project, project.isEnabled else {
      throw Fault.unlogged("project", reference.name ?? reference.id, project != nil)
    }
    return project
  }
}

extension Fault {
  /// The refusal of a login: Keystone says no more than that, but whoever asks why may know.
  static func unlogged(_ kind: String, _ name: String?, _ exists: Bool) -> Fault {
    unauthorized.because([
      "login": .string(kind), "name": name.map(JSON.string) ?? .null,
      "finding": .string(exists ? "disabled" : "not found"),
    ])
  }
}
