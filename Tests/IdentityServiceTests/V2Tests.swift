import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Identity API v2.0")
struct V2Tests {
  private func login(_ cloud: TestCloud, _ user: String, tenant: String? = nil) async -> Answer {
    var auth = JSONObject([("passwordCredentials", ["username": .string(user), "password": "secret"])])
    auth["tenantName"] = tenant.map(JSON.string)
    return await cloud.send(.post, "/v2.0/tokens", body: ["auth": .object(auth)])
  }

  @Test("logs in with a tenant, and the token is good for v3 as well")
  func tokens() async throws {
    let cloud = try await TestCloud()
    let answer = await login(cloud, "demo", tenant: "demo")
    #expect(answer.status == 200 && answer.headers["X-Subject-Token"] == nil)
    let access = try #require(answer.json["access"])
    let token = answer["access", "token", "id"] ?? ""
    #expect(access["token"]?["tenant"]?["name"] == "demo" && access["token"]?["tenant"]?["enabled"] == true)
    #expect(access["token"]?["expires"] == .string((TestCloud.noon + .seconds(3600)).text(.microsecondsZ)))
    #expect(access["user"]?["username"] == "demo" && access["user"]?["roles_links"] == [])
    #expect(access["user"]?["roles"] == [["name": "member"], ["name": "reader"]])
    #expect(access["metadata"]?["is_admin"] == 0 && access["metadata"]?["roles"]?.array?.count == 2)
    let tenant = answer["access", "token", "tenant", "id"] ?? ""
    let volume = access["serviceCatalog"]?.array?.first { $0["type"] == "volumev3" }
    #expect(volume?["endpoints_links"] == [] && volume?["name"] == "cinderv3")
    let endpoint = volume?["endpoints"]?.array?.first
    #expect(endpoint?["publicURL"] == .string("http://cloud.example:5000/volume/v3/\(tenant)"))
    #expect(endpoint?["adminURL"] != nil && endpoint?["internalURL"] != nil && endpoint?["region"] == "RegionOne")
    let own = await cloud.send(.get, "/v3/auth/tokens", token: token, subject: token)
    #expect(own.status == 200 && own["token", "project", "id"] == tenant)
    let unscoped: JSON = ["auth": ["token": ["id": .string(token)]]]
    let again = await cloud.send(.post, "/v2.0/tokens", body: unscoped)
    #expect(again.json["access"]?["serviceCatalog"] == [] && again.json["access"]?["token"]?["tenant"] == nil)
  }

