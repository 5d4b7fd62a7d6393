import Locking
import OpenStackAPI
import Persistence

/// All that a world held at one moment: its rows and its bytes. It never changes, and any number of worlds can begin as
/// a copy of it; the bytes are shared, not copied.
struct WorldImage: Sendable {
  let database: DatabaseImage
  let blobs: BlobImage
  /// Where its files are, which stay for as long as the image is used; `nil` for one in memory.
  private let directory: SharedDirectory?

  /// An image of a world that serves meanwhile: in memory, or in a directory, which is made.
  init(of world: World, in directory: String? = nil) async throws {
    if let directory { try File.makeDirectory(directory) }
    let taken = Locked<BlobImage?>(nil)
    let store = world.blobs
    database = try await world.database.image(at: directory.map { .file(Self.rows(in: $0)) } ?? .memory) {
      let blobs = try store.image(in: directory.map(Self.bytes))
      taken.withLock { $0 = blobs }
    }
    guard let blobs = taken.withLock({ $0 }) else { throw BlobError.closed }
    (self.blobs, self.directory) = (blobs, nil)
  }

  /// The image that is kept in a directory.
  init(directory: SharedDirectory) {
    database = DatabaseImage(file: Self.rows(in: directory.path))
    blobs = BlobImage(directory: Self.bytes(in: directory.path))
    self.directory = directory
  }

  /// Writes the image into a directory, which must be there.
  func write(to directory: String) throws {
    try File.makeDirectory(Self.bytes(in: directory))
    try database.write(to: Self.rows(in: directory))
    try blobs.share(with: Self.bytes(in: directory))
  }

  static func rows(in directory: String) -> String { directory + "/cloud.sqlite" }
  static func bytes(in directory: String) -> String { directory + "/blobs" }

  /// How many bytes rows and blobs have.
  func size() throws -> Int { try blobs.blobs().reduce(rowBytes()) { $0 + $1.bytes } }

  /// How many bytes the rows have as a file.
  func rowBytes() throws -> Int {
    try database.read { db in
      let count = try db.scalar("PRAGMA page_count", as: Int.self) ?? 0
      return try count * (db.scalar("PRAGMA page_size", as: Int.self) ?? 0)
    }
  }
}
