import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Unified limits")
struct LimitTests {
  private struct Setting {
    let cloud: TestCloud
    let token: String
    let service: String
    let project: String

    init(model: String = "flat") async throws {
      cloud = try await TestCloud(["identity": ["enforcement_model": .string(model)]])
      let login = await cloud.login("admin", project: "admin")
      token = login.token
      service = await cloud.send(.get, "/v3/services?name=nova", token: token)["services", "0", "id"] ?? ""
      project = await cloud.login("demo", project: "demo")["token", "project", "id"] ?? ""
    }

    func register(_ names: String...) async -> Answer {
      let limits = names.map { name -> JSON in
        ["service_id": .string(service), "resource_name": .string(name), "default_limit": 10]
      }
      return await cloud.send(
        .post, "/v3/registered_limits", token: token, body: ["registered_limits": .array(limits)])
    }

    func limit(_ owner: String, _ id: String, _ amount: Int, of name: String = "cores") -> JSON {
      [
        owner + "_id": .string(id), "service_id": .string(service), "resource_name": .string(name),
        "resource_limit": .integer(amount),
      ]
    }

    func post(_ limits: JSON...) async -> Answer {
      await cloud.send(.post, "/v3/limits", token: token, body: ["limits": .array(limits)])
    }
  }

  @Test("limits are made several at a time, all or none, and refer to a registered one")
  func creation() async throws {
    let setting = try await Setting()
    let (cloud, token) = (setting.cloud, setting.token)
    let registered = await setting.register("cores", "ram")
    #expect(registered.status == 201 && registered.json.object?.keys == ["registered_limits"])
    #expect(registered.names("registered_limits", of: "resource_name") == ["cores", "ram"])
    let again = await setting.register("disk", "cores")
    #expect(again.status == 409)
    #expect(again.message == "Conflict occurred attempting to store registered_limit - Duplicate entry.")
    let list = await cloud.send(.get, "/v3/registered_limits?resource_name=disk", token: token)
    #expect(list.names("registered_limits", of: "id") == [])

    let lost = await setting.post(setting.limit("project", setting.project, 5, of: "ports"))
    #expect(lost.status == 403)
    #expect(lost.message == "Unable to create a limit that has no corresponding registered limit.")
    let created = await setting.post(
      setting.limit("project", setting.project, 5), setting.limit("project", "default", 7))
    #expect(created.status == 201)
    #expect(created["limits", "0", "project_id"] == setting.project && created["limits", "0", "domain_id"] == "None")
    #expect(created["limits", "1", "domain_id"] == "default" && created["limits", "1", "project_id"] == "None")
    let twice = await setting.post(setting.limit("project", setting.project, 6))
    #expect(twice.message == "Conflict occurred attempting to store limit - Duplicate entry.")
    let used = "/v3/registered_limits/" + (registered["registered_limits", "0", "id"] ?? "")
    for method in [HTTPMethod.patch, .delete] {
      let body: JSON? = method == .patch ? ["registered_limit": ["default_limit": 3]] : nil
      let refused = await cloud.send(method, used, token: token, body: body)
      #expect(refused.status == 403)
      #expect(refused.message?.hasSuffix("because there are project limits associated with it.") == true)
    }
    let path = "/v3/limits/" + (created["limits", "0", "id"] ?? "")
    let changed = await cloud.send(.patch, path, token: token, body: ["limit": ["resource_limit": 9]])
    #expect(changed["limit", "resource_limit"] == "9")
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).message?.hasPrefix("Could not find limit for ") == true)
  }

  @Test("a project sees its own limits only, a domain those of its projects too")
  func isolation() async throws {
    let setting = try await Setting()
    let cloud = setting.cloud
    _ = await setting.register("cores")
    let login = await cloud.login("admin", project: "admin")
    let other = login["token", "project", "id"] ?? ""
    let created = await setting.post(
      setting.limit("project", setting.project, 5), setting.limit("project", other, 6))
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.get, "/v3/limits", token: demo).names("limits", of: "project_id") == [setting.project])
    let own = "/v3/limits/" + (created["limits", "0", "id"] ?? "")
    #expect(await cloud.send(.get, own, token: demo).status == 200)
    let foreign = "/v3/limits/" + (created["limits", "1", "id"] ?? "")
    #expect(await cloud.send(.get, foreign, token: demo).status == 403)
    #expect(await cloud.send(.delete, own, token: demo).status == 403)
    try await cloud.execute(
      """
      INSERT INTO role_assignments (user_id, role_id, scope, target_id)
      SELECT users.id, roles.id, 'domain', 'default' FROM users, roles WHERE users.name = 'demo' AND roles.name = 'reader'
      """)
    let domain = await cloud.token("demo", scope: ["domain": ["id": "default"]])
    #expect(await cloud.send(.get, "/v3/limits", token: domain).names("limits", of: "id").count == 2)
    let narrowed = await cloud.send(.get, "/v3/limits?project_id=\(other)", token: domain)
    #expect(narrowed.names("limits", of: "project_id") == [other])
  }

  @Test("a bad limit is refused with a word on what is wrong")
  func refusals() async throws {
    let setting = try await Setting()
    _ = await setting.register("cores")
    let neither = await setting.post([
      "service_id": .string(setting.service), "resource_name": "a", "resource_limit": 1,
    ])
    #expect(neither.status == 400)
    #expect(neither.message?.hasSuffix("is not valid under any of the given schemas") == true)
    let low = await setting.post(setting.limit("project", setting.project, -2))
    #expect(
      low.message
        == "Invalid input for field/attribute resource_limit. Value: -2. -2 is less than the minimum of -1")
    let stranger = await setting.post(setting.limit("project", "f00", 1))
    #expect(stranger.message?.hasPrefix("Expecting to find project_id in limit. ") == true)
    let empty = await setting.cloud.send(.post, "/v3/limits", token: setting.token, body: ["limits": []])
    #expect(empty.message == "Invalid input for field/attribute limits. Value: []. [] should be non-empty")
  }

  @Test("strict_two_level holds projects against their domain")
  func strictTwoLevel() async throws {
    let setting = try await Setting(model: "strict_two_level")
    let model = await setting.cloud.send(.get, "/v3/limits/model", token: setting.token)
    #expect(model["model", "name"] == "strict_two_level")
    _ = await setting.register("cores")
    let high = await setting.post(setting.limit("project", setting.project, 11))
    #expect(high.status == 403)
    #expect(
      high.message
        == "Invalid resource limit: The resource limit (project_id: \(setting.project), resource_name: cores, "
        + "resource_limit: 11, service_id: \(setting.service), region_id: None) doesn't satisfy current hierarchy model.."
    )
    let both = await setting.post(
      setting.limit("domain", "default", 20), setting.limit("project", setting.project, 20))
    #expect(both.status == 201)
    let domain = "/v3/limits/" + (both["limits", "0", "id"] ?? "")
    let lowered = await setting.cloud.send(
      .patch, domain, token: setting.token, body: ["limit": ["resource_limit": 19]])
    #expect(lowered.status == 403)
  }

  @Test("a project's relatives are shown with their limits to who asks for them")
  func includeLimits() async throws {
    let setting = try await Setting()
    let (cloud, token) = (setting.cloud, setting.token)
    _ = await setting.register("cores")
    let admin = await cloud.login("admin", project: "admin")["token", "project", "id"] ?? ""
    let body: JSON = ["project": ["name": "inner", "parent_id": .string(admin)]]
    let inner = await cloud.send(.post, "/v3/projects", token: token, body: body)["project", "id"] ?? ""
    _ = await setting.post(setting.limit("project", admin, 4))
    let path = "/v3/projects/\(inner)?parents_as_list"
    let plain = await cloud.send(.get, path, token: token)
    #expect(plain["project", "parents", "0", "project", "id"] == admin)
    #expect(plain["project", "parents", "0", "project", "limits"] == nil)
    let full = await cloud.send(.get, path + "&include_limits", token: token)
    #expect(full["project", "parents", "0", "project", "limits", "0", "resource_limit"] == "4")
  }

  @Test("strict_two_level allows no third level of projects")
  func depth() async throws {
    let setting = try await Setting(model: "strict_two_level")
    var parent = setting.project
    for (name, status) in [("second", 201), ("third", 403)] {
      let body: JSON = ["project": ["name": .string(name), "parent_id": .string(parent)]]
      let answer = await setting.cloud.send(.post, "/v3/projects", token: setting.token, body: body)
      #expect(answer.status == status)
      parent = answer["project", "id"] ?? parent
    }
  }
}
