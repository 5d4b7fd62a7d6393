import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Tokens")
struct TokenTests {
  private func isGood(_ token: String, _ cloud: TestCloud) async -> Bool {
    await cloud.send(.get, "/v3/auth/projects", token: token).status == 200
  }

  @Test("a token can look at itself, with GET and HEAD")
  func selfValidation() async throws {
    let cloud = try await TestCloud()
    let login = await cloud.login("demo", project: "demo")
    let answer = await cloud.send(.get, "/v3/auth/tokens", token: login.token, subject: login.token)
    #expect(answer.status == 200)
    #expect(answer.token == login.token)
    #expect(answer.json == login.json)
    let head = await cloud.send(.head, "/v3/auth/tokens", token: login.token, subject: login.token)
    #expect(head.status == 200)
    #expect(head.token == login.token)
  }

  @Test("only an administrator looks at the token of another")
  func others() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let admin = await cloud.token("admin", project: "admin")
    #expect(await cloud.send(.get, "/v3/auth/tokens", token: admin, subject: demo)["token", "user", "name"] == "demo")
    let refused = await cloud.send(.get, "/v3/auth/tokens", token: demo, subject: admin)
    #expect(refused.status == 403)
    #expect(refused.message == "You are not authorized to perform the requested action: identity:validate_token.")
    let check = await cloud.send(.head, "/v3/auth/tokens", token: demo, subject: admin)
    #expect(check.message == "You are not authorized to perform the requested action: identity:check_token.")
    let revocation = await cloud.send(.delete, "/v3/auth/tokens", token: demo, subject: admin)
    #expect(revocation.message == "You are not authorized to perform the requested action: identity:revoke_token.")
  }

  @Test("a subject that is no token, and none at all")
  func badSubject() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let admin = await cloud.token("admin", project: "admin")
    let nonsense = await cloud.send(.get, "/v3/auth/tokens", token: demo, subject: "nope")
    #expect(nonsense.status == 404)
    #expect(
      nonsense.json == ["error": ["code": 404, "message": "Could not recognize Fernet token", "title": "Not Found"]])
    #expect(await cloud.send(.get, "/v3/auth/tokens", token: demo).status == 403)
    #expect(await cloud.send(.get, "/v3/auth/tokens", token: admin).message == "No token in the request")
  }

  @Test("without a token, or with a bad one, nothing", arguments: [nil, "", "nope", "gAAAAA"] as [String?])
  func badToken(_ token: String?) async throws {
    let answer = try await TestCloud().send(.get, "/v3/auth/projects", token: token)
    #expect(answer.status == 401)
    #expect(answer.headers["WWW-Authenticate"] == "Keystone uri=\"http://cloud.example:5000/identity/v3\"")
  }

  @Test("a revoked token is worth nothing at once; its siblings live on")
  func revocation() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("demo", project: "demo")
    let sibling = await cloud.token("demo", project: "demo")
    #expect(await isGood(token, cloud))
    #expect(await cloud.send(.delete, "/v3/auth/tokens", token: token, subject: token).status == 204)
    #expect(await !isGood(token, cloud))
    #expect(await isGood(sibling, cloud))
    let admin = await cloud.token("admin", project: "admin")
    let answer = await cloud.send(.get, "/v3/auth/tokens", token: admin, subject: token)
    #expect(answer.status == 404)
    #expect(answer.message == "Failed to validate token")
    #expect(await cloud.send(.delete, "/v3/auth/tokens", token: admin, subject: token).status == 404)
  }

  @Test("revocations are forgotten when they no longer matter")
  func sweeping() async throws {
    let cloud = try await TestCloud()
    for days in [0, 3, 0] {
      cloud.world.clock.advance(by: .seconds(days * 86_400))
      let token = await cloud.token("demo")
      _ = await cloud.send(.delete, "/v3/auth/tokens", token: token, subject: token)
    }
    #expect(try cloud.value("SELECT CAST(count(*) AS TEXT) FROM revocations") == "2")
  }

  @Test("a token ends at its second")
  func expiry() async throws {
    let cloud = try await TestCloud(["identity": ["token_lifetime": "10m"]])
    let login = await cloud.login("demo", project: "demo")
    #expect(login["token", "expires_at"] == "2026-11-23T12:10:00.000000Z")
    cloud.world.clock.advance(by: .milliseconds(599_999))
    #expect(await isGood(login.token, cloud))
    cloud.world.clock.advance(by: .milliseconds(1))
    #expect(await !isGood(login.token, cloud))
  }

  @Test("an expired token can be looked at for two days by who asks for it")
  func allowExpired() async throws {
    let cloud = try await TestCloud()
    let old = await cloud.token("demo", project: "demo")
    cloud.world.clock.advance(by: .seconds(3600 + 172_799))
    let admin = await cloud.token("admin", project: "admin")
    let path = "/v3/auth/tokens?allow_expired=1"
    #expect(await cloud.send(.get, "/v3/auth/tokens", token: admin, subject: old).status == 404)
    #expect(await cloud.send(.get, path, token: admin, subject: old)["token", "user", "name"] == "demo")
    #expect(await cloud.send(.get, path, token: old, subject: old).status == 401)
    cloud.world.clock.advance(by: .seconds(1))
    #expect(await cloud.send(.get, path, token: admin, subject: old).status == 404)
  }

  @Test(
    "a token that was good a moment ago ends with what it stood on",
    arguments: [
      "UPDATE users SET enabled = 0 WHERE name = 'demo'",
      "DELETE FROM users WHERE name = 'demo'",
      "UPDATE projects SET enabled = 0 WHERE name = 'demo'",
      "DELETE FROM projects WHERE name = 'demo'",
      "UPDATE projects SET enabled = 0 WHERE id = 'default'",
      "DELETE FROM role_assignments",
      "DELETE FROM roles WHERE name = 'member'",
      "UPDATE users SET token_generation = token_generation + 1",
    ])
  func invalidation(_ sql: String) async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("demo", project: "demo")
    #expect(await isGood(token, cloud))
    try await cloud.execute(sql)
    #expect(await !isGood(token, cloud))
    let again = await cloud.login("demo", project: "demo").status
    #expect(again == (sql.contains("generation") ? 201 : 401))
  }

  @Test("roles that change show in the tokens that are out")
  func roleChange() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("demo", project: "demo")
    #expect(try IdentityService.tokens.authorization(for: token, in: cloud.world).isAdmin == false)
    try await cloud.execute(
      """
      INSERT INTO role_assignments (user_id, role_id, scope, target_id) SELECT users.id, roles.id, 'project', projects.id
      FROM users, roles, projects WHERE users.name = 'demo' AND roles.name = 'admin' AND projects.name = 'demo'
      """)
    #expect(try IdentityService.tokens.authorization(for: token, in: cloud.world).isAdmin)
    try await cloud.execute("DELETE FROM implied_roles")
    let names = try IdentityService.tokens.authorization(for: token, in: cloud.world).roles.map(\.name)
    #expect(names.sorted() == ["admin", "member"])
  }

  @Test("a token of one world is worth nothing in another")
  func worlds() async throws {
    let (one, other) = (try await TestCloud(name: "one"), try await TestCloud(name: "other"))
    let token = await one.token("demo", project: "demo")
    #expect(await isGood(token, one))
    #expect(await !isGood(token, other))
  }

  @Test("tokens survive a restart")
  func restart() async throws {
    let file = "/tmp/pocketstack-identity-\(Identifiers().hex()).db"
    let token: String
    do {
      let cloud = try await TestCloud(file: file)
      token = await cloud.token("demo", project: "demo")
      await cloud.world.close()
    }
    let cloud = try await TestCloud(file: file, isNew: false)
    #expect(await isGood(token, cloud))
    #expect(await cloud.login("demo", project: "demo").status == 201)
    await cloud.world.close()
  }

  @Test("other services read the caller from a token")
  func authorization() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("demo", project: "demo")
    let caller = try IdentityService.tokens.authorization(for: token, in: cloud.world)
    #expect(caller.user.name == "demo")
    #expect(caller.userDomain.id == "default")
    #expect(try caller.projectID == cloud.value("SELECT id FROM projects WHERE name = 'demo'"))
    #expect(caller.roles.map(\.name) == ["member", "reader"])
    #expect(!caller.isAdmin)
    #expect(throws: Fault.self) { try IdentityService.tokens.authorization(for: "nope", in: cloud.world) }
    let project = try #require(caller.projectID)
    #expect(try cloud.world.read { try IdentityService.tokens.projectExists(project, $0) })
    #expect(try cloud.world.read { try !IdentityService.tokens.projectExists("nope", $0) })
  }
}

