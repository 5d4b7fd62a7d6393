import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Trusts")
struct TrustTests {
  /// A cloud in which demo can trust bob and carol, who have no roles.
  private func cloud() async throws -> TestCloud {
    try await TestCloud([
      "seed": [
        "users": [
          [
            "name": "admin", "password": "secret", "roles": ["admin": ["admin"]], "system_roles": ["admin"],
          ],
          ["name": "demo", "password": "secret", "roles": ["demo": ["member"]]],
          ["name": "bob", "password": "secret"], ["name": "carol", "password": "secret"],
        ]
      ]
    ])
  }

  private func create(
    _ cloud: TestCloud, from trustor: String = "demo", to trustee: String = "bob", token: String? = nil,
    role: String = "member", impersonation: Bool = true, _ more: [String: JSON] = [:]
  ) async throws -> Answer {
    var trust: JSONObject = JSONObject([
      ("trustor_user_id", .string(try cloud.id(ofUser: trustor))),
      ("trustee_user_id", .string(try cloud.id(ofUser: trustee))),
      ("project_id", .string(try cloud.id(ofProject: "demo"))), ("impersonation", .bool(impersonation)),
      ("roles", [["name": .string(role)]]),
    ])
    for (name, value) in more { trust[name] = value }
    let own = await cloud.token("demo", project: "demo")
    return await cloud.send(.post, "/v3/OS-TRUST/trusts", token: token ?? own, body: ["trust": .object(trust)])
  }

  private func login(_ user: String, _ trust: Answer, _ cloud: TestCloud) async -> Answer {
    let id = trust.json["trust"]?["id"] ?? .null
    return await cloud.login(user, scope: ["OS-TRUST:trust": ["id": id]])
  }

  private func isGood(_ token: Answer, _ cloud: TestCloud) async -> Bool {
    await cloud.send(.get, "/v3/auth/projects", token: token.token).status == 200
  }

