import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Federation's configuration")
struct FederationTests {
  private static let base = "/v3/OS-FEDERATION"
  private static let rules: JSON = [
    ["local": [["user": ["name": "{0}"]], ["group": ["id": "abc"]]], "remote": [["type": "name"]]]
  ]

  @Test("an identity provider gets a domain, and keeps its remote ids to itself")
  func identityProviders() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let path = Self.base + "/identity_providers"
    let created = await cloud.send(
      .put, path + "/acme", token: token, body: ["identity_provider": ["remote_ids": ["b", "a"]]])
    #expect(created.status == 201 && created["identity_provider", "enabled"] == "False")
    #expect(created.json["identity_provider"]?["remote_ids"] == ["a", "b"])
    #expect(
      created["identity_provider", "links", "protocols"]
        == "http://cloud.example:5000/identity\(path)/acme/protocols")
    let domain = await cloud.send(
      .get, "/v3/domains/" + (created["identity_provider", "domain_id"] ?? ""), token: token)
    #expect(
      domain["domain", "description"] == "Auto generated federated domain for Identity Provider: acme")
    let taken = await cloud.send(
      .put, path + "/other", token: token, body: ["identity_provider": ["remote_ids": ["b"], "domain_id": "default"]])
    #expect(taken.status == 409)
    #expect(
      taken.message == "Conflict occurred attempting to store identity_provider - Duplicate remote ID: b.")
    #expect(await cloud.send(.get, path + "/other", token: token).status == 404)
    let changed = await cloud.send(
      .patch, path + "/acme", token: token, body: ["identity_provider": ["enabled": "yes", "remote_ids": nil]])
    #expect(changed["identity_provider", "enabled"] == "True")
    #expect(changed.json["identity_provider"]?["remote_ids"] == [])
    let strange = await cloud.send(.patch, path + "/acme", token: token, body: ["identity_provider": ["name": "x"]])
    #expect(
      strange.message
        == "Invalid input for field/attribute identity_provider. Value: {'name': 'x'}. Additional properties are not "
        + "allowed ('name' was unexpected)")
    #expect(await cloud.send(.get, path, token: cloud.token("demo", project: "demo")).status == 403)
    #expect(await cloud.send(.delete, path + "/acme", token: token).status == 204)
    #expect(await cloud.send(.get, path + "/acme", token: token).message == "Could not find Identity Provider: acme.")
  }

  @Test("a protocol needs its provider and a mapping")
  func protocols() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let path = Self.base + "/identity_providers/acme"
    let body: JSON = ["protocol": ["mapping_id": "m"]]
    #expect(await cloud.send(.put, path + "/protocols/p", token: token, body: body).message == "Invalid mapping id: m")
    let mapping: JSON = ["mapping": ["rules": Self.rules]]
    let made = await cloud.send(.put, Self.base + "/mappings/m", token: token, body: mapping)
    #expect(made.status == 201 && made["mapping", "schema_version"] == "1.0")
    #expect(made.json["mapping"]?["rules"] == Self.rules)
    #expect(
      await cloud.send(.put, path + "/protocols/p", token: token, body: body).message
        == "Could not find Identity Provider: acme.")
    _ = await cloud.send(.put, path, token: token, body: ["identity_provider": [:]])
    let created = await cloud.send(.put, path + "/protocols/p", token: token, body: body)
    #expect(created.status == 201 && created.json["protocol"]?.object?.keys == ["id", "mapping_id", "links"])
    #expect(
      await cloud.send(.put, path + "/protocols/p", token: token, body: body).message
        == "Conflict occurred attempting to store federation_protocol - Duplicate entry found with ID p.")
    let list = await cloud.send(.get, path + "/protocols", token: token)
    #expect(list.names("protocols", of: "idp_id") == ["acme"])
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(
      await cloud.send(.get, path + "/protocols/p", token: token).message
        == "Could not find federated protocol p for Identity Provider: acme.")
  }

  @Test("mapping rules have a form, which depends on the version of the schema")
  func mappings() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let path = Self.base + "/mappings/m"
    let projects: JSON = ["projects": [["name": "x", "roles": [["name": "member"]], "domain": ["name": "d"]]]]
    let rules: JSON = [["local": [projects], "remote": [["type": "x", "any_one_of": ["y"], "regex": true]]]]
    let old = await cloud.send(.put, path, token: token, body: ["mapping": ["rules": rules]])
    #expect(old.status == 400)
    #expect(old.message == "Additional properties are not allowed ('domain' was unexpected)\n")
    let body: JSON = ["mapping": ["rules": rules, "schema_version": "2.0"]]
    #expect(await cloud.send(.put, path, token: token, body: body).status == 201)
    for (rules, message) in [
      ([], "[] should be non-empty\n"),
      ([["local": []]], "'remote' is a required property\n"),
      (
        [["local": [], "remote": [["type": "x", "blacklist": [], "whitelist": []]]]],
        "{'type': 'x', 'blacklist': [], 'whitelist': []} is not valid under any of the given schemas\n"
      ),
    ] as [(JSON, String)] {
      let refused = await cloud.send(.patch, path, token: token, body: ["mapping": ["rules": rules]])
      #expect(refused.status == 400 && refused.message == message)
    }
  }

  @Test("tokens list the service providers that are enabled")
  func serviceProviders() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let path = Self.base + "/service_providers/far"
    let body: JSON = ["service_provider": ["auth_url": "https://far/auth", "sp_url": "https://far/sp"]]
    let created = await cloud.send(.put, path, token: token, body: body)
    #expect(created.status == 201 && created["service_provider", "relay_state_prefix"] == "ss:mem:")
    #expect(await cloud.login("demo", project: "demo").json["token"]?["service_providers"] == nil)
    _ = await cloud.send(.patch, path, token: token, body: ["service_provider": ["enabled": true]])
    let login = await cloud.login("demo", project: "demo")
    #expect(
      login.json["token"]?["service_providers"]
        == [["auth_url": "https://far/auth", "id": "far", "sp_url": "https://far/sp"]])
    #expect(
      await cloud.send(.put, path, token: token, body: body).message
        == "Conflict occurred attempting to store service_provider - Duplicate entry found with ID far.")
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).message == "Could not find Service Provider: far.")
  }
}
