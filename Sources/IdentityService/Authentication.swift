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
  ///
  /// The proofs, what the token is for and whether the user may have it are looked at in one transaction.
  func issue() async throws -> (id: String, token: ValidToken) {
    let attempt = try await world.knowingPasswords { findings in
      do {
        return try read(findings)
      } catch is ProvingTransaction.NeedsWriting {
        return try await write(findings)
      }
    }
    return try Tokens.of(world).seal(attempt.outcome.get(), since: attempt.moment, in: world)
  }

  /// What became of a login, and the state of the rows that it rests on.
  private struct Attempt: Sendable {
    let moment: Tokens.Moment
    let outcome: Result<ValidToken, any Error>
  }

  private func read(_ findings: PasswordFindings) throws -> Attempt {
    let moment = Tokens.Moment(world)
    return try world.read { db in
      let proving = ProvingTransaction(world: world, db: db, findings: findings, writes: false)
      return Attempt(moment: moment, outcome: .success(try token(proving)))
    }
  }

  /// A login that fails leaves what it wrote: that it failed. Who makes room on a full disk has to log in before.
  private func write(_ findings: PasswordFindings) async throws -> Attempt {
    let moment = Tokens.Moment(world)
    return try await world.write(spendingReserve: true) { db in
      let proving = ProvingTransaction(world: world, db: db, findings: findings, writes: true)
      do {
        return Attempt(moment: moment, outcome: .success(try token(proving)))
      } catch let refusal where refusal is Fault || refusal is TokenRefusal || refusal is MissingMethods {
        return Attempt(moment: moment, outcome: .failure(refusal))
      }
    }
  }

  private func token(_ proving: ProvingTransaction) throws -> ValidToken {
    let (subject, db) = (try subject(proving), proving.db)
    let methods = try subject.methods.union(receiptMethods(of: subject.user))
    try MultiFactor(of: subject.user, db).refuseUnlessEnough(methods, for: subject.user)
    var purpose = try self.purpose(for: subject, db)
    purpose.delegation = purpose.delegation ?? subject.delegation
    let issuedAt = Timestamp(seconds: world.now.seconds)
    let settings = world.settings.get(default: IdentitySettings())
    let ends = [subject.parent?.expiresAt ?? issuedAt + settings.tokenLifetime, subject.endsAt, purpose.endsAt]
    let limitedTrust = try limitedTrust(purpose, proving)
    let token = Token(
      methods: methods, userID: subject.user.reference.id, userGeneration: subject.user.generation,
      scope: purpose.scope, issuedAt: issuedAt, expiresAt: ends.compactMap { $0 }.min() ?? issuedAt,
      auditID: AuditID(bytes: world.identifiers.bytes(AuditID.length)),
      parentAuditID: subject.parent.map { $0.parentAuditID ?? $0.auditID }, delegation: purpose.delegation)
    let valid = try ValidToken(token, db)
    if let limitedTrust { try Trust.use(limitedTrust, db) }
    return valid
  }

  /// The trust of which a use is to be counted.
  private func limitedTrust(_ purpose: TokenPurpose, _ proving: ProvingTransaction) throws -> String? {
    guard case .trust(let id, _) = purpose.delegation, try Trust.isLimited(id, proving.db) else { return nil }
    try proving.beginWriting()
    return id
  }

  /// All proofs must be good and of the same user.
  private func subject(_ proving: ProvingTransaction) throws -> Subject {
    var subject: Subject?
    for proof in request.proofs {
      let next = try prove(proof, proving)
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
  /// When that ends, if the token says so.
  var endsAt: Timestamp?
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
    purpose.endsAt = world.holds(.tokensEndWithTheirTrust) ? trust.expiresAt : nil
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
