import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

/// What Keystone 30 answers, where it is not what one would guess.
@Suite("As upstream")
struct UpstreamTests {
  private static let links: JSON = [
    [
      "idp_id": "Acme",
      "protocols": [["protocol_id": "oidc", "unique_id": "ada@x"], ["protocol_id": "saml2", "unique_id": "a"]],
    ],
    ["idp_id": "git", "protocols": [["protocol_id": "oidc", "unique_id": "ada"]]],
  ]

  private func federatedOffice() async throws -> Office {
    let office = try await Office()
    let rules: JSON = [["local": [["user": ["name": "{0}"]]], "remote": [["type": "X"]]]]
    _ = await office.send(.put, "/OS-FEDERATION/mappings/m", ["mapping": ["rules": rules]])
    for path in ["Acme", "git", "Acme/protocols/oidc", "Acme/protocols/saml2", "git/protocols/oidc"] {
      let body: JSON =
        path.contains("/") ? ["protocol": ["mapping_id": "m"]] : ["identity_provider": ["enabled": true]]
      #expect(await office.send(.put, "/OS-FEDERATION/identity_providers/" + path, body).status == 201)
    }
    return office
  }

  @Test("a user is linked to accounts of identity providers, is found by them, and loses them with those")
  func federated() async throws {
    let office = try await federatedOffice()
    let created = await office.send(.post, "/users", ["user": ["name": "ada", "federated": Self.links]])
    #expect(created.status == 201 && created.json["user"]?["federated"] == Self.links)
    let path = "/users/" + (created["user", "id"] ?? "")
    #expect(await office.send(.get, path).json["user"]?["federated"] == Self.links)
    for (query, names) in [
      ("idp_id=ACME", ["ada"]), ("protocol_id=saml2", ["ada"]), ("idp_id=git&unique_id=a", []), ("unique_id=nope", []),
      ("unique_id=ADA", ["ada"]), ("unique_id__contains=ada", []), ("idp_id=git&enabled=false", []),
    ] as [(String, [String])] {
      let answer = await office.send(.get, "/users?" + query)
      #expect(answer.names("users") == names && answer.json["users"]?.array?.first?["federated"] == nil, "\(query)")
    }
    for (links, status, message) in [
      (
        [["idp_id": "git", "protocols": [["protocol_id": "oidc", "unique_id": "ada"]]]], 409,
        "Conflict occurred attempting to store federated_user - Duplicate entry."
      ),
      (
        [["idp_id": "git", "protocols": [["protocol_id": "kerberos", "unique_id": "z"]]]], 400,
        "Could not find federated protocol kerberos for Identity Provider: git."
      ),
    ] as [(JSON, Int, String)] {
      let answer = await office.send(.post, "/users", ["user": ["name": "eve", "federated": links]])
      #expect(answer.status == status && answer.message == message)
    }
    #expect(await office.send(.patch, path, ["user": ["federated": []]]).json["user"]?["federated"] == Self.links)
    #expect(await office.send(.delete, "/OS-FEDERATION/identity_providers/git/protocols/oidc").status == 204)
    #expect(await office.send(.get, path).json["user"]?["federated"]?.array?.count == 1)
    #expect(await office.send(.delete, "/OS-FEDERATION/identity_providers/Acme").status == 204)
    #expect(await office.send(.get, path).json["user"]?["federated"] == nil)
  }

