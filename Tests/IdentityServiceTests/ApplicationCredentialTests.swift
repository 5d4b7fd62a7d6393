import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Application credentials")
struct ApplicationCredentialTests {
  private func create(_ cloud: TestCloud, _ members: JSONObject = JSONObject(), token: String? = nil) async throws
    -> Answer
  {
    var members = members
    members["name"] = members["name"] ?? "robot"
    let own = await cloud.token("demo", project: "demo")
    return await cloud.send(
      .post, "/v3/users/\(try cloud.id(ofUser: "demo"))/application_credentials", token: token ?? own,
      body: ["application_credential": .object(members)])
  }

  private func login(_ credential: Answer, _ cloud: TestCloud) async -> Answer {
    let identity: JSON = [
      "methods": ["application_credential"],
      "application_credential": [
        "id": credential.json["application_credential"]?["id"] ?? .null,
        "secret": credential.json["application_credential"]?["secret"] ?? .null,
      ],
    ]
    return await cloud.authenticate(["identity": identity])
  }

  @Test("show their secret once, and log in for their project, by id or by name")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let created = try await create(cloud, JSONObject([("expires_at", "2026-11-30T00:00:00")]))
    #expect(created.status == 201)
    #expect(created["application_credential", "secret"]?.count == 86)
    #expect(created["application_credential", "expires_at"] == "2026-11-30T00:00:00.000000")
    #expect(created.names("application_credential", "roles").sorted() == ["member", "reader"])
    let token = await login(created, cloud)
    #expect(token.status == 201)
    #expect(token.json["token"]?["methods"] == ["application_credential"])
    #expect(token["token", "project", "name"] == "demo")
    #expect(token["token", "application_credential", "restricted"] == "True")
    #expect(token.token.count < 255)
    let user = try cloud.id(ofUser: "demo")
    let path = "/v3/users/\(user)/application_credentials/" + (created["application_credential", "id"] ?? "")
    let shown = await cloud.send(.get, path, token: token.token)
    #expect(shown.status == 200 && shown["application_credential", "secret"] == nil)
    #expect(try await create(cloud).status == 409)
    let secret = created.json["application_credential"]?["secret"] ?? .null
    let byName: JSON = [
      "methods": ["application_credential"],
      "application_credential": [
        "name": "robot", "secret": secret, "user": ["name": "demo", "domain": ["id": "default"]],
      ],
    ]
    #expect(await cloud.authenticate(["identity": byName]).status == 201)
    let scoped: JSON = ["identity": byName, "scope": ["system": ["all": true]]]
    #expect(
      await cloud.authenticate(scoped).message
        == "Error authenticating with application credential: Application credentials cannot request a scope.")
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.delete, path, token: demo).status == 204)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token.token).status == 401)
    #expect(await login(created, cloud).status == 404)
  }

  @Test("of the restricted kind make no others, nor trusts")
  func restricted() async throws {
    let cloud = try await TestCloud()
    let token = await login(try await create(cloud), cloud)
    let refused = try await create(cloud, JSONObject([("name", "second")]), token: token.token)
    #expect(refused.status == 403)
    #expect(
      refused.message
        == "You are not authorized to perform the requested action: Using method 'application_credential' is not "
        + "allowed for managing additional application credentials..")
    let free = await login(
      try await create(cloud, JSONObject([("name", "free"), ("unrestricted", true)])), cloud)
    #expect(try await create(cloud, JSONObject([("name", "third")]), token: free.token).status == 201)
    let user = JSON.string(try cloud.id(ofUser: "demo"))
    let trust: JSON = ["trust": ["trustor_user_id": user, "trustee_user_id": user, "impersonation": false]]
    #expect(await cloud.send(.post, "/v3/OS-TRUST/trusts", token: free.token, body: trust).status == 403)
  }

  @Test("have roles of the token only, and lose those that their user loses")
  func roles() async throws {
    let cloud = try await TestCloud()
    let unassigned = try await create(cloud, JSONObject([("roles", [["name": "admin"]])]))
    #expect(unassigned.status == 400)
    #expect(
      unassigned.message
        == "Invalid application credential: Cannot create an application credential with unassigned role")
    #expect(
      try await create(cloud, JSONObject([("roles", [["name": "nope"]])])).message == "Role nope is not defined")
    let reader = try await create(cloud, JSONObject([("roles", [["name": "reader"]])]))
    let token = await login(reader, cloud)
    #expect(token.names("token", "roles") == ["reader"])
    try await cloud.execute("DELETE FROM role_assignments WHERE user_id = ?", try cloud.id(ofUser: "demo"))
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token.token).status == 401)
    #expect(await login(reader, cloud).status == 401)
  }

  @Test("end tokens with their own end, and go when their user is disabled")
  func ends() async throws {
    let cloud = try await TestCloud()
    let end = (TestCloud.noon + .seconds(60)).text(.plain)
    let created = try await create(cloud, JSONObject([("expires_at", .string(end))]))
    #expect(await login(created, cloud)["token", "expires_at"] == end + ".000000Z")
    #expect(try await create(cloud, JSONObject([("expires_at", "2020-01-01")])).status == 400)
    cloud.world.clock.advance(by: .seconds(60))
    #expect(await login(created, cloud).status == 401)
    try await cloud.execute("UPDATE users SET enabled = 0 WHERE name = 'demo'")
    #expect(try cloud.value("SELECT count(*) || '' FROM application_credentials") == "0")
  }

  @Test("with access rules are good for nothing else, and only where rules are minded")
  func accessRules() async throws {
    let cloud = try await TestCloud()
    let rules: JSON = [["service": "identity", "method": "GET", "path": "/v3/users/{id}/access_rules"]]
    let created = try await create(cloud, JSONObject([("access_rules", rules)]))
    #expect(created["application_credential", "access_rules", "0", "service"] == "identity")
    let token = await login(created, cloud).token
    let user = try cloud.id(ofUser: "demo")
    let list = await cloud.send(.get, "/v3/users/\(user)/access_rules", token: token)
    #expect(list.status == 200 && list.names("access_rules", of: "path") == ["/v3/users/{id}/access_rules"])
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 401)
    #expect(await cloud.send(.get, "/v3/users/\(user)/access_rules/x", token: token).status == 401)
    let admin = await cloud.token("admin", project: "admin")
    #expect(await cloud.send(.get, "/v3/auth/tokens", token: admin, subject: token).status == 404)
    let minding = await cloud.send(
      .get, "/v3/auth/tokens", token: admin, subject: token, headers: [("OpenStack-Identity-Access-Rules", "1.0")])
    #expect(minding["token", "application_credential", "access_rules", "0", "method"] == "GET")
    let demo = await cloud.token("demo", project: "demo")
    let path = "/v3/users/\(user)/access_rules/" + (list["access_rules", "0", "id"] ?? "")
    #expect(await cloud.send(.delete, path, token: demo).message == "May not delete access rule in use")
    let credential = created["application_credential", "id"] ?? ""
    _ = await cloud.send(.delete, "/v3/users/\(user)/application_credentials/\(credential)", token: demo)
    #expect(await cloud.send(.delete, path, token: demo).status == 204)
    #expect(await cloud.send(.get, path, token: demo).status == 404)
  }

  @Test("get tokens by OAuth 2.0 too, with its refusals")
  func oauth2() async throws {
    let cloud = try await TestCloud()
    let created = try await create(cloud)
    let id = created["application_credential", "id"] ?? ""
    let secret = created["application_credential", "secret"] ?? ""
    func ask(_ form: String, _ secret: String) async -> Answer {
      let basic = "Basic " + Base64.encoded(Array("\(id):\(secret)".utf8))
      return await cloud.send(
        .post, "/v3/OS-OAUTH2/token", text: form,
        headers: [("Authorization", basic), ("Content-Type", "application/x-www-form-urlencoded")])
    }
    let answer = await ask("grant_type=client_credentials", secret)
    #expect(answer.status == 200 && answer["token_type"] == "Bearer" && answer["expires_in"] == "3600")
    #expect(await cloud.send(.get, "/v3/auth/projects", token: answer["access_token"]).status == 200)
    let wrong = await ask("grant_type=client_credentials", "guess")
    #expect(wrong.status == 401 && wrong["error"] == "invalid_client")
    #expect(wrong.headers["WWW-Authenticate"] == "Keystone uri=\"http://cloud.example:5000/identity/v3\"")
    #expect(await ask("grant_type=password", secret)["error"] == "unsupported_grant_type")
    #expect(await ask("", secret)["error_description"] == "The parameter grant_type is required.")
  }

  @Test("are as many as the configuration allows")
  func limit() async throws {
    let cloud = try await TestCloud([
      "identity": ["delegation": ["application_credentials_per_user": 1, "credentials_per_user": 0]]
    ])
    #expect(try await create(cloud).status == 201)
    #expect(
      try await create(cloud, JSONObject([("name", "second")])).message
        == "Unable to create additional application credentials, maximum of 1 already exceeded for user.")
    let demo = await cloud.token("demo", project: "demo")
    let path = "/v3/users/\(try cloud.id(ofUser: "demo"))/credentials/OS-EC2"
    let body: JSON = ["tenant_id": .string(try cloud.id(ofProject: "demo"))]
    #expect(await cloud.send(.post, path, token: demo, body: body).status == 403)
  }

  @Test("are no business of other users")
  func isolation() async throws {
    let cloud = try await TestCloud()
    let path = "/v3/users/\(try cloud.id(ofUser: "admin"))/application_credentials"
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.get, path, token: demo).status == 403)
    let body: JSON = ["application_credential": ["name": "x"]]
    #expect(await cloud.send(.post, path, token: demo, body: body).status == 403)
    let created = try await create(cloud)
    let admin = await cloud.token("admin", project: "admin")
    let id = created["application_credential", "id"] ?? ""
    #expect(await cloud.send(.get, path + "/" + id, token: admin).status == 200)
    let other = "/v3/users/\(try cloud.id(ofUser: "demo"))/application_credentials"
    #expect(await cloud.send(.post, other, token: admin, body: body).status == 403)
  }
}
