import CloudTesting
import OpenStackAPI
import Testing

/// What services tell of changes while somebody listens.
@Suite("Notifications")
struct NotificationTests {
  /// A listener that collects what it hears in the background.
  private actor Listener {
    private(set) var messages: [JSON] = []

    func hear(_ world: World) async throws {
      let events = try await world.notifications.follow(world)
      Task {
        for await event in events {
          if case .element(let message) = event, let json = try? JSON(parsing: Array(message.text.utf8)) { add(json) }
        }
      }
    }

    private func add(_ message: JSON) { messages.append(message) }

    /// The messages, once there are so many.
    func first(_ count: Int) async throws -> [JSON] {
      for _ in 0..<2000 where messages.count < count { try await Task.sleep(for: .milliseconds(5)) }
      return messages
    }

    /// What so many are called, of those whose names begin so.
    func types(_ count: Int, of prefix: String = "") async throws -> [String] {
      var types: [String] = []
      for _ in 0..<2000 where types.count < count {
        try await Task.sleep(for: .milliseconds(5))
        types = messages.compactMap { $0["event_type"]?.text }.filter { $0.hasPrefix(prefix) }
      }
      return types
    }
  }

  private static let image = "185e1975-c9c5-4358-909e-5e329808902e"

  private func boot(_ cloud: TestCloud) async throws -> String {
    let server: JSON = [
      "name": "web", "flavorRef": "16", "imageRef": .string(Self.image), "networks": "none", "metadata": ["a": "b"],
    ]
    let nova = try await cloud.compute(at: "2.96")
    let made = try await nova.post("/servers", ["server": server]).expect(202).json["server"]?["id"]?.text
    return try #require(made)
  }

