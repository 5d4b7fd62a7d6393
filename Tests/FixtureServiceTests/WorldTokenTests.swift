import CloudTesting
import OpenStackAPI
import Testing

@Suite("Tokens belong to one world")
struct WorldTokenTests {
  /// What a token of a user in one world is answered in another.
  private func status(of token: String, in world: String, _ cloud: TestCloud) async throws -> Int {
    try await cloud.client("/worlds/\(world)/compute/v2.1").get("/flavors", headers: [("X-Auth-Token", token)]).status
  }

  @Test("also when a world is taken to another's snapshot, and its own stay good")
  func restored() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await control.post("/worlds", ["world": ["name": "red", "from": ["snapshot": "base"]]]).expect(201)
    let (foreign, own) = (
      try await cloud.token(of: .demo), try await cloud.token(of: .demo, world: "/worlds/red")
    )
    try await control.post("/snapshots/base/restore", ["restore": ["world": "red"]]).expect(200)
    #expect(try await status(of: foreign, in: "red", cloud) == 401)
    #expect(try await status(of: own, in: "red", cloud) == 200)
    #expect(try await status(of: own, in: "default", cloud) == 401)
    await cloud.close()
  }

  @Test("also when both come from one seed")
  func seeded() async throws {
    let cloud = try await TestCloud()
    for name in ["x", "y"] {
      let world: JSON = ["name": .string(name), "seed": 7, "from": ["world": "default"]]
      try await cloud.control().post("/worlds", ["world": world]).expect(201)
    }
    let token = try await cloud.token(of: .demo, world: "/worlds/x")
    #expect(try await status(of: token, in: "x", cloud) == 200)
    #expect(try await status(of: token, in: "y", cloud) == 401)
    await cloud.close()
  }

  @Test("also when one has the name and the seed that the other had", arguments: [true, false])
  func reborn(inMemory: Bool) async throws {
    let scratch = try ScratchDirectory()
    let cloud = try await TestCloud(data: inMemory ? nil : scratch.path)
    let control = try await cloud.control()
    let wanted: JSON = ["world": ["name": "x", "seed": 7]]
    try await control.post("/worlds", wanted).expect(201)
    let token = try await cloud.token(of: .demo, world: "/worlds/x")
    try await control.delete("/worlds/x").expect(204)
    try await control.post("/worlds", wanted).expect(201)
    #expect(try await status(of: token, in: "x", cloud) == 401)
    await cloud.close()
    guard !inMemory else { return }
    let later = try await TestCloud(data: scratch.path)
    #expect(try await status(of: token, in: "x", later) == 401)
    await later.close()
  }
}
