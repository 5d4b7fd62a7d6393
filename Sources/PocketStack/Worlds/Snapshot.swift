import OpenStackAPI

/// A world's image with a name, kept until it is deleted.
struct Snapshot: Sendable {
  let description: SnapshotDescription
  let image: WorldImage
  /// What the world it was taken of remembers in memory and would find out again.
  let lineage: WorldMemory

  private static let file = "snapshot.json"

  init(_ name: String, of world: World, at moment: Timestamp, in directory: String?) async throws {
    image = try await WorldImage(of: world, in: directory)
    lineage = world.lineage
    description = SnapshotDescription(name: name, world: world.name, createdAt: moment, bytes: try image.size())
    guard let directory else { return }
    let json: JSON = [
      "world": .string(world.name), "created_at": .integer(moment.microseconds), "bytes": .integer(description.bytes),
    ]
    try File.write(json.jsonText, to: "\(directory)/\(Self.file)")
  }

  /// Reads the snapshot that is kept in a directory; `nil` where one was begun and not finished.
  init?(_ name: String, in directory: String) {
    guard let bytes = try? File.read("\(directory)/\(Self.file)"), let json = try? JSON(parsing: bytes),
      let world = json["world"]?.text, let moment = json["created_at"]?.integer, let size = json["bytes"]?.integer
    else { return nil }
    (image, lineage) = (WorldImage(directory: directory), WorldMemory())
    description = SnapshotDescription(
      name: name, world: world, createdAt: Timestamp(microseconds: moment), bytes: size)
  }
}