  @Test("a boot has a start, while it builds, and an end, when it runs")
  func boot() async throws {
    let cloud = try await TestCloud()
    let listener = Listener()
    try await listener.hear(cloud.world())
    let id = try await boot(cloud)
    try await cloud.settle()
    let heard = try await listener.first(2)
    #expect(try await listener.types(2) == ["instance.create.start", "instance.create.end"])
    let (start, end) = (try #require(heard.first), try #require(heard.last))
    #expect(start["priority"] == "INFO" && start["publisher_id"] == "nova-compute:pocketstack")
    #expect(start["timestamp"]?.text?.hasPrefix("2026-01-01 00:00:0") == true)
    #expect(start["message_id"] != end["message_id"])
    let payload = start["payload"]
    #expect(payload?["nova_object.name"] == "InstanceCreatePayload" && payload?["nova_object.version"] == "1.13")
    let data = payload?["nova_object.data"]
    #expect(data?["uuid"] == .string(id) && data?["display_name"] == "web" && data?["state"] == "building")
    #expect(data?["task_state"] == "scheduling" && data?["power_state"] == "pending")
    #expect(data?["metadata"] == ["a": "b"] && data?["locked"] == false && data?["tags"] == [])
    #expect(data?["flavor"]?["nova_object.data"]?["flavorid"] == "16")
    #expect(data?["request_id"]?.text?.hasPrefix("req-") == true && data?["fault"] == .null)
    let after = end["payload"]?["nova_object.data"]
    #expect(after?["state"] == "active" && after?["power_state"] == "running" && after?["task_state"] == .null)
    await cloud.close()
  }

  @Test(
    "actions are called what Nova's notifications call them",
    arguments: [
      ("os-stop", .null, ["instance.power_off.start", "instance.power_off.end"]),
      ("lock", .null, ["instance.lock"]), ("pause", .null, ["instance.pause.start", "instance.pause.end"]),
      ("createImage", ["name": "i"], ["instance.snapshot.start", "instance.snapshot.end"]),
      (
        "rebuild", ["imageRef": .string(image)],
        ["instance.rebuild_scheduled", "instance.rebuild.start", "instance.rebuild.end"]
      ),
      (
        "resize", ["flavorRef": "2"],
        [
          "instance.resize_prep.start", "instance.resize_prep.end", "instance.resize.start", "instance.resize.end",
          "instance.resize_finish.start", "instance.resize_finish.end",
        ]
      ),
      (
        "forceDelete", .null,
        ["instance.delete.start", "instance.shutdown.start", "instance.shutdown.end", "instance.delete.end"]
      ),
    ] as [(String, JSON, [String])])
  func actions(name: String, body: JSON, expected: [String]) async throws {
    let cloud = try await TestCloud()
    let id = try await boot(cloud)
    try await cloud.settle()
    let listener = Listener()
    try await listener.hear(cloud.world())
    let answer = try await cloud.compute(as: .admin, at: "2.96").post("/servers/\(id)/action", [name: body])
    #expect(answer.status == 202)
    try await cloud.settle()
    #expect(try await listener.types(expected.count, of: "instance.") == expected)
    await cloud.close()
  }

  @Test("a snapshot names its image, a failure its reason")
  func details() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"metadata": true}}"#)
    let listener = Listener()
    try await listener.hear(cloud.world())
    let id = try await boot(cloud)
    try await cloud.settle()
    let nova = try await cloud.compute(at: "2.96")
    let image = try await nova.post("/servers/\(id)/action", ["createImage": ["name": "i"]]).expect(202).json[
      "image_id"]
    try await cloud.settle()
    _ = try await listener.first(5)
    let snapshot = try await listener.first(5).first { $0["event_type"] == "instance.snapshot.end" }
    #expect(snapshot?["payload"]?["nova_object.data"]?["snapshot_image_id"] == image && image != nil)
    let doomed: JSON = [
      "name": "doomed", "flavorRef": "16", "imageRef": .string(Self.image), "networks": "none",
      "metadata": ["pocketstack:fail": "no-valid-host"],
    ]
    try await nova.post("/servers", ["server": doomed]).expect(202)
    try await cloud.settle()
    for _ in 0..<400 where await listener.messages.last?["priority"] != "ERROR" {
      try await Task.sleep(for: .milliseconds(5))
    }
    let failure = await listener.messages.last
    #expect(failure?["event_type"] == "instance.create.error")
    let fault = failure?["payload"]?["nova_object.data"]?["fault"]?["nova_object.data"]
    #expect(fault?["exception"] == "NoValidHost")
    #expect(fault?["exception_message"]?.text?.hasPrefix("No valid host was found.") == true)
    await cloud.close()
  }

  @Test("flavors, key pairs, groups and aggregates")
  func others() async throws {
    let cloud = try await TestCloud()
    let listener = Listener()
    try await listener.hear(cloud.world())
    let nova = try await cloud.compute(as: .admin, at: "2.64")
    try await nova.post("/flavors", ["flavor": ["name": "f", "id": "77", "ram": 1, "vcpus": 1, "disk": 1]]).expect(200)
    try await nova.post("/flavors/77/os-extra_specs", ["extra_specs": ["k": "v"]]).expect(200)
    try await nova.delete("/flavors/77").expect(202)
    try await nova.post("/os-keypairs", ["keypair": ["name": "k"]]).expect(201)
    try await nova.delete("/os-keypairs/k").expect(204)
    let group = try await nova.post("/os-server-groups", ["server_group": ["name": "g", "policy": "affinity"]])
    try await nova.delete("/os-server-groups/\(group.json["server_group"]?["id"]?.text ?? "")").expect(204)
    let made = try await nova.post("/os-aggregates", ["aggregate": ["name": "a"]]).expect(200)
    let aggregate = "/os-aggregates/\(made.json["aggregate"]?["id"]?.jsonText ?? "")"
    try await nova.post(aggregate + "/action", ["add_host": ["host": "pocketstack"]]).expect(200)
    let expected = [
      "flavor.create", "flavor.update", "flavor.delete", "keypair.create.start", "keypair.create.end",
      "keypair.delete.start", "keypair.delete.end", "server_group.create", "server_group.delete",
      "aggregate.create.start", "aggregate.create.end", "aggregate.add_host.start", "aggregate.add_host.end",
    ]
    #expect(try await listener.types(expected.count) == expected)
    let update = try await listener.first(2)[1]
    #expect(update["payload"]?["nova_object.data"]?["extra_specs"] == ["k": "v"])
    await cloud.close()
  }

  @Test("images tell with their properties and tags what becomes of them")
  func images() async throws {
    let cloud = try await TestCloud()
    let listener = Listener()
    try await listener.hear(cloud.world())
    let glance = try await cloud.client("/image/v2", as: .demo)
    let image: JSON = ["name": "i", "disk_format": "raw", "container_format": "bare", "colour": "red", "tags": ["t"]]
    let id = try #require(try await glance.post("/images", image).expect(201).json["id"]?.text)
    try await glance.delete("/images/\(id)").expect(204)
    #expect(try await listener.types(2) == ["image.create", "image.delete"])
    let heard = try await listener.first(2)
    for message in heard {
      #expect(message["publisher_id"] == "image.localhost" && message["payload"]?["id"] == .string(id))
      #expect(message["payload"]?["properties"] == ["colour": "red"] && message["payload"]?["tags"] == ["t"])
    }
    #expect(heard[0]["payload"]?["deleted"] == false && heard[1]["payload"]?["deleted"] == true)
    await cloud.close()
  }

  @Test("nothing is told of what was undone, and nothing is written while nobody listens")
  func silence() async throws {
    let cloud = try await TestCloud()
    let world = try cloud.world()
    let listener = Listener()
    try await listener.hear(world)
    let nova = try await cloud.compute(as: .admin, at: "2.64")
    try await nova.post("/flavors", ["flavor": ["name": "m1.tiny", "ram": 1, "vcpus": 1, "disk": 1]]).expect(409)
    try await nova.post("/os-keypairs", ["keypair": ["name": "k"]]).expect(201)
    #expect(try await listener.types(2) == ["keypair.create.start", "keypair.create.end"])
    world.notifications.close()
    let triggers = "SELECT count(*) FROM temp.sqlite_master WHERE type = 'trigger'"
    func count() async throws -> Int? { try await world.database.write { try $0.first(triggers, as: Int.self) } }
    for _ in 0..<400 where try await count() != 0 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(try await count() == 0)
    await cloud.close()
  }
}
