import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("What domains configure for themselves")
struct DomainConfigTests {
  private static let path = "/v3/domains/default/config"
  private static let config: JSON = [
    "identity": ["driver": "ldap"], "ldap": ["url": "ldap://host", "password": "hidden", "page_size": 0],
  ]

  @Test("it is made, changed and taken away as a whole, by group and by option; secrets are never shown")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let path = Self.path
    #expect(
      await cloud.send(.get, path, token: token).message
        == "Could not find any options in domain configuration for domain default.")
    let created = await cloud.send(.put, path, token: token, body: ["config": Self.config])
    #expect(created.status == 201)
    #expect(
      created.json == ["config": ["identity": ["driver": "ldap"], "ldap": ["url": "ldap://host", "page_size": 0]]])
    #expect(await cloud.send(.put, path, token: token, body: ["config": Self.config]).status == 200)
    #expect(
      await cloud.send(.get, path + "/identity", token: token).json == ["config": ["identity": ["driver": "ldap"]]])
    #expect(await cloud.send(.get, path + "/ldap/url", token: token).json == ["config": ["url": "ldap://host"]])
    #expect(await cloud.send(.get, path + "/ldap/password", token: token).status == 404)
    let group = await cloud.send(
      .patch, path + "/identity", token: token, body: ["config": ["identity": ["list_limit": 9]]])
    #expect(group["config", "identity", "list_limit"] == "9" && group["config", "identity", "driver"] == "ldap")
    let option = await cloud.send(.patch, path + "/ldap/url", token: token, body: ["config": ["url": "ldap://other"]])
    #expect(option["config", "ldap", "url"] == "ldap://other")
    #expect(await cloud.send(.delete, path + "/ldap/url", token: token).status == 204)
    let gone = await cloud.send(.get, path + "/ldap/url", token: token)
    #expect(gone.message == "Could not find option url in group ldap in domain configuration for domain default.")
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(
      await cloud.send(.delete, path + "/ldap", token: token).message
        == "Could not find group ldap in domain configuration for domain default.")
  }

  @Test("what is not in the list is refused")
  func refusals() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    for (config, reason) in [
      ([:], "No options specified"),
      (["ldap": "x"], "The value of group ldap specified in the config should be a dictionary of options"),
      (["sql": ["x": 1]], "Group sql is not supported for domain specific configurations"),
      (["ldap": ["x": 1]], "Option x in group ldap is not supported for domain specific configurations"),
    ] as [(JSON, String)] {
      let refused = await cloud.send(.put, Self.path, token: token, body: ["config": config])
      #expect(refused.status == 403)
      #expect(refused.message == "Invalid domain specific configuration: \(reason).")
    }
    let other = await cloud.send(
      .patch, Self.path + "/ldap", token: token, body: ["config": ["identity": ["driver": "x"]]])
    #expect(
      other.message
        == "Invalid domain specific configuration: request to update group ldap, but config provided contains group "
        + "identity instead.")
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.get, Self.path, token: demo).status == 403)
    #expect(await cloud.send(.get, "/v3/domains/nowhere/config", token: demo).status == 403)
  }

  @Test("the defaults are those of keystone.conf, and anybody may read what is asked of passwords")
  func defaults() async throws {
    let cloud = try await TestCloud(["identity": ["security_compliance": ["password_regex": "^.{4}"]]])
    let token = await cloud.token("admin", project: "admin")
    let all = await cloud.send(.get, "/v3/domains/config/default", token: token)
    #expect(all["config", "identity", "driver"] == "sql" && all["config", "ldap", "pool_retry_delay"] == "0.1")
    let one = await cloud.send(.get, "/v3/domains/config/identity/driver/default", token: token)
    #expect(one.json == ["config": ["driver": "sql"]])
    let secret = await cloud.send(.get, "/v3/domains/config/ldap/password/default", token: token)
    #expect(secret.status == 403)
    let demo = await cloud.token("demo", project: "demo")
    let rules = await cloud.send(.get, Self.path + "/security_compliance", token: demo)
    #expect(rules["config", "security_compliance", "password_regex"] == "^.{4}")
    let regex = await cloud.send(.get, Self.path + "/security_compliance/password_regex", token: demo)
    #expect(regex.json == ["config": ["password_regex": "^.{4}"]])
    let others = await cloud.send(.get, Self.path + "/security_compliance/lockout_duration", token: demo)
    #expect(others.status == 403)
    #expect(await cloud.send(.delete, Self.path + "/security_compliance", token: token).status == 403)
  }
}
