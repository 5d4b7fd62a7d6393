import CloudTesting
import OpenStackAPI
import Testing

@testable import FixtureService

@Suite("Faults")
struct FaultTests {
  private static func cloud(_ fault: JSON, _ configuration: String = "{}") async throws -> TestCloud {
    let cloud = try await TestCloud(configuration)
    try await cloud.control().post("/faults", ["fault": fault]).expect(201)
    return cloud
  }

  @Test("strike what they match, are counted, and go")
  func counted() async throws {
    let cloud = try await Self.cloud(["kind": "error", "status": 429, "service": "nova", "nth": 2])
    let compute = try await cloud.compute()
    try await compute.get("/flavors").expect(200)
    let refused = try await compute.get("/flavors").expect(429).json
    #expect(refused["overLimit"]?["message"] == "This request was rate-limited.")
    try await compute.get("/flavors").expect(200)
    let control = try await cloud.control()
    let shown = try await control.get("/faults/fault-1").expect(200).json["fault"]
    #expect(shown?["matched"] == 3 && shown?["struck"] == 1 && shown?["service"] == "compute")
    try await control.delete("/faults/fault-1").expect(204)
    try await control.delete("/faults/fault-1").expect(404)
    await cloud.close()
  }

  @Test("inside the services are kept in their world, and forgotten by a reset")
  func worlds() async throws {
    let cloud = try await Self.cloud(["kind": "quota"])
    let control = try await cloud.control()
    let server: JSON = [
      "server": [
        "name": "s", "flavorRef": "16", "imageRef": "185e1975-c9c5-4358-909e-5e329808902e",
      ]
    ]
    try await control.post("/worlds", ["world": ["name": "red"]]).expect(201)
    try await cloud.compute(world: "red").post("/servers", server).expect(202)
    try await cloud.compute().post("/servers", server).expect(403)
    try await control.post("/worlds/default/reset", [:]).expect(200)
    #expect(try await control.get("/faults").expect(200).json == ["faults": []])
    await cloud.close()
  }

  @Test("of the quota strike key pairs, server groups and images too, in the words of their services or the rule's")
  func quotas() async throws {
    let cloud = try await Self.cloud(["kind": "quota", "project": "demo"])
    let (nova, glance) = (try await cloud.compute(at: "2.1"), try await cloud.image())
    let refused = try await nova.post("/os-keypairs", ["keypair": ["name": "k"]]).expect(403)
    #expect(refused.text.contains("Quota exceeded, too many key pairs."))
    let group: JSON = ["server_group": ["name": "g", "policies": ["affinity"]]]
    try await nova.post("/os-server-groups", group).expect(403)
    let image = try await glance.post("/images", ["name": "i"], headers: [("Accept", "*/*")]).expect(413)
    #expect(image.text.contains("Resource image_count_total is over limit of 0 due to current usage 0 and delta 1"))
    try await cloud.compute(as: .admin).post("/os-keypairs", ["keypair": ["name": "k"]]).expect(200)
    await cloud.close()

    let other = try await Self.cloud(["kind": "quota", "first": 1, "message": "Full."])
    #expect(try await other.compute(at: "2.1").post("/os-server-groups", group).expect(403).text.contains("Full."))
    try await other.compute(at: "2.1").post("/os-server-groups", group).expect(200)
    await other.close()
  }

  @Test(
    "that make no sense are refused",
    arguments: [
      ["kind": "earthquake"], ["kind": "error"], ["kind": "error", "status": 200], ["kind": "delay"],
      ["kind": "drop", "status": 500], ["kind": "spawning", "method": "GET"], ["kind": "drop", "share": 2],
      ["kind": "drop", "nth": 0], ["kind": "spawning", "task_state": "spawning"], ["kind": "drop", "user": "nobody"],
      ["kind": "drop", "colour": "red"], ["kind": "delay", "delay": "soon"],
    ] as [JSON])
  func refused(_ fault: JSON) async throws {
    let cloud = try await TestCloud()
    try await cloud.control().post("/faults", ["fault": fault]).expect(400)
    await cloud.close()
  }

  @Test("by metadata happen only where the configuration allows it", arguments: [true, false])
  func metadata(isAllowed: Bool) async throws {
    let cloud = try await TestCloud(#"{"fixture": {"metadata": \#(isAllowed)}}"#)
    let compute = try await cloud.compute()
    let made = try await compute.post(
      "/servers",
      [
        "server": [
          "name": "s", "flavorRef": "16", "imageRef": "185e1975-c9c5-4358-909e-5e329808902e",
          "metadata": ["pocketstack:build": "30s", "pocketstack:fail": "spawning"],
        ]
      ]
    ).expect(202).json["server"]?["id"]?.text
    func status() async throws -> String? {
      try await compute.get("/servers/\(made ?? "")").expect(200).json["server"]?["status"]?.text
    }
    try await cloud.settle()
    #expect(try await status() == (isAllowed ? "BUILD" : "ACTIVE"))
    try await cloud.advance(.seconds(30))
    #expect(try await status() == (isAllowed ? "ERROR" : "ACTIVE"))
    await cloud.close()
  }

  @Test("find the name that was meant")
  func nearest() {
    #expect(NearestName.of("servers:crate", among: ["servers:create", "servers:delete"]) == "servers:create")
    #expect(NearestName.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    #expect(NearestName.of("x", among: []) == nil)
  }
}
