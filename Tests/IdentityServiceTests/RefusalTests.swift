import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Refused logins")
struct RefusalTests {
  private static let unauthorized = "The request you have made requires authentication."
  private static let demo: JSON = ["project": ["name": "demo", "domain": ["id": "default"]]]

  private static func expecting(_ what: String, _ place: String) -> String {
    "Expecting to find \(what) in \(place). The server could not comply with the request since it is either malformed "
      + "or otherwise incorrect. The client is assumed to be in error."
  }

  @Test("whatever is wrong, the answer is the same")
  func noEnumeration() async throws {
    let cloud = try await TestCloud()
    let domain: JSON = ["id": "default"]
    let right = TestCloud.password(["name": "demo", "domain": domain], "secret")
    let attempts: [JSON] = [
      ["identity": TestCloud.password(["name": "demo", "domain": domain], "wrong")],
      ["identity": TestCloud.password(["name": "demo", "domain": domain], nil)],
      ["identity": TestCloud.password(["name": "nobody", "domain": domain], "secret")],
      ["identity": TestCloud.password(["id": "nobody"], "secret")],
      ["identity": TestCloud.password(["name": "demo", "domain": ["name": "nowhere"]], "secret")],
      ["identity": right, "scope": ["project": ["id": "nope"]]],
      ["identity": right, "scope": ["project": ["name": "admin", "domain": domain]]],
      ["identity": right, "scope": ["project": ["id": "default"]]],
      ["identity": right, "scope": ["domain": domain]],
      ["identity": right, "scope": ["domain": ["id": "nope"]]],
      ["identity": right, "scope": ["system": ["all": true]]],
      ["identity": right, "scope": ["OS-TRUST:trust": ["id": "nope"]]],
      ["identity": ["methods": []]],
    ]
    for auth in attempts {
      let answer = await cloud.authenticate(auth)
      #expect(answer.status == 401, "\(auth.jsonText)")
      #expect(answer.json == ["error": ["code": 401, "message": .string(Self.unauthorized), "title": "Unauthorized"]])
      #expect(answer.headers["WWW-Authenticate"] == "Keystone uri=\"http://cloud.example:5000/identity/v3\"")
    }
  }

  @Test(
    "nobody who is disabled gets in",
    arguments: [
      "UPDATE users SET enabled = 0", "UPDATE projects SET enabled = 0 WHERE name = 'demo'",
      "UPDATE projects SET enabled = 0 WHERE id = 'default'",
    ])
  func disabled(_ sql: String) async throws {
    let cloud = try await TestCloud()
    try await cloud.execute(sql)
    #expect(await cloud.login("demo", project: "demo").status == 401)
  }

  @Test("what is missing is named in Keystone's words")
  func missing() async throws {
    let cloud = try await TestCloud()
    let right = TestCloud.password(["name": "demo", "domain": ["id": "default"]], "secret")
    let attempts: [(JSON, String)] = [
      (["identity": TestCloud.password(["name": "demo"], "secret")], Self.expecting("domain", "user")),
      (["identity": ["methods": ["password"]]], Self.expecting("password", "identity")),
      (["identity": ["methods": ["password"], "password": [:]]], Self.expecting("user", "password")),
      (
        ["identity": ["methods": ["token"], "token": [:]]],
        "Invalid input for field 'identity/token': 'id' is a required property"
      ),
      (
        ["identity": TestCloud.password([:], "secret")],
        "Invalid input for field identity/password/user: id or name must be present."
      ),
      (
        ["identity": TestCloud.password(["name": "", "domain": ["id": "default"]], "x")],
        Self.expecting("id or name", "user")
      ),
      (["identity": right, "scope": ["project": ["name": "demo"]]], Self.expecting("domain", "project")),
      (
        ["identity": right, "scope": ["project": [:]]],
        "Invalid input for field scope/project: id or name must be present."
      ),
      (
        ["identity": right, "scope": [:]],
        Self.expecting("system, project, domain, OS-TRUST:trust or unscoped", "scope")
      ),
      (
        ["identity": right, "scope": ["project": ["id": "a"], "domain": ["id": "b"]]],
        Self.expecting("system, project, domain, OS-TRUST:trust or unscoped", "scope")
      ),
      ([:], "'identity' is a required property"),
      (["identity": [:]], "Invalid input for field 'identity': 'methods' is a required property"),
      (
        ["identity": ["methods": "password"]],
        "Invalid input for field 'identity/methods': 'password' is not of type 'array'"
      ),
      (["identity": ["methods": [1]]], "Invalid input for field 'identity/methods/0': 1 is not of type 'string'"),
      (
        ["identity": TestCloud.password(["name": 1], "x")],
        "Invalid input for field 'identity/password/user/name': 1 is not of type 'string'"
      ),
      (["identity": right, "scope": 7], "Invalid input for field 'scope': 7 is not of type 'object', 'string'"),
    ]
    for (auth, message) in attempts {
      let answer = await cloud.authenticate(auth)
      #expect(answer.status == 400, "\(auth.jsonText)")
      #expect(answer.message == message)
    }
  }

