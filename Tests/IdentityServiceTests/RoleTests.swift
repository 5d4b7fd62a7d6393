import HTTPServer
import OpenStackAPI
import Testing

@Suite("Roles")
struct RoleTests {
  @Test("are created, changed and deleted; members that Keystone does not know are kept")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let created = await cloud.send(
      .post, "/v3/roles", token: token, body: ["role": ["name": "observer", "color": "red"]])
    #expect(created.status == 201)
    #expect(created.json["role"]?["color"] == "red" && created.json["role"]?["domain_id"] == .null)
    let path = "/v3/roles/" + (created.json["role"]?["id"]?.text ?? "")
    let changed = await cloud.send(
      .patch, path, token: token, body: ["role": ["description": "sees", "size": 3, "options": ["immutable": true]]])
    #expect(changed.json["role"]?["description"] == "sees")
    #expect(changed.json["role"]?["color"] == "red" && changed.json["role"]?["size"] == 3)
    #expect(await cloud.send(.delete, path, token: token).status == 403)
    let mutable: JSON = ["role": ["options": ["immutable": nil]]]
    #expect(await cloud.send(.patch, path, token: token, body: mutable).text.contains(#""options":{}"#))
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).status == 404)
  }

  @Test("have a name that no other role of the domain has")
  func names() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let twice = await cloud.send(.post, "/v3/roles", token: token, body: ["role": ["name": "member"]])
    #expect(twice.status == 409)
    #expect(
      twice.json["error"]?["message"]
        == "Conflict occurred attempting to store role - Duplicate entry found with name member.")
    let nameless = await cloud.send(.post, "/v3/roles", token: token, body: ["role": [:]])
    #expect(
      nameless.json["error"]?["message"]
        == "Invalid input for field/attribute role. Value: {}. 'name' is a required property")
    let ofDomain: JSON = ["role": ["name": "member", "domain_id": "default"]]
    #expect(await cloud.send(.post, "/v3/roles", token: token, body: ofDomain).status == 201)
  }
}
