import CloudTesting
import OpenStackAPI
import Testing

@Suite("What is made in a world ends with it")
struct OwnershipTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func cloud(_ inMemory: Bool) async throws -> TestCloud {
    try await TestCloud(data: inMemory ? nil : scratch.path)
  }

  private func names(_ list: String, _ control: TestClient) async throws -> [String] {
    try await control.get("/" + list).expect(200).json[list]?.array?.compactMap { $0["name"]?.text } ?? []
  }

  @Test("two worlds can have snapshots of one name, which end with them", arguments: [true, false])
  func snapshots(inMemory: Bool) async throws {
    let cloud = try await cloud(inMemory)
    let main = try await cloud.control()
    try await main.post("/snapshots", ["snapshot": ["name": "before"]]).expect(201)
    for name in ["red", "blue"] {
      try await main.post("/worlds", ["world": ["name": .string(name)]]).expect(201)
      let key: JSON = ["keypair": ["name": .string(name)]]
      try await cloud.compute(world: name).post("/os-keypairs", key).expect(200)
      let made = try await cloud.control(world: name).post("/snapshots", ["snapshot": ["name": "before"]]).expect(201)
      #expect(made.json["snapshot"]?["owner"]?.text == name && made.json["snapshot"]?["world"]?.text == name)
      try await cloud.compute(world: name).delete("/os-keypairs/\(name)").expect(202)
    }
    try await cloud.control(world: "red").post("/snapshots/before/restore", ["restore": [:]]).expect(200)
    try await cloud.compute(world: "red").get("/os-keypairs/red").expect(200)
    try await cloud.compute(world: "blue").get("/os-keypairs/blue").expect(404)
    try await main.delete("/worlds/red").expect(204)
    try await main.post("/worlds", ["world": ["name": "red"]]).expect(201)
    let own = try await cloud.control(world: "red").get("/snapshots").expect(200).json["snapshots"]?.array
    #expect(own?.map { $0["owner"] } == [.null])
    #expect(try await names("snapshots", cloud.control(world: "blue")) == ["before"])
    let all = try await main.get("/snapshots").expect(200).json["snapshots"]?.array
    #expect(all?.map { $0["owner"] } == [.null, "blue"])
    await cloud.close()
  }

  @Test("the plain address reaches those of all worlds, where a name says which one is meant")
  func plainAddress() async throws {
    let cloud = try await TestCloud()
    let main = try await cloud.control()
    for name in ["red", "blue"] {
      try await main.post("/worlds", ["world": ["name": .string(name)]]).expect(201)
      let control = try await cloud.control(world: name)
      try await control.post("/snapshots", ["snapshot": ["name": "same"]]).expect(201)
      try await control.post("/snapshots", ["snapshot": ["name": .string("of-\(name)")]]).expect(201)
    }
    try await main.get("/snapshots/of-red").expect(200)
    try await main.get("/snapshots/same").expect(409)
    try await cloud.control(world: "blue").get("/snapshots/of-red").expect(404)
    try await main.delete("/worlds/red").expect(204)
    try await main.get("/snapshots/same").expect(200)
    await cloud.close()
  }

  @Test("one that is to be kept stays, in the cloud's own list", arguments: [true, false])
  func kept(inMemory: Bool) async throws {
    let cloud = try await cloud(inMemory)
    let main = try await cloud.control()
    try await main.post("/worlds", ["world": ["name": "red"]]).expect(201)
    let red = try await cloud.control(world: "red")
    try await red.post("/snapshots", ["snapshot": ["name": "mine", "keep": true]]).expect(201)
    try await red.post("/worlds", ["world": ["name": "kept", "keep": true, "from": ["world": "red"]]]).expect(201)
    try await main.delete("/worlds/red").expect(204)
    #expect(try await names("snapshots", main) == ["mine"])
    #expect(try await names("worlds", main) == ["default", "kept"])
    await cloud.close()
  }

  @Test("forks of forks go with the first", arguments: [true, false])
  func forks(inMemory: Bool) async throws {
    let cloud = try await cloud(inMemory)
    let main = try await cloud.control()
    try await main.post("/worlds", ["world": ["name": "a"]]).expect(201)
    let (a, b) = (try await cloud.control(world: "a"), try await cloud.control(world: "b"))
    try await a.post("/worlds", ["world": ["name": "b", "from": ["world": "a"]]]).expect(201)
    try await b.post("/worlds", ["world": ["name": "c", "from": ["world": "b"]]]).expect(201)
    try await b.post("/snapshots", ["snapshot": ["name": "s"]]).expect(201)
    #expect(try await names("worlds", main) == ["a", "b", "c", "default"])
    try await main.delete("/worlds/a").expect(204)
    #expect(try await names("worlds", main) == ["default"])
    await cloud.close()
    let later = try await self.cloud(inMemory)
    #expect(try await names("worlds", later.control()) == ["default"])
    await later.close()
  }
}
