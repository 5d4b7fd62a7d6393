import CloudTesting
import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("Worlds that change")
struct WorldChangeTests {
  private static let key: JSON = ["keypair": ["name": "precious"]]
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  @Test(
    "a restore that fails leaves the world as it was, and serving",
    arguments: ["", String(repeating: "none ", count: 4000)]
  )
  func failedRestore(rows: String) async throws {
    let cloud = try await TestCloud(data: scratch.path)
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await cloud.compute().post("/os-keypairs", Self.key).expect(200)
    try File.write(rows, to: scratch.path + "/.snapshots/base/cloud.sqlite")
    try await control.post("/snapshots/base/restore", ["restore": [:]]).expect(409)
    try await control.post("/worlds", ["world": ["name": "red", "from": ["snapshot": "base"]]]).expect(409)
    try await cloud.compute().get("/os-keypairs/precious").expect(200)
    #expect(try File.allNames(in: scratch.path + "/.building").isEmpty)
    await cloud.close()
    let later = try await TestCloud(data: scratch.path)
    try await later.compute().get("/os-keypairs/precious").expect(200)
    await later.close()
  }

  @Test("a world cannot be made from itself, and two cannot be made from each other")
  func fromItself() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/worlds", ["world": ["name": "w", "from": ["world": "w"]]]).expect(404)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for (name, other) in [("a", "b"), ("b", "a")] {
        let world: JSON = ["name": .string(name), "from": ["world": .string(other)]]
        group.addTask { try await control.post("/worlds", ["world": world]).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == [404, 404])
    try await control.post("/worlds", ["world": ["name": "w"]]).expect(201)
    await cloud.close()
  }

  @Test("however many are asked for at once, there are never more worlds than the limit")
  func limit() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"max_worlds": 4}}"#)
    let control = try await cloud.control()
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<16 {
        group.addTask { try await control.post("/worlds", ["world": ["name": .string("m\(number)")]]).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.count { $0 == 201 } == 3 && statuses.count { $0 == 403 } == 13)
    #expect(try await control.get("/worlds").json["worlds"]?.array?.count == 4)
    await cloud.close()
  }

  @Test("changes of one world that come at once happen one after the other", arguments: [true, false])
  func atOnce(inMemory: Bool) async throws {
    let cloud = try await TestCloud(data: inMemory ? nil : scratch.path)
    let control = try await cloud.control()
    try await control.post("/worlds", ["world": ["name": "red"]]).expect(201)
    try await control.post("/snapshots", ["snapshot": ["name": "base", "world": "red"]]).expect(201)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<6 {
        let call = number % 2 == 0 ? "/worlds/red/reset" : "/snapshots/base/restore"
        let body: JSON = number % 2 == 0 ? [:] : ["restore": ["world": "red"]]
        group.addTask { try await control.post(call, body).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 6))
    try await cloud.compute(world: "red").get("/flavors").expect(200)
    await cloud.close()
  }

  @Test("who reads a snapshot reads on while it is deleted, and its files go afterwards")
  func deletedWhileRead() async throws {
    let cloud = try await TestCloud(data: scratch.path)
    let image = try await cloud.upload("these bytes")
    try await cloud.control().post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    var file: SnapshotFile? = try await cloud.cloud.registry.export(snapshot: "base", seenFrom: WorldName.main)
    try await cloud.control().delete("/snapshots/base").expect(204)
    try await cloud.control().get("/snapshots/base").expect(404)
    let collector = Collector()
    try await file?.write { await collector.add($0) }
    #expect(await collector.count == file?.length)
    file = nil
    #expect(!File.exists(scratch.path + "/.snapshots/base"))
    try await cloud.control().post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await cloud.image().get("/images/\(image)").expect(200)
    await cloud.close()
  }
}

private actor Collector {
  private(set) var count = 0
  func add(_ bytes: [UInt8]) { count += bytes.count }
}