  @Test("the token of a trust shows its roles whole, and not whether its project acts as a domain")
  func trustToken() async throws {
    let office = try await Office()
    let (admin, demo) = (try office.id("users", "admin"), try office.id("users", "demo"))
    let trust = await office.send(
      .post, "/OS-TRUST/trusts",
      [
        "trust": [
          "trustor_user_id": .string(admin), "trustee_user_id": .string(demo), "impersonation": false,
          "project_id": .string(try office.cloud.value("SELECT id FROM projects WHERE name = 'admin'")),
          "roles": [["name": "MEMBER"]],
        ]
      ])
    let answer = await office.cloud.login(
      "demo", scope: ["OS-TRUST:trust": ["id": .string(trust["trust", "id"] ?? "")]])
    #expect(answer.json["token"]?["is_domain"] == nil && answer.names("token", "roles") == ["reader", "member"])
    #expect(
      answer.json["token"]?["roles"]?.array?.first?.object?.keys == [
        "id", "name", "domain_id", "description", "options",
      ])
    #expect(answer.json["token"]?["roles"]?.array?.first?["options"] == ["immutable": true])
  }

  @Test("application credentials and access rules link to addresses without their user, and rules keep their order")
  func links() async throws {
    let office = try await Office()
    let user = "/users/" + (try office.id("users", "admin"))
    let rules: [JSON] = ["z", "a", "m", "b"].map {
      ["service": "image", "method": "GET", "path": .string("/v2/" + $0)]
    }
    let created = await office.send(
      .post, user + "/application_credentials",
      ["application_credential": ["name": "x", "access_rules": .array(rules)]])
    let id = created["application_credential", "id"] ?? ""
    let base = "http://cloud.example:5000/identity/v3"
    #expect(created["application_credential", "links", "self"] == base + "/application_credentials/" + id)
    let paths = ["/v2/z", "/v2/a", "/v2/m", "/v2/b"]
    #expect(created.names("application_credential", "access_rules", of: "path") == paths)
    let shown = await office.send(.get, user + "/application_credentials/" + id)
    #expect(shown.names("application_credential", "access_rules", of: "path") == paths)
    let list = await office.send(.get, user + "/access_rules")
    let rule = list["access_rules", "0", "id"] ?? ""
    #expect(list["access_rules", "0", "links", "self"] == base + "/access_rules/" + rule)
  }

  @Test("a policy's endpoints are shown without the older name of their region")
  func policyEndpoints() async throws {
    let office = try await Office()
    let policy = await office.send(.post, "/policies", ["policy": ["type": "a/b", "blob": "x"]])["policy", "id"] ?? ""
    let endpoint = try office.cloud.value("SELECT id FROM endpoints LIMIT 1")
    _ = await office.send(.put, "/policies/\(policy)/OS-ENDPOINT-POLICY/endpoints/\(endpoint)")
    let list = await office.send(.get, "/policies/\(policy)/OS-ENDPOINT-POLICY/endpoints").json["endpoints"]?.array
    #expect(list?.first?["region_id"] == "RegionOne" && list?.first?.object?["region"] == nil)
    #expect(await office.send(.get, "/endpoints/\(endpoint)")["endpoint", "region"] == "RegionOne")
  }

  @Test("the list of versions names v2.0 where the release had it", arguments: [Release.mitaka, .queens, .latest])
  func versions(release: Release) async throws {
    let answer = try await TestCloud(release: release).send(.get, "/")
    #expect(answer.names("versions", "values", of: "id").contains("v2.0") == (release == .mitaka))
  }

  @Test("limits outlive their service, their region and their domain, and go with their project")
  func limits() async throws {
    let office = try await Office()
    let service = await office.send(.post, "/services", ["service": ["type": "x"]])["service", "id"] ?? ""
    _ = await office.send(.post, "/regions", ["region": ["id": "north"]])
    let what: [(String, JSON)] = [
      ("service_id", .string(service)), ("region_id", "NORTH"), ("resource_name", "disk"),
    ]
    let project = await office.make("project", "p", ["domain_id": "default"])
    let domain = await office.make("domain", "d")
    let registered = await office.send(
      .post, "/registered_limits",
      [
        "registered_limits": [
          .object(JSONObject(what.map { (key: $0, value: $1) } + [(key: "default_limit", value: 9)]))
        ]
      ])
    #expect(registered["registered_limits", "0", "region_id"] == "north")
    let owners: [(String, String)] = [("project_id", project), ("domain_id", domain)]
    let limits = await office.send(
      .post, "/limits",
      [
        "limits": .array(
          owners.map { owner, id in
            .object(
              JSONObject(
                what.map { (key: $0, value: $1) } + [
                  (key: "resource_limit", value: 5), (key: owner, value: .string(id)),
                ]))
          })
      ])
    #expect(limits.status == 201)
    let ids = limits.names("limits", of: "id")
    #expect(await office.send(.delete, "/services/" + service).status == 204)
    #expect(await office.send(.delete, "/regions/north").status == 204)
    _ = await office.send(.patch, "/domains/" + domain, ["domain": ["enabled": false]])
    #expect(await office.send(.delete, "/domains/" + domain).status == 204)
    #expect(await office.send(.delete, "/projects/" + project).status == 204)
    var found: [Int] = []
    for id in ids { found.append(await office.send(.get, "/limits/" + id).status) }
    #expect(found == [404, 200])
    let first = registered["registered_limits", "0", "id"] ?? ""
    #expect(await office.send(.get, "/registered_limits/" + first).status == 200)
  }

  @Test("groups and limits are looked up before anybody is refused; users are not")
  func lookUpFirst() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let limit: JSON = ["limit": ["resource_limit": 5]]
    #expect(await cloud.send(.delete, "/v3/groups/none", token: demo).status == 404)
    #expect(await cloud.send(.patch, "/v3/limits/none", token: demo, body: limit).status == 404)
    #expect(await cloud.send(.delete, "/v3/limits/none", token: demo).status == 404)
    #expect(await cloud.send(.delete, "/v3/users/none", token: demo).status == 403)
    #expect(await cloud.send(.patch, "/v3/groups/none", token: demo, body: ["group": ["name": "x"]]).status == 403)
  }
}
