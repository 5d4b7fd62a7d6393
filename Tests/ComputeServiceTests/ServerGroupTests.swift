import CloudTesting
import OpenStackAPI
import Testing

@Suite("Server groups and tags")
struct ServerGroupTests {
  private func boot(_ cloud: TestCloud, at version: String = "2.96", group: String? = nil) async throws -> String {
    let server: JSON = ["name": "vm", "flavorRef": "42", "imageRef": image, "networks": "none"]
    let body: JSON =
      group.map { ["server": server, "os:scheduler_hints": ["group": .string($0)]] } ?? ["server": server]
    let answer = try await cloud.compute(at: version).post("/servers", body).expect(202)
    try await cloud.settle()
    return try #require(answer.json["server"]?["id"]?.text)
  }

  @Test("a group shows policies until 2.63, and one policy with rules from 2.64")
  func versions() async throws {
    let cloud = try await TestCloud()
    let new = try await cloud.compute(at: "2.64")
    let body: JSON = ["server_group": ["name": "g", "policy": "anti-affinity", "rules": ["max_server_per_host": "3"]]]
    let made = try await new.post("/os-server-groups", body).expect(200).json["server_group"]
    #expect(made?["policy"] == "anti-affinity" && made?["rules"] == ["max_server_per_host": 3])
    #expect(made?["policies"] == JSON?.none && made?["project_id"] != nil)
    let id = try #require(made?["id"]?.text)
    try await cloud.compute().get("/os-server-groups/\(id)").expect(
      200,
      [
        "server_group": [
          "id": .string(id), "name": "g", "policies": ["anti-affinity"], "metadata": [:], "members": [],
        ]
      ])
    try await cloud.compute(as: .admin).delete("/os-server-groups/\(id)").expect(204)
    try await new.delete("/os-server-groups/\(id)").expect(
      404, ["itemNotFound": ["code": 404, "message": .string("Instance group \(id) could not be found.")]])
  }

