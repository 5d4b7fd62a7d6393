import OpenStackAPI
import Persistence

extension Authentication {
  /// Who one proof proves the caller to be.
  func prove(_ proof: AuthRequest.Proof, _ proving: ProvingTransaction) throws -> Subject {
    switch proof {
    case .password(let reference, let password): try prove(password, of: reference, proving)
    case .token(let id): try prove(token: id, proving.db)
    case .totp(let reference, let passcode): try prove(passcode: passcode, of: reference, proving.db)
    case .applicationCredential(let reference, let secret): try prove(secret, of: reference, proving)
    case .oauth1: try proveAccessToken(proving.db)
    }
  }

  private func prove(
    _ password: String?, of reference: AuthRequest.Reference, _ proving: ProvingTransaction
  ) throws -> Subject {
    let user = try findUser(reference, proving.db)
    guard try Account.find(user.reference.id, proving.db)?.isEnabled(in: world) == true else {
      throw Fault.unauthorized
    }
    _ = try Account.prove(password, of: user.reference.id, proving)
    return Subject(user: user, methods: .password)
  }

  /// A token that is no good is not found, also here (keystone/auth/plugins/token.py).
  private func prove(token id: String, _ db: Connection) throws -> Subject {
    do {
      let token = try Tokens.of(world).validate(id, in: world).token
      try refuseLeaving(token)
      guard let user: TokenUser = try db.first(TokenUser.sql, token.userID) else { throw TokenRefusal.invalid }
      return Subject(user: user, methods: token.methods.union(.token), parent: token)
    } catch let refusal as TokenRefusal {
      throw refusal.fault(about: id)
    }
  }

  /// Delegated tokens are good for what they were delegated for, and tokens for the system for nothing smaller
  /// (keystone/auth/plugins/token.py, `token_authenticate`). Older releases let tokens by application credentials and by
  /// signatures pass, and with them whoever held one to all that its user may; no release does here.
  private func refuseLeaving(_ token: Token) throws {
    switch (token.delegation, token.scope, request.scope) {
    case (.accessToken, _, _):
      throw Fault.forbiddenAction(
        "Using OAuth-scoped token to create another token. Create a new OAuth-scoped token instead")
    case (.trust, _, _):
      throw Fault.forbiddenAction(
        "Using trust-scoped token to create another token. Create a new trust-scoped token instead")
    case (_, .system, .project), (_, .system, .domain):
      throw Fault.forbiddenAction(
        "Using a system-scoped token to create a project-scoped or domain-scoped token is not allowed.")
    default:
      guard token.delegation == nil, AuthMethods.primary.isSuperset(of: token.methods) else {
        throw Fault.forbiddenAction("Using a delegated token to create another token is not allowed.")
      }
    }
  }

  /// One of the user's time-based passwords (keystone/auth/plugins/totp.py).
  private func prove(passcode: String?, of reference: AuthRequest.Reference, _ db: Connection) throws -> Subject {
    let user = try findUser(reference, db)
    let sql = "SELECT blob FROM credentials WHERE user_id = ? AND type = 'totp'"
    let secrets = try db.query(sql, user.reference.id, as: String.self)
    let previous = DelegationSettings.of(world).previousPasswords
    guard let passcode,
      secrets.contains(where: { TOTP(secret: $0)?.accepts(passcode, at: world.now, previous: previous) == true })
    else { throw Fault.unauthorized }
    return Subject(user: user, methods: .totp)
  }

  /// An application credential is for one project and cannot choose (keystone/auth/plugins/application_credential.py).
  private func prove(
    _ secret: String?, of reference: AuthRequest.CredentialReference, _ proving: ProvingTransaction
  ) throws -> Subject {
    let row = try findCredential(reference, proving.db)
    let user = try findUser(.init(id: row.userID), proving.db)
    guard let secret, try proving.findings.fits(secret, row.secretHash), row.expiresAt.map({ world.now < $0 }) ?? true
    else { throw Fault.unauthorized }
    return Subject(
      user: user, methods: .applicationCredential, delegation: .applicationCredential(row.id), project: row.projectID,
      endsAt: row.expiresAt)
  }

  private func findCredential(
    _ reference: AuthRequest.CredentialReference, _ db: Connection
  ) throws -> CredentialRow {
    if let id = reference.id {
      guard let row: CredentialRow = try db.first(CredentialRow.sql + "id = ?", id) else {
        throw Fault.missing("Application Credential", id)
      }
      return row
    }
    let user = try findUser(reference.user ?? .init(id: nil), db)
    let sql = CredentialRow.sql + "id = " + NameKeys.id(in: "application_credentials", of: "user_id = ?1")
    guard let row: CredentialRow = try db.first(sql, user.reference.id, reference.name) else {
      throw Fault.unauthorized
    }
    return row
  }

  /// A request signed with an OAuth access token (keystone/auth/plugins/oauth1.py).
  private func proveAccessToken(_ db: Connection) throws -> Subject {
    let signed = OAuthRequest(exchange)
    guard let id = signed["oauth_token"] else { throw Fault.expecting("oauth_token", in: "request") }
    let access = try AccessToken.existing(id, db)
    let secret = try db.scalar("SELECT secret FROM consumers WHERE id = ?", access.consumerID, as: String.self)
    let user = try findUser(.init(id: access.userID), db)
    guard access.expiresAt.map({ world.now <= $0 }) ?? true, let secret,
      signed["oauth_consumer_key"] == access.consumerID,
      signed.isSigned(consumerSecret: secret, tokenSecret: access.secret)
    else { throw Fault.unauthorized }
    return Subject(
      user: user, methods: .oauth1, delegation: .accessToken(id), project: access.projectID)
  }
}

/// What a login by an application credential needs to know of it.
private struct CredentialRow: RowDecodable {
  let id: String
  let userID: String
  let projectID: String
  let secretHash: String
  let expiresAt: Timestamp?

  static let sql = "SELECT id, user_id, project_id, secret_hash, expires_at FROM application_credentials WHERE "

  init(row: inout Row) throws {
    id = try row.next()
    userID = try row.next()
    projectID = try row.next()
    secretHash = try row.next()
    expiresAt = try row.next()
  }
}
