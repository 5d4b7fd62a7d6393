import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Several factors")
struct MultiFactorTests {
  private static let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

  /// RFC 6238, appendix B, whose passwords have eight digits.
  @Test("one-time passwords are those of the RFC", arguments: [(59, "287082"), (1_111_111_109, "081804")])
  func vectors(_ seconds: Int, _ password: String) throws {
    #expect(try #require(TOTP(secret: Self.secret)).password(at: seconds) == password)
    #expect(TOTP(secret: "not base32!") == nil)
  }

  private func cloud(rules: String) async throws -> TestCloud {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let credential: JSON = [
      "type": "totp", "blob": .string(Self.secret), "user_id": .string(try cloud.id(ofUser: "demo")),
    ]
    #expect(await cloud.send(.post, "/v3/credentials", token: demo, body: ["credential": credential]).status == 201)
    try await cloud.execute("UPDATE users SET options = ? WHERE name = 'demo'", rules)
    return cloud
  }

  private func totp(_ cloud: TestCloud, at offset: Int = 0) throws -> JSON {
    let passcode = try #require(TOTP(secret: Self.secret)).password(at: cloud.world.now.seconds + offset)
    return ["user": ["name": "demo", "domain": ["id": "default"], "passcode": .string(passcode)]]
  }

  private static let both = #"{"multi_factor_auth_rules": [["password", "totp"], ["magic"]]}"#

  @Test("a password alone gets a receipt, with which the second factor gets a token")
  func receipt() async throws {
    let cloud = try await cloud(rules: Self.both)
    let first = await cloud.login("demo", project: "demo")
    #expect(first.status == 401 && first.token.isEmpty)
    #expect(first.json["required_auth_methods"] == [["password", "totp"]])
    #expect(first.json["receipt"]?["methods"] == ["password"] && first["receipt", "user", "name"] == "demo")
    let receipt = first.headers["Openstack-Auth-Receipt"] ?? ""
    let identity: JSON = ["methods": ["totp"], "totp": try totp(cloud)]
    let body: JSON = ["auth": ["identity": identity]]
    func login(_ receipt: String) async -> Answer {
      await cloud.send(.post, "/v3/auth/tokens", body: body, headers: [("Openstack-Auth-Receipt", receipt)])
    }
    let second = await login(receipt)
    #expect(second.status == 201 && second.json["token"]?["methods"] == ["password", "totp"])
    #expect(await login("nope").message == "Could not find auth receipt: nope.")
    #expect(await cloud.send(.get, "/v3/auth/projects", token: receipt).status == 401)
    cloud.world.clock.advance(by: .seconds(301))
    #expect(await login(receipt).status == 401)
  }

  @Test("both factors at once, and a password of the moment only")
  func together() async throws {
    let cloud = try await cloud(rules: Self.both)
    let password = TestCloud.password(["name": "demo", "domain": ["id": "default"]], "secret")
    func login(at offset: Int) async throws -> Int {
      let identity: JSON = [
        "methods": ["password", "totp"], "password": password["password"] ?? .null, "totp": try totp(cloud, at: offset),
      ]
      return await cloud.authenticate(["identity": identity]).status
    }
    #expect(try await login(at: 0) == 201)
    #expect(try await login(at: -30) == 201)
    #expect(try await login(at: -60) == 401)
    #expect(try await login(at: 30) == 401)
  }

  @Test(
    "rules that are switched off or name no method of the cloud lock nobody out",
    arguments: [
      #"{"multi_factor_auth_rules": [["password", "totp"]], "multi_factor_auth_enabled": false}"#,
      #"{"multi_factor_auth_rules": [["magic"]]}"#,
    ])
  func lockout(_ rules: String) async throws {
    #expect(try await cloud(rules: rules).login("demo", project: "demo").status == 201)
  }
}
