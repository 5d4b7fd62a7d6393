import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Policies kept for other services")
struct PolicyFileTests {
  @Test("are created, changed and deleted")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let created = await cloud.send(
      .post, "/v3/policies", token: token, body: ["policy": ["blob": "{'x': 'y'}", "type": "application/json", "a": 1]])
    #expect(created.status == 201 && created["policy", "blob"] == "{'x': 'y'}" && created["policy", "a"] == "1")
    let path = "/v3/policies/" + (created["policy", "id"] ?? "")
    let changed = await cloud.send(.patch, path, token: token, body: ["policy": ["type": "text/plain"]])
    #expect(changed["policy", "type"] == "text/plain")
    #expect(
      await cloud.send(.get, "/v3/policies?type=text/plain", token: token).names("policies", of: "type").count == 1)
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.get, path, token: demo).status == 403)
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).message?.hasPrefix("Could not find policy: ") == true)
  }

  @Test("an endpoint has its own policy, else that of its region, of the region around, or of its service")
  func associations() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    var policies: [String] = []
    for name in ["service", "region", "endpoint"] {
      let body: JSON = ["policy": ["blob": "", "type": .string(name)]]
      policies.append(await cloud.send(.post, "/v3/policies", token: token, body: body)["policy", "id"] ?? "")
    }
    let around: JSON = ["region": ["id": "around"]]
    _ = await cloud.send(.post, "/v3/regions", token: token, body: around)
    let inside: JSON = ["region": ["parent_region_id": "around"]]
    _ = await cloud.send(.patch, "/v3/regions/RegionOne", token: token, body: inside)
    let endpoints = await cloud.send(.get, "/v3/endpoints?interface=public", token: token)
    let (endpoint, service) = (endpoints["endpoints", "1", "id"] ?? "", endpoints["endpoints", "1", "service_id"] ?? "")
    let effective = "/v3/endpoints/\(endpoint)/OS-ENDPOINT-POLICY/policy"
    let none = await cloud.send(.get, effective, token: token)
    #expect(none.status == 404 && none.message == "No policy is associated with endpoint \(endpoint).")
    let paths = ["services/\(service)", "services/\(service)/regions/around", "endpoints/\(endpoint)"]
    for (index, path) in paths.enumerated() {
      let association = "/v3/policies/\(policies[index])/OS-ENDPOINT-POLICY/\(path)"
      let missing = await cloud.send(.get, association, token: token)
      #expect(missing.status == 404 && missing.message == "Could not find policy association.")
      #expect(await cloud.send(.put, association, token: token).status == 204)
      #expect(await cloud.send(.get, association, token: token).status == 204)
      #expect(await cloud.send(.get, effective, token: token)["policy", "id"] == policies[index])
    }
    let covered = await cloud.send(
      .get, "/v3/policies/\(policies[1])/OS-ENDPOINT-POLICY/endpoints", token: token)
    #expect(covered.names("endpoints", of: "interface") == ["public", "internal", "admin"])
    #expect(await cloud.send(.delete, "/v3/policies/\(policies[2])", token: token).status == 204)
    #expect(await cloud.send(.get, effective, token: token)["policy", "type"] == "region")
  }
}
