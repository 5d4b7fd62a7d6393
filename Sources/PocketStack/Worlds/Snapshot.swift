import OpenStackAPI

/// A world's image with a name, kept until it is deleted.
struct Snapshot: Sendable {
  let description: SnapshotDescription
  let image: WorldImage
  /// What the world it was taken of remembers in memory and would find out again.
  let lineage: WorldMemory
  /// Where its files are, when they must go with it.
  private let scratch: ScratchFile?

  /// Takes a snapshot of a world, in memory or in a directory.
  init(_ name: String, of world: World, at moment: Timestamp, in directory: String?) async throws {
    image = try await WorldImage(of: world, in: directory)
    (lineage, scratch) = (world.lineage, nil)
    description = SnapshotDescription(name: name, world: world.name, createdAt: moment, bytes: try image.size())
    if let directory { try File.write(json.jsonText, to: "\(directory)/\(SnapshotArchive.facts)") }
  }

  /// Reads the snapshot that is kept in a directory; `nil` where one was begun and not finished. With `scratch` the
  /// directory goes with the snapshot.
  init?(_ name: String, in directory: String, scratch: ScratchFile? = nil) {
    guard let bytes = try? File.read("\(directory)/\(SnapshotArchive.facts)"), let json = try? JSON(parsing: bytes),
      let world = json["world"]?.text, let moment = json["created_at"]?.integer, let size = json["bytes"]?.integer
    else { return nil }
    (image, lineage, self.scratch) = (WorldImage(directory: directory), WorldMemory(), scratch)
    description = SnapshotDescription(
      name: name, world: world, createdAt: Timestamp(microseconds: moment), bytes: size)
  }

  /// What is known of it beside rows and bytes.
  var json: JSON {
    [
      "world": .string(description.world), "created_at": .integer(description.createdAt.microseconds),
      "bytes": .integer(description.bytes),
    ]
  }
}
