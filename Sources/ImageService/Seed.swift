import OpenStackAPI

/// An image of a new cloud: an entry of the configuration's `seed.images`.
struct SeedImage: Sendable {
  let draft: ImageDraft
  /// Bytes of the disk inside.
  let virtualSize: Int
  /// What the draft was read from.
  private let body: JSONObject

  /// Reads an entry and checks it as the API checks a new image; what it does not say is as in `base`.
  init(_ entry: Configuration, over base: SeedImage?) throws {
    var body = base?.body ?? Self.usual
    for name in ["id", "owner", "disk_format", "container_format", "visibility"] {
      body[name] = try entry.string(name).map(JSON.string) ?? body[name]
    }
    for name in ["protected", "os_hidden"] { body[name] = try entry.bool(name).map(JSON.bool) ?? body[name] }
    if base == nil || entry.keys.contains("name") { body["name"] = .string(try entry.requiredString("name")) }
    let format = body["disk_format"]?.text ?? ""
    guard format == "qcow2" || format == "raw" else {
      throw entry.mistake("disk_format", "expected \"qcow2\" or \"raw\", found \"\(format)\"")
    }
    body["min_disk"] = try entry.integer("min_disk", in: 0...1024).map(JSON.integer) ?? body["min_disk"]
    body["min_ram"] = try entry.integer("min_ram").map(JSON.integer) ?? body["min_ram"]
    body["tags"] = try entry.strings("tags").map { .array($0.map(JSON.string)) } ?? body["tags"]
    let minDisk = body["min_disk"]?.integer ?? 0
    virtualSize =
      try entry.integer("virtual_size", in: 512...(1 << 40)) ?? base?.virtualSize ?? max(1, minDisk) << 30
    if format == "raw", virtualSize > Self.largestRaw {
      throw entry.mistake("virtual_size", "expected at most \(Self.largestRaw) bytes for a raw image")
    }
    let properties = try entry.section("properties")
    for name in properties.keys { body[name] = .string(try properties.requiredString(name)) }
    self.body = body
    do {
      draft = try ImageDraft(.object(body))
    } catch {
      throw entry.mistake("name", error.message)
    }
  }

  private static let largestRaw = 1 << 26

  private static let usual = JSONObject([
    ("disk_format", "qcow2"), ("container_format", "bare"), ("visibility", "public"),
  ])

  private init(_ body: JSON, virtualSize: Int) throws(Fault) {
    (draft, self.body, self.virtualSize) = (try ImageDraft(body), body.object ?? JSONObject(), virtualSize)
  }

  /// Whether an entry as it is written stands for this one.
  fileprivate func isMeant(by entry: Configuration) throws -> Bool {
    let id = try entry.string("id")
    if let id, let own = body["id"]?.text { return id == own }
    return try entry.string("name") == body["name"]?.text
  }

  /// The bytes: an empty disk.
  var bytes: [UInt8] {
    draft.diskFormat == "raw"
      ? [UInt8](repeating: 0, count: virtualSize) : QCOW2(virtualSize: virtualSize).bytes
  }
}

/// What the configuration says of images.
struct ImageSettings: Sendable {
  var seeds: [SeedImage]

  @Sendable static func configure(_ configuration: Configuration, _ settings: inout Settings) throws {
    let seeds = try configuration.section("seed").seeded(
      "images", over: SeedImage.defaults(), means: { try $1.isMeant(by: $0) }, read: SeedImage.init(_:over:))
    settings.set(ImageSettings(seeds: seeds))
    let section = try configuration.section("image")
    settings.set(try ImageStores(section))
    settings.set(try ImportSettings(section))
    settings.set(try ImageQuota.Limits(section.section("quota")))
  }
}

extension SeedImage {
  /// Fills a new cloud: the bytes are written at the same time, the rows in one transaction.
  @Sendable static func seed(_ world: World) async throws {
    let fallback = ImageSettings(seeds: try defaults())
    let seeds = world.settings.get(default: fallback).seeds
    let images = try await withThrowingTaskGroup(of: (Int, Image, ImageBlob).self) { group in
      for (place, seed) in seeds.enumerated() {
        let image = seed.draft.image(
          id: world.identifiers.uuid(), owner: seed.draft.owner ?? nil, at: world.now)
        // Drawn here, in order: with a seed every run has the same names.
        let name = ImageIntake.newName(world)
        group.addTask { (place, image, try await seed.store(world, as: name)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
    }
    try await world.write { db in
      for (_, image, blob) in images {
        var image = image
        try blob.insert(db)
        image.adopt(blob, in: world.imageStores.defaultID)
        try image.move(to: .active)
        try image.insert(db)
      }
    }
  }

  private func store(_ world: World, as name: String) async throws -> ImageBlob {
    let bytes = bytes
    var intake = try ImageIntake(world, as: name, total: bytes.count)
    try await intake.append(bytes)
    return try await intake.finish(as: DiskFormat(disk: draft.diskFormat, container: "bare", mustMatch: true))
  }

  /// What a new cloud has where the configuration says nothing: DevStack's test image, and the one that the tutorial boots.
  fileprivate static func defaults() throws(Fault) -> [SeedImage] {
    [
      try SeedImage(
        [
          "name": "cirros-0.6.3-x86_64-disk", "visibility": "public", "disk_format": "qcow2",
          "container_format": "bare", "hw_rng_model": "virtio", "os_distro": "cirros", "architecture": "x86_64",
        ], virtualSize: 112 << 20),
      try SeedImage(
        [
          "id": "185e1975-c9c5-4358-909e-5e329808902e", "name": "Ubuntu 16.04 (Xenial)", "visibility": "public",
          "disk_format": "qcow2", "container_format": "bare", "hw_rng_model": "virtio", "os_distro": "ubuntu",
          "os_version": "16.04", "architecture": "x86_64",
        ], virtualSize: 1 << 30),
    ]
  }
}
