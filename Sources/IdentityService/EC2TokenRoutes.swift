import OpenStackAPI
import Persistence

/// `POST /v3/ec2tokens` and `/v3/s3tokens`: services that speak Amazon's APIs let Keystone check a signature, and get
/// the signer's token for it (keystone/api/_shared/EC2_S3_Resource.py).
enum EC2TokenRoutes {
  /// Who may let signatures be checked.
  static let rule: PolicyRule = "rule:service_or_admin"

  static let routes: [Route] = [
    .post("/ec2tokens", "identity:ec2tokens_validate", rule, body: .unchecked, returns: 200, run: ec2),
    .post("/s3tokens", "identity:s3tokens_validate", rule, body: .unchecked, returns: 200, run: s3),
  ]

  @Sendable private static func ec2(_ call: Call) throws -> Response {
    let (token, id) = try ec2Token(call)
    return try document(token, call).with("X-Subject-Token", id)
  }

  /// The token of whoever signed a request to EC2.
  static func ec2Token(_ call: Call) throws -> (ValidToken, id: String) {
    try token(call) { EC2Signature($0).isRight(secret: $1) }
  }

  @Sendable private static func s3(_ call: Call) throws -> Response {
    let (token, _) = try token(call) { credentials, secret in
      guard let given = credentials["signature"]?.text, let text = credentials["token"].flatMap(EC2Signature.s3Text),
        let right = EC2Signature.s3(text, secret)
      else { return false }
      return ConstantTime.areEqual(right, given)
    }
    return try document(token, call)
  }

  private static func document(_ token: ValidToken, _ call: Call) throws -> Response {
    TokenDocument(token: token, catalog: try Catalog.of(call.world), call: call).response()
  }

  private static func token(
    _ call: Call, isSigned: (_ credentials: JSON, _ secret: String) -> Bool
  ) throws -> (ValidToken, id: String) {
    guard call.body.object?.members.isEmpty == false else {
      throw Fault.badRequest("request must include a request body")
    }
    let credentials = ["credentials", "credential", "ec2Credentials"].lazy.compactMap { call.body[$0] }
      .first { $0.object?.members.isEmpty == false }
    guard let credentials, let access = credentials["access"]?.text else { throw Fault.unauthorized }
    let moment = Tokens.Moment(call.world)
    let valid = try call.world.read { db in
      let id = Credential.id(ofAccess: access)
      guard let credential = try EC2Credential.find(id, where: "type = 'ec2'", db), let secret = credential.secret
      else {
        throw Fault.notFound("EC2 access key not found.")
      }
      guard isSigned(credentials, secret) else { throw Fault.unauthorized }
      let token = try token(of: credential, call, db)
      try refuseOld(credentials, call)
      do {
        return try ValidToken(token, db)
      } catch let refusal as TokenRefusal {
        throw refusal.faultOfLogin
      }
    }
    let sealed = try Tokens.of(call.world).seal(valid, since: moment, in: call.world)
    return (sealed.token, sealed.id)
  }

  /// The token of who made the credential, delegated as he was when he made it.
  private static func token(of credential: EC2Credential, _ call: Call, _ db: Connection) throws -> Token {
    let project = try Project.existing(credential.projectID ?? "None", db)
    var user = try User.existing(credential.userID, db).id
    var delegation: Token.Delegation?
    if let id = credential.blob["trust_id"]?.text {
      let trust = try Trust.usable(id, at: call.now, db)
      let generation = try db.scalar("SELECT token_generation FROM users WHERE id = ?", trust.trustorID, as: Int.self)
      delegation = .trust(id, generation: generation ?? 0)
      user = trust.isImpersonating ? trust.trusteeID : user
    } else if let id = credential.blob["app_cred_id"]?.text {
      delegation = .applicationCredential(id)
      let owner = try ApplicationCredential.find(id, db)
      guard let owner else { throw Fault.missing("Application Credential", id) }
      guard owner.projectID == project.id else { throw Fault.unauthorized }
    } else if let id = credential.blob["access_token_id"]?.text {
      delegation = .accessToken(id)
      guard try AccessToken.find(id, db)?.projectID == project.id else { throw Fault.unauthorized }
    }
    guard let found: TokenUser = try db.first(TokenUser.sql, user), found.isEnabled,
      try (db.first(ScopeProject.sql, project.id) as ScopeProject?)?.isEnabled == true
    else { throw Fault.unauthorized }
    let issuedAt = Timestamp(seconds: call.now.seconds)
    let settings = call.world.settings.get(default: IdentitySettings())
    return Token(
      methods: .ec2credential, userID: user, userGeneration: found.generation, scope: .project(project.id),
      issuedAt: issuedAt, expiresAt: issuedAt + settings.tokenLifetime,
      auditID: AuditID(bytes: call.world.identifiers.bytes(AuditID.length)), delegation: delegation)
  }

  private static func refuseOld(_ credentials: JSON, _ call: Call) throws {
    let given = [("params", "Timestamp"), ("headers", "X-Amz-Date"), ("params", "X-Amz-Date")].lazy
      .compactMap { credentials[$0]?[$1]?.text }.first { !$0.isEmpty }
    guard let text = given else { return }
    let lifetime = DelegationSettings.of(call.world).signatureLifetime
    guard let moment = Timestamp(iso8601: extended(text)), call.now <= moment + lifetime else {
      throw Fault.unauthorized
    }
  }

  /// Amazon's `20261123T204018Z` as `2026-11-23T20:40:18Z`; any other text as it is.
  private static func extended(_ text: String) -> String {
    let symbols = Array(text)
    guard symbols.count == 16, symbols[8] == "T", symbols[15] == "Z" else { return text }
    func part(_ range: Range<Int>) -> String { String(symbols[range]) }
    return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
  }
}
