import OpenStackAPI

/// A world that is whole and that nobody sees yet.
enum BuiltWorld: Sendable {
  /// In memory, and ready.
  case memory(World)
  /// In a directory that is to get its place.
  case staged(StagedWorld)
}

/// A world on the disk that was built aside.
struct StagedWorld: Sendable {
  let record: WorldRecord
  let directory: String
  let lineage: WorldMemory
  /// Where its identifiers go on.
  let identifiers: Identifiers
}

/// What a world is taken to: the rows and bytes of a snapshot, and its own secrets, if it can still be asked for them.
struct Restoration: Sendable {
  let image: WorldImage
  let secrets: WorldSecrets?
}
