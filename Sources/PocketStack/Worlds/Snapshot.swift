import OpenStackAPI

/// Which snapshot is meant.
struct SnapshotID: Hashable, Sendable {
  /// The world that it belongs to, and ends with; `nil` for the cloud's own.
  let owner: String?
  let name: String
}

/// A world's image with a name, kept until it is deleted.
struct Snapshot: Sendable {
  let id: SnapshotID
  let facts: SnapshotFacts
  let image: WorldImage
  /// What the world it was taken of remembers in memory and would find out again.
  let lineage: WorldMemory
  /// Where its files are; `nil` for one in memory.
  let directory: SharedDirectory?

  /// Takes a snapshot of a world, in memory.
  init(_ id: SnapshotID, of world: World, at moment: Timestamp) async throws {
    (self.id, lineage, directory) = (id, world.lineage, nil)
    image = try await WorldImage(of: world)
    facts = SnapshotFacts(world: world.name, createdAt: moment, bytes: try image.size())
  }

  /// Takes a snapshot of a world into a directory.
  static func write(_ world: World, at moment: Timestamp, in directory: String) async throws {
    let image = try await WorldImage(of: world, in: directory)
    let facts = SnapshotFacts(world: world.name, createdAt: moment, bytes: try image.size())
    try File.write(facts.json.jsonText, to: "\(directory)/\(SnapshotArchive.facts)")
  }

  /// Reads the snapshot that is kept in a directory; `nil` where it is not whole.
  init?(_ id: SnapshotID, in directory: SharedDirectory, lineage: WorldMemory = WorldMemory()) {
    guard let facts = Self.facts(in: directory.path) else { return nil }
    (self.id, self.facts, self.lineage, self.directory) = (id, facts, lineage, directory)
    image = WorldImage(directory: directory)
  }

  /// Whether a directory holds all of a snapshot.
  static func isWhole(in directory: String) -> Bool { facts(in: directory) != nil }

  /// Whether a directory holds what is left of a snapshot that was deleted, or was not finished. One whose file only cannot
  /// be read is neither.
  static func isHalf(in directory: String) -> Bool {
    let rows = WorldImage.rows(in: directory)
    return !File.exists("\(directory)/\(SnapshotArchive.facts)") || !File.exists(rows) || File.size(rows) == 0
      || !File.exists(WorldImage.bytes(in: directory))
  }

  private static func facts(in directory: String) -> SnapshotFacts? {
    guard !isHalf(in: directory), File.isDirectory(WorldImage.bytes(in: directory)) else { return nil }
    return SnapshotFacts(file: "\(directory)/\(SnapshotArchive.facts)")
  }

  var description: SnapshotDescription {
    SnapshotDescription(
      name: id.name, owner: id.owner, world: facts.world, createdAt: facts.createdAt, bytes: facts.bytes)
  }
}

/// What is known of a snapshot beside its rows and bytes: the file `snapshot.json`.
struct SnapshotFacts: Sendable {
  /// The world that it was taken of.
  let world: String
  let createdAt: Timestamp
  /// How many bytes its rows and blobs have.
  let bytes: Int

  init(world: String, createdAt: Timestamp, bytes: Int) {
    (self.world, self.createdAt, self.bytes) = (world, createdAt, bytes)
  }

  /// Reads the file; `nil` where there is none, or another.
  init?(file path: String) {
    guard let bytes = try? File.read(path), let json = try? JSON(parsing: bytes), let world = json["world"]?.text,
      WorldName.isValid(world), let size = json["bytes"]?.integer, size >= 0,
      let moment = json["created_at"]?.integer, 0...Timestamp.last.microseconds ~= moment
    else { return nil }
    self.init(world: world, createdAt: Timestamp(microseconds: moment), bytes: size)
  }

  var json: JSON {
    ["world": .string(world), "created_at": .integer(createdAt.microseconds), "bytes": .integer(bytes)]
  }
}