  @Test("refuses logins in Keystone's words")
  func refusals() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "domains": [["id": "default", "name": "Default"], ["id": "school", "name": "School"]],
        "projects": [["name": "demo"]],
        "users": [
          ["name": "demo", "password": "secret"],
          ["id": "ada", "name": "ada", "password": "secret", "domain": "school"],
        ],
      ]
    ])
    let unauthorized = "The request you have made requires authentication."
    func expecting(_ what: String, _ place: String) -> String { Fault.expecting(what, in: place).message }
    let attempts: [(JSON, Int, String)] = [
      ([:], 400, expecting("auth", "request body")), (["auth": [:]], 400, expecting("auth", "request body")),
      (["auth": ["passwordCredentials": ["username": "demo"]]], 400, expecting("password", "passwordCredentials")),
      (
        ["auth": ["passwordCredentials": ["password": "a"]]], 400,
        expecting("username or userId", "passwordCredentials")
      ),
      (["auth": ["token": [:]]], 400, expecting("id", "token")),
      (["auth": ["token": ["id": "nonsense"]]], 401, unauthorized),
      (["auth": ["passwordCredentials": ["username": "demo", "password": "wrong"]]], 401, unauthorized),
      (["auth": ["passwordCredentials": ["username": "ada", "password": "secret"]]], 401, unauthorized),
      (["auth": ["passwordCredentials": ["userId": "ada", "password": "secret"]]], 401, unauthorized),
      (
        ["auth": ["passwordCredentials": ["username": "demo", "password": "secret"], "tenantName": "demo"]], 401,
        unauthorized
      ),
    ]
    for (body, status, message) in attempts {
      let answer = await cloud.send(.post, "/v2.0/tokens", body: body)
      #expect(answer.status == status && answer.message == message, "\(body.jsonText): \(answer.text)")
    }
    #expect(await cloud.send(.post, "/v2.0/tokens", text: "[]").status == 400)
  }

  @Test("checks and revokes tokens for administrators")
  func validation() async throws {
    let cloud = try await TestCloud()
    let admin = await login(cloud, "admin", tenant: "admin")["access", "token", "id"] ?? ""
    let demo = await login(cloud, "demo", tenant: "demo")["access", "token", "id"] ?? ""
    let path = "/v2.0/tokens/" + demo
    #expect(await cloud.send(.get, path, token: admin)["access", "user", "name"] == "demo")
    #expect(await cloud.send(.head, path, token: admin).status == 200)
    #expect(await cloud.send(.get, path + "?belongsTo=other", token: admin).status == 401)
    let endpoints = await cloud.send(.get, path + "/endpoints", token: admin)
    #expect(endpoints.names("endpoints", of: "type").contains("compute"))
    let refused = await cloud.send(.delete, path, token: demo)
    #expect(refused.message == "You are not authorized to perform the requested action: admin_required.")
    #expect(await cloud.send(.delete, path, token: admin).status == 204)
    #expect(await cloud.send(.get, path, token: admin).status == 404)
    #expect(await cloud.send(.get, "/v2.0/tokens/revoked", token: admin).status == 410)
  }

  @Test("lists the caller's tenants, and all of them to administrators")
  func tenants() async throws {
    let cloud = try await TestCloud()
    let unscoped = await login(cloud, "demo")["access", "token", "id"] ?? ""
    let own = await cloud.send(.get, "/v2.0/tenants", token: unscoped)
    #expect(own.names("tenants") == ["demo"] && own.json["tenants_links"] == [])
    #expect(own.json["tenants"]?.array?.first?["domain_id"] == nil)
    let admin = await cloud.token("admin", project: "admin")
    func list(_ query: String) async -> Answer { await cloud.send(.get, "/v2.0/tenants" + query, token: admin) }
    #expect(await list("").names("tenants") == ["admin", "demo", "service"])
    let first = await list("?limit=1")
    let marker = first.json["tenants"]?.array?.first?["id"]?.text ?? ""
    #expect(await list("?limit=1&marker=\(marker)").names("tenants") == ["demo"])
    #expect(await list("?limit=-1").message == "Invalid limit value")
    #expect(await list("?marker=none").message == "Marker could not be found")
    let demo = await list("?name=demo")
    let id = demo["tenant", "id"] ?? ""
    #expect(await list("/\(id)")["tenant", "name"] == "demo")
    #expect(await list("/default").message == "Could not find project: default.")
    #expect(await list("/\(id)/users").names("users") == ["demo"])
    #expect(await cloud.send(.get, "/v2.0/tenants/\(id)", token: unscoped).status == 403)
    #expect(await cloud.send(.get, "/v2.0/tenants").status == 401)
  }

  @Test("keeps tenants")
  func tenantLifeCycle() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let body: JSON = ["tenant": ["name": "class", "description": "of 2017", "room": 7, "domain_id": "other"]]
    let created = await cloud.send(.post, "/v2.0/tenants", token: admin, body: body)
    #expect(created.status == 200 && created.json["tenant"]?["room"] == 7)
    let path = "/v2.0/tenants/" + (created["tenant", "id"] ?? "")
    let change: JSON = ["tenant": ["enabled": false]]
    #expect(await cloud.send(.post, path, token: admin, body: change).json["tenant"]?["enabled"] == false)
    let v3 = await cloud.send(.get, "/v3/projects?name=class", token: admin)
    #expect(v3["projects", "0", "domain_id"] == "default" && v3["projects", "0", "enabled"] == "False")
    #expect(await cloud.send(.post, "/v2.0/tenants", token: admin, body: body).status == 409)
    let domain: JSON = ["tenant": ["name": "x", "is_domain": true]]
    #expect(
      await cloud.send(.post, "/v2.0/tenants", token: admin, body: domain).message
        == "{'name': 'x', 'is_domain': True} should not be valid under {'required': ['is_domain']}")
    #expect(
      await cloud.send(.post, "/v2.0/tenants", token: admin, body: ["tenant": ["name": ""]]).message
        == "Invalid input for field 'name': '' should be non-empty")
    #expect(await cloud.send(.delete, "/v2.0/tenants/default", token: admin).status == 404)
    #expect(await cloud.send(.delete, path, token: admin).status == 204)
    #expect(await cloud.send(.get, path, token: admin).status == 404)
  }

  @Test("keeps users, their tenants and their roles")
  func users() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let demo = try cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    let body: JSON = ["user": ["username": "ada", "OS-KSADM:password": "secret", "tenantId": .string(demo)]]
    let created = await cloud.send(.post, "/v2.0/users", token: admin, body: body)
    #expect(created.status == 200 && created["user", "name"] == "ada" && created["user", "tenantId"] == demo)
    let id = created["user", "id"] ?? ""
    #expect(await login(cloud, "ada", tenant: "demo").status == 200)
    let held = "/v2.0/tenants/\(demo)/users/\(id)/roles"
    #expect(await cloud.send(.get, held, token: admin).names("roles") == ["member", "reader"])
    let manager = try cloud.value("SELECT id FROM roles WHERE name = 'manager'")
    let grant = held + "/OS-KSADM/" + manager
    #expect(await cloud.send(.put, grant, token: admin)["role", "name"] == "manager")
    #expect(await cloud.send(.put, grant, token: admin).status == 409)
    #expect(await cloud.send(.delete, grant, token: admin).status == 204)
    #expect(await cloud.send(.delete, grant, token: admin).status == 404)
    let roles = await cloud.send(.get, "/v2.0/users/\(id)/roles", token: admin)
    #expect(roles.status == 501 && roles.message == "User roles not supported: tenant_id required")
    let path = "/v2.0/users/\(id)"
    #expect(await cloud.send(.put, path + "/OS-KSADM/enabled", token: admin, body: ["user": [:]]).status == 400)
    let disabled: JSON = ["user": ["enabled": false]]
    #expect(await cloud.send(.put, path + "/OS-KSADM/enabled", token: admin, body: disabled).status == 200)
    #expect(await login(cloud, "ada").status == 401)
    let change: JSON = ["user": ["enabled": true, "tenantId": nil, "email": "a@b", "id": .string(id)]]
    #expect(await cloud.send(.put, path, token: admin, body: change)["user", "email"] == "a@b")
    #expect(await cloud.send(.get, "/v2.0/users?name=ada", token: admin)["user", "id"] == id)
    #expect(await cloud.send(.get, "/v2.0/users", token: admin).names("users") == ["admin", "demo", "ada"])
    let token = await login(cloud, "ada", tenant: "demo")["access", "token", "id"] ?? ""
    let own: JSON = ["user": ["original_password": "secret", "password": "new"]]
    let renewed = await cloud.send(.patch, "/v2.0/OS-KSCRUD/users/\(id)", token: token, body: own)
    #expect(renewed["access", "token", "tenant", "id"] == demo)
    #expect(await cloud.send(.get, "/v2.0/tenants", token: token).status == 401)
    #expect(await cloud.send(.delete, path, token: admin).status == 204)
    #expect(await cloud.send(.get, path, token: admin).status == 404)
  }

  @Test("keeps roles, services and endpoints")
  func roles() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let roles = "/v2.0/OS-KSADM/roles"
    let role = await cloud.send(.post, roles, token: admin, body: ["role": ["name": "tester"]])
    #expect(role.status == 200)
    let rolePath = roles + "/" + (role["role", "id"] ?? "")
    #expect(await cloud.send(.get, rolePath, token: admin)["role", "name"] == "tester")
    #expect(await cloud.send(.delete, rolePath, token: admin).status == 204)
    #expect(await cloud.send(.get, roles, token: admin).names("roles").contains("tester") == false)
    #expect(
      await cloud.send(.post, roles, token: admin, body: ["role": [:]]).message == "'name' is a required property")
    let services = "/v2.0/OS-KSADM/services"
    let body: JSON = ["OS-KSADM:service": ["name": "swift", "type": "object-store", "description": "Files"]]
    let service = await cloud.send(.post, services, token: admin, body: body)
    let id = service["OS-KSADM:service", "id"] ?? ""
    #expect(service["OS-KSADM:service", "description"] == "Files")
    let endpoint: JSON = [
      "endpoint": [
        "service_id": .string(id), "region": "RegionOne", "publicurl": "http://swift/v1/$(tenant_id)s",
        "adminurl": "http://swift/admin",
      ]
    ]
    let made = await cloud.send(.post, "/v2.0/endpoints", token: admin, body: endpoint)
    #expect(made.status == 200 && made["endpoint", "adminurl"] == "http://swift/admin")
    let listed = await cloud.send(.get, "/v2.0/endpoints", token: admin)
    #expect(listed.names("endpoints", of: "publicurl").contains("http://swift/v1/$(tenant_id)s"))
    let login = await login(cloud, "demo", tenant: "demo")
    let swift = login.json["access"]?["serviceCatalog"]?.array?.first { $0["type"] == "object-store" }
    #expect(swift?["endpoints"]?.array?.count == 1)
    #expect(
      await cloud.send(.delete, "/v2.0/endpoints/" + (made["endpoint", "id"] ?? ""), token: admin).status == 204)
    #expect(await cloud.send(.delete, services + "/" + id, token: admin).status == 204)
    #expect(await cloud.send(.get, services + "/" + id, token: admin).status == 404)
  }

  @Test("keeps the same keys for EC2 as v3")
  func ec2() async throws {
    let cloud = try await TestCloud()
    let answer = await login(cloud, "demo", tenant: "demo")
    let token = answer["access", "token", "id"] ?? ""
    let tenant = answer["access", "token", "tenant", "id"] ?? ""
    let path = "/users/\(answer["access", "user", "id"] ?? "")/credentials/OS-EC2"
    let made = await cloud.send(.post, "/v2.0" + path, token: token, body: ["tenant_id": .string(tenant)])
    #expect(made.status == 200 && made["credential", "tenant_id"] == tenant)
    let access = made["credential", "access"] ?? ""
    #expect(await cloud.send(.get, "/v3" + path, token: token).names("credentials", of: "access") == [access])
    #expect(await cloud.send(.delete, "/v2.0" + path + "/" + access, token: token).status == 204)
    #expect(await cloud.send(.post, "/v2.0/ec2tokens", token: token, body: [:]).status == 403)
  }

  @Test("says what it is, and is not there where nobody wants it")
  func documents() async throws {
    let cloud = try await TestCloud()
    let version = await cloud.send(.get, "/v2.0")
    #expect(version.status == 200 && version["version", "status"] == "deprecated")
    #expect(
      await cloud.send(.get, "/v2.0/extensions").json["extensions"]?["values"]?.array?.map { $0["alias"] } == [
        "OS-KSADM", "OS-KSCRUD",
      ])
    #expect(await cloud.send(.get, "/v2.0/extensions/OS-KSADM")["extension", "alias"] == "OS-KSADM")
    #expect(await cloud.send(.get, "/v2.0/extensions/none").status == 404)
    let modern = try await TestCloud(["identity": ["v2": false]])
    #expect(await modern.send(.get, "/v2.0").text.hasPrefix("<!doctype html>"))
    #expect(await login(modern, "demo").status == 404)
    #expect(await modern.send(.get, "/").json["versions"]?["values"]?.array?.count == 1)
  }
}