  @Test("give the trustee a token in the trustor's name, which is good for nothing further")
  func impersonation() async throws {
    let cloud = try await cloud()
    let trust = try await create(cloud)
    #expect(trust.status == 201)
    #expect(trust.names("trust", "roles") == ["member"] && trust.json["trust"]?["deleted_at"] == .null)
    #expect(trust["trust", "redelegation_count"] == "0" && trust.json["trust"]?["remaining_uses"] == .null)
    let token = await login("bob", trust, cloud)
    #expect(token.status == 201)
    #expect(token["token", "user", "name"] == "demo" && token["token", "project", "name"] == "demo")
    #expect(token["token", "OS-TRUST:trust", "trustee_user", "id"] == (try cloud.id(ofUser: "bob")))
    #expect(token.names("token", "roles").sorted() == ["member", "reader"])
    #expect(token.token.count < 255)
    let again = await cloud.authenticate(["identity": TestCloud.token(token.token)])
    #expect(again.status == 403)
    #expect(
      again.message
        == "You are not authorized to perform the requested action: Using trust-scoped token to create another token. "
        + "Create a new trust-scoped token instead.")
    let credentials = "/v3/users/\(try cloud.id(ofUser: "demo"))/application_credentials"
    let body: JSON = ["application_credential": ["name": "x"]]
    #expect(await cloud.send(.post, credentials, token: token.token, body: body).status == 403)
    #expect(await login("carol", trust, cloud).status == 403)
    let plain = await login("bob", try await create(cloud, impersonation: false), cloud)
    #expect(plain["token", "user", "name"] == "bob")
  }

  @Test(
    "end their tokens when they, the trustor or his role go",
    arguments: [
      "DELETE FROM trusts", "UPDATE users SET enabled = 0 WHERE name = 'demo'",
      "UPDATE users SET token_generation = token_generation + 1 WHERE name = 'demo'",
      "DELETE FROM role_assignments WHERE user_id = (SELECT id FROM users WHERE name = 'demo')",
      "DELETE FROM users WHERE name = 'demo'",
    ])
  func ends(_ sql: String) async throws {
    let cloud = try await cloud()
    let token = await login("bob", try await create(cloud), cloud)
    #expect(await isGood(token, cloud))
    try await cloud.execute(sql)
    #expect(await !isGood(token, cloud))
  }

  @Test("are used up, one login each")
  func uses() async throws {
    let cloud = try await cloud()
    let trust = try await create(cloud, ["remaining_uses": 1])
    let token = await login("bob", trust, cloud)
    #expect(await isGood(token, cloud))
    #expect(await login("bob", trust, cloud).status == 401)
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.get, "/v3/OS-TRUST/trusts/" + (trust["trust", "id"] ?? ""), token: demo).status == 404)
    #expect(try await create(cloud, ["remaining_uses": 0]).status == 400)
  }

  @Test("end in time, and their tokens with them")
  func expiry() async throws {
    let cloud = try await cloud()
    let end = (TestCloud.noon + .seconds(60)).text(.seconds)
    let trust = try await create(cloud, ["expires_at": .string(end)])
    #expect(trust["trust", "expires_at"] == end.dropLast() + ".000000Z")
    let token = await login("bob", trust, cloud)
    cloud.world.clock.advance(by: .seconds(61))
    #expect(await !isGood(token, cloud))
    #expect(await login("bob", trust, cloud).status == 401)
    #expect(try await create(cloud, ["expires_at": "bad.123Z"]).status == 400)
  }

  @Test("delegate what the trustor has, of himself")
  func limits() async throws {
    let cloud = try await cloud()
    #expect(try await create(cloud, role: "admin").status == 404)
    #expect(try await create(cloud, role: "nope").message == "Role nope is not defined")
    let empty = try await create(cloud, ["roles": []])
    #expect(
      empty.message == "You are not authorized to perform the requested action: At least one role should be specified.")
    #expect(try await create(cloud, from: "admin").status == 403)
    #expect(try await create(cloud, ["trustee_user_id": "nope"]).message == "Could not find user: nope.")
    #expect(try await create(cloud, ["impersonation": "yes"]).status == 400)
  }

  @Test("can be redelegated where that is allowed, and go with the first")
  func redelegation() async throws {
    let cloud = try await cloud()
    let first = try await create(cloud, ["allow_redelegation": true, "redelegation_count": 1])
    #expect(first["trust", "redelegation_count"] == "1")
    let bob = await login("bob", first, cloud).token
    let second = try await create(cloud, to: "carol", token: bob, role: "reader")
    #expect(second.status == 403)
    let narrower = try await create(cloud, to: "carol", token: bob)
    #expect(narrower.status == 201)
    #expect(narrower["trust", "redelegated_trust_id"] == first["trust", "id"])
    #expect(narrower["trust", "redelegation_count"] == "0")
    let carol = await login("carol", narrower, cloud)
    #expect(carol["token", "user", "name"] == "demo")
    let third = try await create(cloud, to: "bob", token: carol.token)
    #expect(third.status == 403)
    #expect(try await create(cloud, ["allow_redelegation": true, "redelegation_count": 9]).status == 403)
    let demo = await cloud.token("demo", project: "demo")
    #expect(
      await cloud.send(.delete, "/v3/OS-TRUST/trusts/" + (first["trust", "id"] ?? ""), token: demo).status == 204)
    #expect(await !isGood(carol, cloud))
  }

  @Test("are seen by the two whom they concern, and by administrators")
  func visibility() async throws {
    let cloud = try await cloud()
    let trust = try await create(cloud)
    let path = "/v3/OS-TRUST/trusts/" + (trust["trust", "id"] ?? "")
    let admin = await cloud.token("admin", project: "admin")
    let (bob, carol) = (await cloud.token("bob"), await cloud.token("carol"))
    #expect(await cloud.send(.get, path, token: bob)["trust", "roles_links", "self"]?.hasSuffix("/roles") == true)
    #expect(await cloud.send(.get, path, token: carol).status == 403)
    #expect(await cloud.send(.get, "/v3/OS-TRUST/trusts/nope", token: carol).message == "Could not find trust: nope.")
    #expect(await cloud.send(.get, "/v3/OS-TRUST/trusts", token: bob).status == 403)
    let all = await cloud.send(.get, "/v3/OS-TRUST/trusts", token: admin)
    #expect(all.names("trusts", of: "id").count == 1 && all["trusts", "0", "roles"] == nil)
    let mine = "/v3/OS-TRUST/trusts?trustee_user_id=" + (try cloud.id(ofUser: "bob"))
    #expect(await cloud.send(.get, mine, token: bob).names("trusts", of: "id").count == 1)
    #expect(await cloud.send(.get, mine, token: carol).status == 403)
    let role = try cloud.id(ofRole: "member")
    #expect(await cloud.send(.get, path + "/roles", token: bob).names("roles") == ["member"])
    #expect(await cloud.send(.head, path + "/roles/" + role, token: bob).status == 200)
    #expect(await cloud.send(.get, path + "/roles/" + (try cloud.id(ofRole: "reader")), token: bob).status == 404)
    #expect(await cloud.send(.delete, path, token: bob).status == 403)
  }
}
