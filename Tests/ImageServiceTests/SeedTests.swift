import OpenStackAPI
import Persistence
import Testing

@testable import ImageService

@Suite("A new cloud's images")
struct SeedTests {
  @Test("there is cirros, and the image that the tutorial boots")
  func defaults() async throws {
    let cloud = try await Cloud(settings: configure([:]))
    #expect(
      try await cloud.names("?sort=name:asc", as: "stranger") == ["Ubuntu 16.04 (Xenial)", "cirros-0.6.3-x86_64-disk"])
    let image = try await cloud.get("/v2/images/185e1975-c9c5-4358-909e-5e329808902e").json
    #expect(image["status"] == "active")
    #expect(image["visibility"] == "public")
    #expect(image["virtual_size"] == .integer(1 << 30))
    #expect(image["hw_rng_model"] == "virtio")
    #expect(image["checksum"]?.text?.count == 32)
    #expect(image["os_hash_value"]?.text?.count == 128)
    let file = try await cloud.get("/v2/images/185e1975-c9c5-4358-909e-5e329808902e/file")
    #expect(file.bytes.count == image["size"]?.integer)
  }

  @Test(
    "qemu accepts the disks", .enabled(if: Disk.run(["which", "qemu-img"]).status == 0),
    arguments: [1 << 20, 112 << 20, 1 << 30, 5 << 30, 513 << 30, 7 << 40])
  func qemu(_ size: Int) async throws {
    try await Disk.withDirectory { directory in
      let cloud = try await Cloud(directory: directory)
      let id = try await cloud.create(["disk_format": "qcow2"])
      try await cloud.upload(id, QCOW2(virtualSize: size).bytes)
      let name = try #require(cloud.files.first)
      let path = cloud.world.blobs.directory + "/" + name
      let check = Disk.run(["qemu-img", "check", "-f", "qcow2", path])
      #expect(check.status == 0)
      #expect(check.output.contains("No errors were found on the image."), "\(check.output)")
      let info = try JSON(parsing: Array(Disk.run(["qemu-img", "info", "--output=json", path]).output.utf8))
      #expect(info["format"] == "qcow2")
      #expect(info["virtual-size"] == .integer(size))
      #expect(info["cluster-size"] == 65_536)
      #expect(info["format-specific"]?["data"]?["compat"] == "1.1")
      #expect(info["dirty-flag"] == false)
      await cloud.world.close()
    }
  }

  @Test("the configuration may name other images")
  func configured() async throws {
    let settings = try configure([
      "seed": [
        "images": [
          [
            "id": "11111111-2222-3333-4444-555555555555", "name": "small", "visibility": "community", "min_disk": 2,
            "min_ram": 128, "tags": ["t"], "owner": "p", "properties": ["os_distro": "x"], "protected": true,
          ], ["name": "flat", "disk_format": "raw", "virtual_size": 1_048_576],
        ]
      ]
    ])
    let cloud = try await Cloud(settings: settings)
    let image = try await cloud.get("/v2/images/11111111-2222-3333-4444-555555555555").json
    let expected: [(String, JSON)] = [
      ("name", "small"), ("visibility", "community"), ("min_disk", 2), ("min_ram", 128), ("tags", ["t"]),
      ("owner", "p"), ("os_distro", "x"), ("protected", true), ("virtual_size", .integer(2 << 30)),
      ("status", "active"),
    ]
    for (name, value) in expected { #expect(image[name] == value) }
    let others = try await cloud.get("/v2/images?sort=created_at:asc").json["images"]?.array
    #expect(others?.compactMap { $0["name"]?.text }.contains("cirros-0.6.3-x86_64-disk") == true)
    let flat = try await cloud.get("/v2/images?name=flat").json["images"]?.array?.first
    #expect(flat?["size"] == 1_048_576)
    #expect(flat?["owner"] == .null)
  }

  @Test(
    "a mistake in the configuration names its key",
    arguments: [
      (["disk_format": "qcow2"], "f: seed.images[0].name: expected a string, found nothing"),
      (["name": "x", "disk_format": "iso"], "f: seed.images[0].disk_format: expected \"qcow2\" or \"raw\""),
      (["name": "x", "visibility": "x"], "f: seed.images[0].name: Provided object does not match schema"),
      (["name": "x", "min_disk": "1"], "f: seed.images[0].min_disk: expected an integer"),
      (["name": "x", "colour": "red"], "f: seed.images[0].colour: unknown key"),
    ] as [(JSON, String)])
  func mistakes(_ entry: JSON, _ message: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try configure(["seed": ["images": [entry]]])
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @discardableResult
  private func configure(_ value: JSON) throws -> ImageSettings {
    let configuration = try Configuration(file: "f", value)
    var settings = Settings()
    try ImageService.service.configure(configuration, &settings)
    try configuration.refuseUnknownKeys()
    return settings.get(default: ImageSettings(seeds: []))
  }
}

@Suite("After a crash")
struct RecoveryTests {
  @Test("uploads can begin anew, bytes without an owner are gone, and all else is as it was")
  func recovery() async throws {
    try await Disk.withDirectory { directory in
      let (kept, broken) = try await crashed(directory)
      let cloud = try await Cloud(directory: directory)
      #expect(try await cloud.get("/v2/images/\(kept)/file").bytes == [1, 2, 3])
      #expect(try await cloud.get("/v2/images/" + broken).json["status"] == "queued")
      #expect(cloud.files.count == 1)
      #expect(Disk.names(directory + "/blobs").contains("image-blank.blob"))
      #expect(try cloud.world.database.integrityCheck().isEmpty)
      #expect(try await cloud.upload(broken, [4]).status == 204)
      await cloud.world.close()
    }
  }

  @Test("bytes of other services are left alone")
  func others() async throws {
    let cloud = try await Cloud()
    let writer = try cloud.world.blobs.makeWriter(id: "object-1")
    _ = try await writer.commit()
    try await ImageService.service.recover(cloud.world)
    #expect(cloud.files == ["object-1.blob"])
  }

  /// A cloud with an image, one half uploaded, and bytes whose row never came.
  private func crashed(_ directory: String) async throws -> (kept: String, broken: String) {
    let cloud = try await Cloud(directory: directory)
    let kept = try await cloud.create()
    let broken = try await cloud.create()
    try await cloud.upload(kept, [1, 2, 3])
    _ = try await cloud.world.write { db in
      try db.execute("UPDATE images SET status = 'saving' WHERE id = ?", broken)
    }
    let writer = try cloud.world.blobs.makeWriter(id: "image-orphan")
    try await writer.append([9])
    _ = try await writer.commit()
    #expect(cloud.files.count == 2)
    await cloud.world.close()
    return (kept, broken)
  }
}
