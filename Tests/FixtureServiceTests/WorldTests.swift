import CloudTesting
import OpenStackAPI
import Testing

@Suite("Worlds made while the cloud runs")
struct WorldTests {
  private static let key: JSON = ["keypair": ["name": "mine"]]

  @Test("a new world is a cloud of its own, seeded from the configuration")
  func create() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    let world = try await control.post("/worlds", ["world": ["name": "red"]]).expect(201).json["world"]
    #expect(world?["auth_url"] == "http://cloud.test/worlds/red/identity/v3")
    #expect(world?["storage"] == "memory" && world?["from"] == .null)
    try await cloud.compute(world: "red").post("/os-keypairs", Self.key).expect(200)
    try await cloud.compute().get("/os-keypairs/mine").expect(404)
    await cloud.close()
  }

  @Test("an empty world has users to log in with, and nothing to use")
  func empty() async throws {
    let cloud = try await TestCloud()
    try await cloud.control().post("/worlds", ["world": ["name": "bare", "from": ["empty": true]]]).expect(201)
    try await cloud.compute(world: "bare").get("/flavors").expect(200, ["flavors": []])
    await cloud.close()
  }

  @Test("a fork begins with all that the other holds, and both go their own ways")
  func fork() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await cloud.compute().post("/os-keypairs", Self.key).expect(200)
    let image = try await cloud.upload("these bytes")
    try await control.post("/worlds", ["world": ["name": "fork", "from": ["world": "default"]]]).expect(201)
    try await cloud.compute(world: "fork").get("/os-keypairs/mine").expect(200)
    #expect(try await cloud.image(world: "fork").get("/images/\(image)/file").expect(200).text == "these bytes")
    try await cloud.image(world: "fork").delete("/images/\(image)").expect(204)
    #expect(try await cloud.image().get("/images/\(image)/file").expect(200).text == "these bytes")
    try await cloud.compute().delete("/os-keypairs/mine").expect(202)
    try await cloud.compute(world: "fork").get("/os-keypairs/mine").expect(200)
    await cloud.close()
  }

  @Test("a token of one world is nobody's in its fork")
  func tokens() async throws {
    let cloud = try await TestCloud()
    let token = try await cloud.token(of: .demo)
    try await cloud.control().post("/worlds", ["world": ["name": "fork", "from": ["world": "default"]]]).expect(201)
    let flavors = try await cloud.client("/worlds/fork/compute/v2.1")
    try await flavors.get("/flavors", headers: [("X-Auth-Token", token)]).expect(401)
    try await cloud.compute(world: "fork").get("/flavors").expect(200)
    await cloud.close()
  }

  @Test("a reset takes a world back to what it was made from", arguments: [JSON.null, ["world": "default"]])
  func reset(_ source: JSON) async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await cloud.compute().post("/os-keypairs", ["keypair": ["name": "old"]]).expect(200)
    try await control.post("/worlds", ["world": ["name": "red", "from": source]]).expect(201)
    try await cloud.compute().delete("/os-keypairs/old").expect(202)
    try await cloud.compute(world: "red").post("/os-keypairs", Self.key).expect(200)
    try await control.post("/worlds/red/reset", [:]).expect(200)
    await cloud.forgetTokens()
    let red = try await cloud.compute(world: "red")
    try await red.get("/os-keypairs/mine").expect(404)
    try await red.get("/os-keypairs/old").expect(source.isNull ? 404 : 200)
    await cloud.close()
  }

  @Test("with a seed in the configuration its worlds are the same in every run, and differ from each other")
  func configuredSeed() async throws {
    func projects() async throws -> [JSON] {
      let cloud = try await TestCloud(#"{"world_seed": 7, "worlds": ["red", "blue"]}"#)
      var projects: [JSON] = []
      for world in ["default", "red", "blue"] {
        let listed = try await cloud.identity(as: .admin, world: world).get("/projects").expect(200).json["projects"]
        projects += (listed?.array ?? []).compactMap { $0["id"] }
      }
      await cloud.close()
      return projects
    }
    let first = try await projects()
    #expect(try await projects() == first)
    #expect(Set(first.compactMap(\.text)).count == first.count && first.count >= 6)
  }

  @Test("with a seed, the same calls make the same identifiers")
  func seed() async throws {
    let cloud = try await TestCloud()
    var made: [JSON?] = []
    for name in ["a", "b"] {
      try await cloud.control().post("/worlds", ["world": ["name": .string(name), "seed": 7]]).expect(201)
      let body: JSON = ["server_group": ["name": "g", "policies": ["affinity"]]]
      made.append(try await cloud.compute(world: name).post("/os-server-groups", body).expect(200).json["server_group"])
    }
    #expect(made[0]?["id"] != nil && made[0]?["id"] == made[1]?["id"])
    await cloud.close()
  }

  @Test("a world can be deleted, but not one of the configuration")
  func delete() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/worlds", ["world": ["name": "red"]]).expect(201)
    try await control.delete("/worlds/red").expect(204)
    try await control.get("/worlds/red").expect(404)
    try await cloud.client("/worlds/red/identity/v3").get("").expect(404)
    try await control.delete("/worlds/default").expect(409)
    #expect(try await control.get("/worlds").expect(200).json["worlds"]?.array?.count == 1)
    await cloud.close()
  }

  @Test(
    "what makes no sense is refused in words",
    arguments: [
      (["name": "a b"], 400, "name"), (["name": ".a"], 400, "name"), (["name": "default"], 409, "default"),
      (["from": ["world": "none"]], 404, "none"), (["from": ["snapshot": "none"]], 404, "none"),
      (["from": ["planet": "x"]], 400, "from"), (["from": 1], 400, "from"), (["seed": "7"], 400, "seed"),
      (["storage": "tape"], 400, "storage"), (["storage": "disk"], 400, "memory"),
      (["time_to_live": "soon"], 400, "time_to_live"), (["nam": "x"], 400, "nam"),
    ] as [(JSON, Int, String)])
  func refusals(_ world: JSON, _ status: Int, _ word: String) async throws {
    let cloud = try await TestCloud()
    let answer = try await cloud.control().post("/worlds", ["world": world]).expect(status)
    #expect(answer.json["error"]?["message"]?.text?.contains(word) == true, "\(answer.text)")
    #expect(try await cloud.control().get("/worlds").expect(200).json["worlds"]?.array?.count == 1)
    await cloud.close()
  }

  @Test("there are no more worlds than the configuration allows")
  func limit() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"max_worlds": 2}}"#)
    try await cloud.control().post("/worlds", ["world": ["name": "red"]]).expect(201)
    try await cloud.control().post("/worlds", ["world": ["name": "blue"]]).expect(403)
    await cloud.close()
  }

  @Test("a world whose time is over is gone")
  func timeToLive() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/worlds", ["world": ["name": "brief", "time_to_live": "1ms"]]).expect(201)
    var status = 200
    // The machine's clock decides, which no test can move; a busy machine may take its time.
    for _ in 0..<10_000 where status != 404 {
      try await Task.sleep(for: .milliseconds(1))
      status = try await control.get("/worlds/brief").status
    }
    #expect(status == 404)
    await cloud.close()
  }

  @Test("requests that meet a world in change wait, and none fails")
  func change() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/worlds", ["world": ["name": "red"]]).expect(201)
    let versions = try await cloud.client("/worlds/red/compute")
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for _ in 0..<5 { try await control.post("/worlds/red/reset", [:]).expect(200) } }
      for _ in 0..<4 {
        group.addTask { for _ in 0..<200 { try await versions.get("/").expect(200) } }
      }
    }
    await cloud.close()
  }
}