  @Test("a body that is no JSON object", arguments: ["{", "[]", "7", "\"auth\"", "{\"auth\":}", "nonsense"])
  func malformed(_ text: String) async throws {
    let answer = try await TestCloud().send(.post, "/v3/auth/tokens", text: text)
    #expect(answer.status == 400)
    #expect(answer.message == Self.expecting("valid JSON", "request body"))
  }

  @Test("no body, no auth, and auth that is null")
  func withoutAuth() async throws {
    let cloud = try await TestCloud()
    for text in ["", "{}", "{\"auth\": null}"] {
      let answer = await cloud.send(.post, "/v3/auth/tokens", text: text)
      #expect(answer.status == 400)
      #expect(answer.message == Self.expecting("auth", "request body"))
    }
  }

  @Test("another media type")
  func mediaType() async throws {
    let cloud = try await TestCloud()
    let answer = await cloud.send(
      .post, "/v3/auth/tokens", text: "{}", headers: [("Content-Type", "application/x-www-form-urlencoded")])
    #expect(answer.status == 400)
    #expect(answer.message == Self.expecting("application/json", "Content-Type header"))
  }

  @Test("a method that there is not, with those that there are")
  func unknownMethod() async throws {
    let answer = try await TestCloud().authenticate(["identity": ["methods": ["magic"], "magic": [:]]])
    #expect(answer.status == 401)
    #expect(answer.message == "Attempted to authenticate with an unsupported method.")
    #expect(
      answer.json["error"]?["identity"] == [
        "methods": ["password", "token", "oauth1", "application_credential", "totp"]
      ])
  }

  @Test("a token that is no good is not found")
  func badToken() async throws {
    let cloud = try await TestCloud()
    let nonsense = await cloud.authenticate(["identity": TestCloud.token("nope")])
    #expect(nonsense.status == 404)
    #expect(nonsense.message == "Could not recognize Fernet token")
    let token = await cloud.token("demo")
    cloud.world.clock.advance(by: .seconds(3600))
    let expired = await cloud.authenticate(["identity": TestCloud.token(token)])
    #expect(expired.status == 404)
    #expect(expired.message == "Failed to validate token")
  }

  @Test("two proofs must be of one user")
  func twoProofs() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("demo")
    for (user, status) in [("demo", 201), ("admin", 401)] {
      var identity = TestCloud.password(["name": .string(user), "domain": ["id": "default"]], "secret").object
      identity?["methods"] = ["password", "token"]
      identity?["token"] = ["id": .string(token)]
      let answer = await cloud.authenticate(["identity": .object(identity ?? JSONObject())])
      #expect(answer.status == status)
    }
  }

  @Test("a bad token that comes along")
  func strayToken() async throws {
    let cloud = try await TestCloud()
    let auth: JSON = ["identity": TestCloud.password(["name": "demo", "domain": ["id": "default"]], "secret")]
    let answer = await cloud.send(.post, "/v3/auth/tokens", token: "nope", body: ["auth": auth])
    #expect(answer.status == 401)
  }
}
