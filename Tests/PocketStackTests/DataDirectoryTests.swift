import CloudTesting
import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("What a kill leaves in a data directory")
struct DataDirectoryTests {
  private let scratch: ScratchDirectory
  private var data: DataDirectory { DataDirectory(path: scratch.path) }

  init() async throws {
    scratch = try ScratchDirectory()
    let cloud = try await TestCloud(data: scratch.path)
    let control = try await cloud.client("/pocketstack/v1")
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await control.post("/worlds", ["world": ["name": "red", "from": ["snapshot": "base"]]]).expect(201)
    let red = try await cloud.client("/pocketstack/v1", world: "red")
    try await red.post("/snapshots", ["snapshot": ["name": "own"]]).expect(201)
    try await cloud.compute(world: "red").post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    await cloud.close()
  }

  private func reopened(_ body: (TestCloud, TestClient) async throws -> Void) async throws {
    let cloud = try await TestCloud(data: scratch.path)
    try await body(cloud, cloud.client("/pocketstack/v1"))
    await cloud.close()
  }

  private func names(_ list: String, _ client: TestClient) async throws -> [String] {
    try await client.get("/" + list).expect(200).json[list]?.array?.compactMap { $0["name"]?.text } ?? []
  }

  @Test("a world that lost its place to one that never came is put back")
  func replacementUndone() async throws {
    try File.makeDirectory(scratch.path + "/.replaced")
    try File.move(data.world("red"), to: scratch.path + "/.replaced/red")
    try await reopened { cloud, _ in
      try await cloud.compute(world: "red").get("/os-keypairs/mine").expect(200)
    }
    #expect(!File.exists(scratch.path + "/.replaced"))
  }

  @Test("a world that was replaced is cleared away")
  func replacementFinished() async throws {
    try File.makeDirectory(scratch.path + "/.replaced/red/blobs")
    try await reopened { cloud, _ in
      try await cloud.compute(world: "red").get("/os-keypairs/mine").expect(200)
    }
    #expect(!File.exists(scratch.path + "/.replaced"))
  }

  @Test("what was being built, or removed, is cleared away")
  func building() async throws {
    try File.makeDirectory(scratch.path + "/.building/half/blobs")
    try await reopened { _, control in
      let found = try await names("worlds", control)
      #expect(found == ["default", "red"])
    }
    #expect(try File.allNames(in: scratch.path + "/.building").isEmpty)
  }

  @Test("what belongs to a world that is gone goes too")
  func belongings() async throws {
    try File.remove(data.world("red"))
    try await reopened { _, control in
      let found = try await names("worlds", control)
      #expect(found == ["default"])
    }
    #expect(!File.exists(scratch.path + "/.worlds"))
  }

  @Test(
    "a snapshot without its rows, its bytes or its facts is none",
    arguments: ["cloud.sqlite", "blobs", "snapshot.json"])
  func halfSnapshot(_ missing: String) async throws {
    let base = data.snapshot(SnapshotID(owner: nil, name: "base"))
    try File.remove("\(base)/\(missing)")
    try await reopened { cloud, control in
      #expect(try await names("snapshots", control) == ["own"])
      try await control.post("/snapshots/base/restore", ["restore": [:]]).expect(404)
      #expect(try await names("snapshots", cloud.client("/pocketstack/v1", world: "red")) == ["own"])
    }
    #expect(!File.exists(base))
  }

  @Test("where earlier versions kept a fork's origin it is found")
  func oldOrigin() async throws {
    try File.move(data.origin(of: "red"), to: data.world("red") + "/origin")
    try await reopened { cloud, control in
      try await control.post("/worlds/red/reset", [:]).expect(200)
      try await cloud.compute(world: "red").get("/os-keypairs/mine").expect(404)
    }
  }

  @Test("one world that cannot be opened does not keep the others from serving, and can be reset or deleted")
  func broken() async throws {
    try File.write(String(repeating: "no database ", count: 1000), to: data.world("red") + "/cloud.sqlite")
    try await reopened { cloud, control in
      try await cloud.compute().get("/flavors").expect(200)
      try await cloud.client("/identity/v3", world: "red").get("").expect(503)
      let found = try await names("worlds", control)
      #expect(found == ["default", "red"])
      try await control.post("/worlds", ["world": ["name": "blue", "from": ["world": "red"]]]).expect(409)
      try await control.post("/worlds/red/reset", [:]).expect(200)
      try await cloud.compute(world: "red").get("/flavors").expect(200)
      try await control.delete("/worlds/red").expect(204)
    }
  }

  @Test("a second server is kept out before it touches anything")
  func lock() async throws {
    let first = try await TestCloud(data: scratch.path)
    try File.makeDirectory(scratch.path + "/.building/busy")
    await #expect(throws: CloudError.self) { try await TestCloud(data: scratch.path) }
    #expect(File.exists(scratch.path + "/.building/busy"))
    await first.close()
  }
}
