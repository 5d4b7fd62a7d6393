import Crypto
import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("OAuth")
struct OAuthTests {
  private struct Keys {
    var key = ""
    var secret = ""
    var token = ""
    var tokenSecret = ""
    var verifier: String?
  }

  private static let base = "http://cloud.example:5000/identity"

  /// The header that a client of RFC 5849 sends.
  private func authorization(_ path: String, _ keys: Keys, secret: String? = nil) -> (String, String) {
    var parameters = [
      "oauth_consumer_key": keys.key, "oauth_nonce": "abc123", "oauth_signature_method": "HMAC-SHA1",
      "oauth_timestamp": String(TestCloud.noon.seconds), "oauth_version": "1.0",
    ]
    if keys.token.isEmpty { parameters["oauth_callback"] = "oob" } else { parameters["oauth_token"] = keys.token }
    parameters["oauth_verifier"] = keys.verifier
    let pairs = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.percentEncoded)" }
    let text = "POST&\((Self.base + path).percentEncoded)&\(pairs.joined(separator: "&").percentEncoded)"
    let key = "\((secret ?? keys.secret))&\(keys.tokenSecret)"
    let code = HMAC<Insecure.SHA1>.authenticationCode(
      for: Array(text.utf8), using: SymmetricKey(data: Array(key.utf8)))
    parameters["oauth_signature"] = Base64.encoded(Array(code))
    let header = parameters.map { "\($0.key)=\"\($0.value.percentEncoded)\"" }.joined(separator: ", ")
    return ("Authorization", "OAuth realm=\"x\", " + header)
  }

  private func post(
    _ path: String, _ keys: Keys, _ cloud: TestCloud, secret: String? = nil, project: String = "", body: JSON? = nil
  ) async -> Answer {
    let headers = [authorization(path, keys, secret: secret), ("Requested-Project-Id", project)]
    return await cloud.send(.post, path, body: body, headers: headers)
  }

  private func read(_ answer: Answer, into keys: inout Keys) {
    let values = QueryParameters(parsing: answer.text)
    (keys.token, keys.tokenSecret) = (values["oauth_token"] ?? "", values["oauth_token_secret"] ?? "")
  }

  @Test("a consumer gets a token for what a user grants, and loses it when that is taken back")
  func dance() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let project = try cloud.id(ofProject: "admin")
    let consumer = await cloud.send(
      .post, "/v3/OS-OAUTH1/consumers", token: admin, body: ["consumer": ["description": "robot", "color": "red"]])
    #expect(consumer.status == 201 && consumer["consumer", "color"] == "red")
    var keys = Keys(key: consumer["consumer", "id"] ?? "", secret: consumer["consumer", "secret"] ?? "")
    let path = "/v3/OS-OAUTH1/request_token"
    #expect(await post(path, keys, cloud, secret: "guess", project: project).status == 401)
    #expect(await post(path, keys, cloud).message?.hasPrefix("Expecting to find Requested-Project-Id") == true)
    let request = await post(path, keys, cloud, project: project)
    #expect(request.status == 201 && request.headers["Content-Type"] == "application/x-www-form-urlencoded")
    read(request, into: &keys)
    keys.verifier = "too early"
    #expect(await post("/v3/OS-OAUTH1/access_token", keys, cloud).status == 401)
    let role = try cloud.id(ofRole: "member")
    let granted = await cloud.send(
      .put, "/v3/OS-OAUTH1/authorize/" + keys.token, token: admin, body: ["roles": [["id": .string(role)]]])
    keys.verifier = granted["token", "oauth_verifier"]
    #expect(keys.verifier?.count == 8)
    let access = await post("/v3/OS-OAUTH1/access_token", keys, cloud)
    #expect(access.status == 201)
    #expect(await post("/v3/OS-OAUTH1/access_token", keys, cloud).status == 404)
    read(access, into: &keys)
    keys.verifier = nil
    let body: JSON = ["auth": ["identity": ["methods": ["oauth1"], "oauth1": [:]]]]
    let token = await post("/v3/auth/tokens", keys, cloud, body: body)
    #expect(token.status == 201)
    #expect(token["token", "OS-OAUTH1", "access_token_id"] == keys.token)
    #expect(token.names("token", "roles").sorted() == ["member", "reader"])
    #expect(await post("/v3/auth/tokens", keys, cloud, secret: "guess", body: body).status == 401)
    #expect(await cloud.authenticate(["identity": TestCloud.token(token.token)]).status == 403)
    let own = "/v3/users/\(try cloud.id(ofUser: "admin"))/OS-OAUTH1/access_tokens"
    #expect(await cloud.send(.get, own, token: admin).names("access_tokens", of: "id") == [keys.token])
    #expect(await cloud.send(.get, own + "/\(keys.token)/roles", token: admin).names("roles") == ["member"])
    #expect(await cloud.send(.delete, own + "/" + keys.token, token: admin).status == 204)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: token.token).status == 401)
  }

  @Test("consumers are administrators' business, and keep their secret")
  func consumers() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let path = "/v3/OS-OAUTH1/consumers"
    let created = await cloud.send(.post, path, token: admin, body: ["consumer": [:]])
    let one = path + "/" + (created["consumer", "id"] ?? "")
    let changed = await cloud.send(.patch, one, token: admin, body: ["consumer": ["description": "new"]])
    #expect(changed["consumer", "description"] == "new" && changed["consumer", "secret"] == nil)
    #expect(await cloud.send(.patch, one, token: admin, body: ["consumer": ["secret": "x"]]).status == 400)
    #expect(await cloud.send(.get, one, token: cloud.token("demo", project: "demo")).status == 403)
    #expect(await cloud.send(.get, path, token: admin).names("consumers", of: "description") == ["new"])
    #expect(await cloud.send(.delete, one, token: admin).status == 204)
    #expect(await cloud.send(.get, one, token: admin).message == "Consumer not found")
  }
}
