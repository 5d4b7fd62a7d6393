import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Glance as Nova uses it")
struct CatalogTests {
  private let catalog = ImageService.catalog

  private func snapshot(_ cloud: Cloud, of source: String?, id: String = "11111111-2222-3333-4444-555555555555")
    async throws -> String
  {
    let request = SnapshotRequest(
      id: id, name: "snap", owner: Cloud.project, source: source,
      properties: ["image_type": "snapshot", "base_image_ref": source ?? "", "status": "mine"], minDisk: 5)
    try await cloud.world.write { db in try ImageService.catalog.createSnapshot(request, db, cloud.world) }
    return id
  }

  private func complete(_ cloud: Cloud, _ id: String) async throws {
    try await cloud.world.write { db in try ImageService.catalog.completeSnapshot(id, db, cloud.world) }
  }

  @Test("a snapshot is queued without bytes, then active with those of its source")
  func sharing() async throws {
    let cloud = try await Cloud()
    let source = try await cloud.create(["disk_format": "qcow2", "min_ram": 64])
    try await cloud.upload(source, QCOW2(virtualSize: 1 << 30).bytes)
    let id = try await snapshot(cloud, of: source)
    let queued = try await cloud.get("/v2/images/" + id).json
    #expect(queued["status"] == "queued")
    #expect(queued["size"] == .null)
    #expect(queued["image_type"] == "snapshot")
    #expect(try await cloud.get("/v2/images/\(id)/file").status == 204)
    try await complete(cloud, id)
    let active = try await cloud.get("/v2/images/" + id).json
    let original = try await cloud.get("/v2/images/" + source).json
    for name in ["size", "virtual_size", "checksum", "os_hash_value", "disk_format", "container_format", "min_ram"] {
      #expect(active[name] == original[name])
    }
    #expect(active["status"] == "active")
    #expect(active["visibility"] == "private")
    #expect(active["min_disk"] == 5)
    #expect(cloud.files.count == 1)
  }

  @Test("shared bytes go with the last image that has them")
  func lastOne() async throws {
    let cloud = try await Cloud()
    let source = try await cloud.create()
    try await cloud.upload(source, [1, 2, 3])
    let id = try await snapshot(cloud, of: source)
    #expect(try await cloud.send(.delete, "/v2/images/" + source).status == 204)
    await cloud.world.settle()
    try await complete(cloud, id)
    #expect(try await cloud.get("/v2/images/\(id)/file").bytes == [1, 2, 3])
    #expect(try await cloud.send(.delete, "/v2/images/" + id).status == 204)
    await cloud.world.settle()
    try await cloud.eventually { cloud.files.isEmpty }
  }

  @Test("a snapshot without a source is an empty disk, which outlives it")
  func blank() async throws {
    let cloud = try await Cloud()
    for number in 1...2 {
      let own = "11111111-2222-3333-4444-55555555555\(number)"
      let id = try await snapshot(cloud, of: "185e1975-c9c5-4358-909e-5e329808902e", id: own)
      try await complete(cloud, id)
      let image = try await cloud.get("/v2/images/" + id).json
      #expect(image["disk_format"] == "qcow2")
      #expect(image["virtual_size"] == .integer(1 << 30))
      #expect(try await cloud.get("/v2/images/\(id)/file").bytes == QCOW2(virtualSize: 1 << 30).bytes)
      #expect(try await cloud.send(.delete, "/v2/images/" + id).status == 204)
      await cloud.world.settle()
    }
  }

  @Test("an upload to an image that was meant to be a snapshot lets the held bytes go")
  func replaced() async throws {
    let cloud = try await Cloud()
    let source = try await cloud.create()
    try await cloud.upload(source, [1, 2, 3])
    let id = try await snapshot(cloud, of: source)
    try await cloud.send(.delete, "/v2/images/" + source)
    #expect(try await cloud.upload(id, [4]).status == 204)
    await cloud.world.settle()
    try await cloud.eventually { cloud.files.count == 1 }
    #expect(try await cloud.get("/v2/images/\(id)/file").bytes == [4])
  }

  @Test("Nova sees what the caller sees, oldest first")
  func visibility() async throws {
    let cloud = try await Cloud()
    let mine = try await cloud.create(["name": "mine", "os_distro": "x", "min_disk": 1])
    cloud.world.clock.advance(by: .seconds(1))
    _ = try await cloud.create(["name": "all", "visibility": "public"], as: "admin")
    _ = try await cloud.create(["name": "hidden", "os_hidden": true])
    let member = try Authorization.named("member", in: cloud)
    let stranger = try Authorization.named("stranger", in: cloud)
    try cloud.world.read { db in
      #expect(try catalog.images(visibleTo: member, db).map(\.name) == ["mine", "all"])
      #expect(try catalog.images(visibleTo: stranger, db).map(\.name) == ["all"])
      #expect(try catalog.image(mine, visibleTo: stranger, db) == nil)
      let summary = try #require(try catalog.image(mine, visibleTo: member, db))
      #expect(summary.properties == ["os_distro": "x"])
      #expect(summary.minDisk == 1)
      #expect(summary.status == "queued")
      #expect(try catalog.image(mine, db)?.owner == Cloud.project)
      #expect(try catalog.image("nope", db) == nil)
    }
  }

  @Test("Nova's proxy changes properties and deletes as the caller may")
  func changes() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["a": "1", "b": "2"])
    let member = try Authorization.named("member", in: cloud)
    let stranger = try Authorization.named("stranger", in: cloud)
    let catalog = catalog
    try await cloud.world.write { db in
      try catalog.setProperties(id, ["b": "3", "c": "4"], by: member, db, cloud.world)
    }
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["a"] == nil)
    #expect(image["b"] == "3")
    #expect(image["c"] == "4")
    await #expect(throws: Fault.self) {
      try await cloud.world.write { try catalog.setProperties(id, ["status": "x"], by: member, $0, cloud.world) }
    }
    #expect(try await cloud.world.write { try catalog.delete(id, by: stranger, $0, cloud.world) } == false)
    #expect(try await cloud.world.write { try catalog.delete(id, by: member, $0, cloud.world) })
    #expect(try await cloud.get("/v2/images/" + id).status == 404)
  }
}
