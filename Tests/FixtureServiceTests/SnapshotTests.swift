import CloudTesting
import OpenStackAPI
import Testing

@Suite("Snapshots")
struct SnapshotTests {
  private static let key: JSON = ["keypair": ["name": "mine"]]
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  @Test("a restore takes rows and bytes back, and tokens of before stay good", arguments: [true, false])
  func restore(inMemory: Bool) async throws {
    let data = inMemory ? nil : scratch.path
    let cloud = try await TestCloud(data: data)
    let control = try await cloud.control()
    try await cloud.compute().post("/os-keypairs", Self.key).expect(200)
    let image = try await cloud.upload("these bytes")
    let snapshot = try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201).json["snapshot"]
    #expect(snapshot?["world"] == "default" && (snapshot?["bytes"]?.integer ?? 0) > 100_000)
    try await cloud.compute().delete("/os-keypairs/mine").expect(202)
    try await cloud.compute().post("/os-keypairs", ["keypair": ["name": "later"]]).expect(200)
    try await cloud.image().delete("/images/\(image)").expect(204)
    try await cloud.settle()
    try await control.post("/snapshots/base/restore", ["restore": [:]]).expect(200)
    try await cloud.compute().get("/os-keypairs/mine").expect(200)
    try await cloud.compute().get("/os-keypairs/later").expect(404)
    #expect(try await cloud.image().get("/images/\(image)/file").expect(200).text == "these bytes")
    await cloud.close()
  }

  @Test("worlds and snapshots on the disk are there after a restart")
  func restart() async throws {
    let data = scratch.path
    var cloud = try await TestCloud(data: data)
    var control = try await cloud.control()
    try await cloud.compute().post("/os-keypairs", Self.key).expect(200)
    let image = try await cloud.upload("these bytes")
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await control.post("/worlds", ["world": ["name": "fork", "from": ["snapshot": "base"]]]).expect(201)
    try await control.post("/worlds", ["world": ["name": "brief", "storage": "memory"]]).expect(201)
    try await cloud.compute(world: "fork").delete("/os-keypairs/mine").expect(202)
    await cloud.close()

    cloud = try await TestCloud(data: data)
    control = try await cloud.control()
    let names = try await control.get("/worlds").expect(200).json["worlds"]?.array?.compactMap { $0["name"]?.text }
    #expect(names == ["default", "fork"])
    try await cloud.compute(world: "fork").get("/os-keypairs/mine").expect(404)
    #expect(try await cloud.image(world: "fork").get("/images/\(image)/file").expect(200).text == "these bytes")
    try await control.delete("/snapshots/base").expect(204)
    try await control.post("/worlds/fork/reset", [:]).expect(200)
    await cloud.forgetTokens()
    try await cloud.compute(world: "fork").get("/os-keypairs/mine").expect(200)
    await cloud.close()
  }

  @Test("of those that are saved at once under one name there is one", arguments: [true, false])
  func sameName(onDisk: Bool) async throws {
    let cloud = try await TestCloud(data: onDisk ? scratch.path : nil)
    let control = try await cloud.control()
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask { try await control.post("/snapshots", ["snapshot": ["name": "base"]]).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted()
    }
    #expect(statuses == [201] + Array(repeating: 409, count: 7))
    try await control.post("/snapshots/base/restore", ["restore": [:]]).expect(200)
    try await cloud.compute().get("/flavors").expect(200)
    await cloud.close()
  }

  @Test("a snapshot can be taken while clients write, and holds whole rows with their bytes")
  func whileServing() async throws {
    let data = scratch.path
    let cloud = try await TestCloud(data: data)
    let control = try await cloud.control()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<3 {
        group.addTask { for number in 0..<10 { _ = try await cloud.upload("bytes of \(writer) \(number)") } }
      }
      for number in 0..<4 {
        group.addTask {
          try await control.post("/snapshots", ["snapshot": ["name": .string("s\(number)")]]).expect(201)
        }
      }
      try await group.waitForAll()
    }
    for number in 0..<4 {
      let name = "w\(number)"
      let source: JSON = ["snapshot": .string("s\(number)")]
      try await control.post("/worlds", ["world": ["name": .string(name), "from": source]]).expect(201)
      let client = try await cloud.image(world: name)
      let images = try await client.get("/images?limit=100&name=i").expect(200).json["images"]?.array ?? []
      for image in images where image["status"] == "active" {
        #expect(try await client.get("/images/\(image["id"]?.text ?? "")/file").expect(200).text.hasPrefix("bytes of"))
      }
    }
    await cloud.close()
  }

  @Test("what makes no sense is refused")
  func refusals() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(409)
    try await control.post("/snapshots", ["snapshot": ["world": "none"]]).expect(404)
    try await control.post("/snapshots", ["snapshot": ["name": "../x"]]).expect(400)
    try await control.post("/snapshots/none/restore", ["restore": [:]]).expect(404)
    try await control.post("/snapshots/base/restore", ["restore": ["world": "none"]]).expect(404)
    try await control.delete("/snapshots/none").expect(404)
    await cloud.close()
  }
}
