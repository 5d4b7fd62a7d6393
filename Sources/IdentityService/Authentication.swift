import OpenStackAPI
import Persistence

/// Turns a request for a token into a token: proves who the user is, and finds what the token is for. Whatever is wrong
/// with user, password, scope or roles reads the same 401, so that nobody learns which of them it was.
struct Authentication: Sendable {
  let world: World
  let request: AuthRequest

  /// Who the caller proved to be.
  private struct Subject {
    var user: TokenUser
    var methods: AuthMethods
    /// The token that proved it: its end and its chain go on in the new one.
    var parent: Token?
  }

  /// The token that was asked for.
  func token() async throws -> Token {
    let subject = try await subject()
    let (scope, generation) = try world.read { try self.scope(for: subject.user, $0) }
    let issuedAt = Timestamp(seconds: world.now.seconds)
    let settings = world.settings.get(default: IdentitySettings())
    return Token(
      methods: subject.methods, userID: subject.user.reference.id, userGeneration: subject.user.generation,
      scope: scope, scopeGeneration: generation, issuedAt: issuedAt,
      expiresAt: subject.parent?.expiresAt ?? issuedAt + settings.tokenLifetime,
      auditID: AuditID(bytes: world.identifiers.bytes(AuditID.length)),
      parentAuditID: subject.parent.map { $0.parentAuditID ?? $0.auditID })
  }

  /// All proofs must be good and of the same user.
  private func subject() async throws -> Subject {
    var subject: Subject?
    for proof in request.proofs {
      let next = try await prove(proof)
      if let earlier = subject {
        guard earlier.user.reference.id == next.user.reference.id else { throw Fault.unauthorized }
        let parent = next.parent ?? earlier.parent
        subject = Subject(user: next.user, methods: earlier.methods.union(next.methods), parent: parent)
      } else {
        subject = next
      }
    }
    guard let subject else { throw Fault.unauthorized }
    return subject
  }

  private func prove(_ proof: AuthRequest.Proof) async throws -> Subject {
    switch proof {
    case .password(let reference, let password):
      let user = try world.read { db in
        let user = try findUser(reference, db)
        guard try Account.find(user.reference.id, db)?.isEnabled(in: world) == true else { throw Fault.unauthorized }
        return user
      }
      _ = try await Account.prove(password, of: user.reference.id, in: world)
      return Subject(user: user, methods: .password, parent: nil)
    case .token(let id): return try prove(token: id)
    }
  }

  /// A token that is no good is not found, also here (keystone/auth/plugins/token.py).
  private func prove(token id: String) throws -> Subject {
    do {
      let token = try Tokens.of(world).validate(id, in: world).token
      try refuseLeavingSystem(token)
      guard let user: TokenUser = try world.read({ try $0.first(TokenUser.sql, token.userID) }) else {
        throw TokenRefusal.invalid
      }
      return Subject(user: user, methods: token.methods.union(.token), parent: token)
    } catch let refusal as TokenRefusal {
      throw refusal.fault(about: id)
    }
  }

  private func refuseLeavingSystem(_ token: Token) throws {
    guard token.scope == .system else { return }
    switch request.scope {
    case .project, .domain:
      throw Fault.forbiddenAction(
        "Using a system-scoped token to create a project-scoped or domain-scoped token is not allowed.")
    default: return
    }
  }
}

extension Authentication {
  private func findUser(_ reference: AuthRequest.Reference, _ db: Connection) throws -> TokenUser {
    let user: TokenUser? =
      if let name = reference.name {
        try db.first(TokenUser.sqlByName, try findDomain(reference.domain, db).reference.id, name)
      } else {
        try db.first(TokenUser.sql, reference.id)
      }
    guard let user, user.isEnabled else { throw Fault.unauthorized }
    return user
  }

  private func findDomain(_ reference: AuthRequest.DomainReference?, _ db: Connection) throws -> ScopeDomain {
    let domain: ScopeDomain? =
      if let name = reference?.name {
        try db.first(ScopeDomain.sqlByName, name)
      } else {
        try db.first(ScopeDomain.sql, reference?.id)
      }
    guard let domain, domain.isEnabled else { throw Fault.unauthorized }
    return domain
  }

  private func findProject(_ reference: AuthRequest.Reference, _ db: Connection) throws -> ScopeProject {
    let project: ScopeProject? =
      if let name = reference.name {
        try db.first(ScopeProject.sqlByName, try findDomain(reference.domain, db).reference.id, name)
      } else {
        try db.first(ScopeProject.sql, reference.id)
      }
    guard let project, project.isEnabled else { throw Fault.unauthorized }
    return project
  }

  /// What the token is for. Whether the user has a role there is checked when it is issued, except for the default
  /// project, which is passed over when it is not usable.
  private func scope(for user: TokenUser, _ db: Connection) throws -> (Token.Scope, generation: Int) {
    switch request.scope {
    case .unscoped: return (.unscoped, 0)
    case .system: return (.system, 0)
    case .trust: throw Fault.unauthorized
    case .domain(let reference):
      let domain = try findDomain(reference, db)
      return (.domain(domain.reference.id), domain.generation)
    case .project(let reference):
      let project = try findProject(reference, db)
      return (.project(project.reference.id), project.generation)
    case .unspecified:
      guard let id = user.defaultProjectID, let project: ScopeProject = try db.first(ScopeProject.sql, id),
        project.isEnabled, try !Assignment.roles(of: user.reference.id, on: .project(id), db).isEmpty
      else { return (.unscoped, 0) }
      return (.project(id), project.generation)
    }
  }
}