@Suite("Token payloads")
struct TokenPayloadTests {
  private static let audit = AuditID(bytes: Array(0..<16))

  private func token(_ user: String, _ scope: Token.Scope, parent: AuditID? = nil) -> Token {
    Token(
      methods: [.password, .token], userID: user, userGeneration: 300, scope: scope,
      issuedAt: Timestamp(seconds: 5), expiresAt: Timestamp(seconds: 1_795_435_200), auditID: Self.audit,
      parentAuditID: parent)
  }

  @Test("come back as they were")
  func roundTrip() {
    let id = "0123456789abcdef0123456789abcdef"
    let tokens = [
      token(id, .unscoped), token(id, .system), token("default", .domain("default")), token(id, .project(id)),
      token("ÄÖÜ", .project("x"), parent: AuditID(bytes: Array(16..<32))), token("", .project("")),
      token("0123456789ABCDEF0123456789ABCDEF", .unscoped), token("0123456789abcdef", .unscoped),
    ]
    for token in tokens {
      #expect(TokenPayload.decode(TokenPayload.encode(token), issuedAt: Timestamp(seconds: 5)) == token)
    }
  }

  @Test("are refused when they are cut short or go on")
  func damaged() {
    let bytes = TokenPayload.encode(token("default", .project("x")))
    for length in 0..<bytes.count {
      #expect(TokenPayload.decode(Array(bytes.prefix(length)), issuedAt: Timestamp(seconds: 5)) == nil)
    }
    #expect(TokenPayload.decode(bytes + [9], issuedAt: Timestamp(seconds: 5)) == nil)
  }
}