  @Test("a server is a member of the group of its hint until it is deleted")
  func members() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.71")
    let made = try await nova.post("/os-server-groups", ["server_group": ["name": "g", "policy": "soft-affinity"]])
    let group = try #require(made.json["server_group"]?["id"]?.text)
    let id = try await boot(cloud, group: group)
    let path = "/os-server-groups/\(group)"
    #expect(try await nova.get(path).json["server_group"]?["members"] == [.string(id)])
    #expect(try await nova.get("/servers/\(id)").json["server"]?["server_groups"] == [.string(group)])
    #expect(try await nova.get("/servers/detail").json["servers"]?.array?.first?["server_groups"] == JSON?.none)
    try await nova.delete("/servers/\(id)").expect(204)
    try await cloud.settle()
    #expect(try await nova.get(path).json["server_group"]?["members"] == [])
    let unknown: JSON = [
      "server": ["name": "vm", "flavorRef": "42", "imageRef": image, "networks": "none"],
      "os:scheduler_hints": ["group": "00000000-0000-0000-0000-000000000000"],
    ]
    try await nova.post("/servers", unknown).expect(
      400,
      [
        "badRequest": [
          "code": 400, "message": "Instance group 00000000-0000-0000-0000-000000000000 could not be found.",
        ]
      ])
  }

  @Test("groups and their members are limited")
  func quotas() async throws {
    let cloud = try await TestCloud(#"{"compute": {"quota": {"server_groups": 1, "server_group_members": 1}}}"#)
    let nova = try await cloud.compute(at: "2.64")
    let body: JSON = ["server_group": ["name": "g", "policy": "affinity"]]
    let group = try #require(try await nova.post("/os-server-groups", body).json["server_group"]?["id"]?.text)
    let full = try await nova.post("/os-server-groups", body).expect(403)
    #expect(full.text.contains("Quota exceeded, too many server groups."))
    _ = try await boot(cloud, group: group)
    let server: JSON = ["name": "vm", "flavorRef": "42", "imageRef": image, "networks": "none"]
    let refused = try await nova.post(
      "/servers", ["server": server, "os:scheduler_hints": ["group": .string(group)]]
    ).expect(403)
    #expect(refused.text.contains("Quota exceeded, too many servers in group"))
    #expect(try await nova.get("/limits").json["limits"]?["absolute"]?["totalServerGroupsUsed"] == 1)
  }

  @Test("lists page by number, and another project's group is forbidden")
  func lists() async throws {
    let cloud = try await TestCloud()
    let (nova, admin) = (try await cloud.compute(at: "2.64"), try await cloud.compute(as: .admin, at: "2.64"))
    for name: JSON in ["a", "b", "c"] {
      try await nova.post("/os-server-groups", ["server_group": ["name": name, "policy": "affinity"]]).expect(200)
    }
    let theirs = try await admin.post("/os-server-groups", ["server_group": ["name": "d", "policy": "affinity"]])
    func names(_ client: TestClient, _ query: String) async throws -> [String] {
      let groups = try await client.get("/os-server-groups\(query)").expect(200).json["server_groups"]?.array
      return groups?.compactMap { $0["name"]?.text } ?? []
    }
    #expect(try await names(nova, "?limit=1&offset=1") == ["b"])
    #expect(try await names(nova, "?limit=0&all_projects=True") == ["a", "b", "c"])
    #expect(try await names(admin, "?all_projects=True") == ["a", "b", "c", "d"])
    #expect(try await names(admin, "") == ["d"])
    let id = theirs.json["server_group"]?["id"]?.text ?? ""
    try await nova.get("/os-server-groups/\(id)").expect(403)
    try await nova.delete("/os-server-groups/\(id)").expect(403)
  }

  @Test(
    "bad groups are refused in Nova's words",
    arguments: [
      ("2.1", ["name": "g", "policies": ["bogus"]], "'bogus' is not one of ['anti-affinity', 'affinity']"),
      ("2.14", ["name": "g", "policies": ["soft-affinity"]], "'soft-affinity' is not one of"),
      ("2.15", ["name": "g", "policies": ["affinity", "anti-affinity"]], "is too long"),
      ("2.64", ["name": "g", "policies": ["affinity"]], "'policy' is a required property"),
      (
        "2.64", ["name": "g", "policy": "affinity", "rules": ["max_server_per_host": 3]],
        "Only anti-affinity policy supports rules."
      ),
      ("2.64", ["name": "g", "policy": "anti-affinity", "rules": ["max_server_per_host": 0]], "less than the minimum"),
    ] as [(String, JSON, String)])
  func refused(version: String, group: JSON, message: String) async throws {
    let nova = try await TestCloud().compute(at: version)
    let answer = try await nova.post("/os-server-groups", ["server_group": group]).expect(400)
    #expect(answer.text.contains(message), "\(answer)")
  }

  @Test("tags are set one by one or all at once")
  func tags() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.26")
    let id = try await boot(cloud)
    let path = "/servers/\(id)/tags"
    let made = try await nova.send("PUT", path + "/b")
    let place = try made.expect(201).header("Location")
    #expect(place.hasSuffix(path + "/b"))
    #expect(try await nova.send("PUT", path + "/b").status == 204)
    try await nova.get(path + "/b").expect(204)
    try await nova.put(path, ["tags": ["z", "z", "y"]]).expect(200, ["tags": ["y", "z"]])
    try await nova.get(path).expect(200, ["tags": ["y", "z"]])
    try await nova.get(path + "/b").expect(
      404, ["itemNotFound": ["code": 404, "message": .string("Server \(id) has no tag 'b'")]])
    try await nova.delete(path + "/y").expect(204)
    try await nova.delete(path + "/y").expect(404)
    let bad = try await nova.send("PUT", path + "/a,b")
    #expect(bad.status == 400 && bad.text.contains("Tag 'a,b' is invalid."))
    try await nova.delete(path).expect(204)
    try await nova.get(path).expect(200, ["tags": []])
    try await nova.put(path, ["tags": .array((0..<50).map { .string("t\($0)") })]).expect(200)
    #expect(try await nova.send("PUT", path + "/more").status == 400)
    try await cloud.compute(at: "2.25").get(path).expect(404)
    try await cloud.compute(as: TestUser("admin"), at: "2.26").get(path).expect(200)
  }

  @Test("tags of a server that is being built cannot be changed")
  func building() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let id = try await boot(cloud)
    let answer = try await cloud.compute(at: "2.26").send("PUT", "/servers/\(id)/tags/a")
    #expect(answer.status == 409)
    #expect(answer.text.contains("Cannot 'update tag' instance \(id) while it is in vm_state building"))
  }
}
