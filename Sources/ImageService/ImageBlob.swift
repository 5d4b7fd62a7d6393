import Dispatch
import OpenStackAPI
import Persistence

/// The bytes of images, as their row describes them. Several images can share one.
struct ImageBlob: Sendable, RowDecodable {
  let id: BlobID
  let size: Int
  let virtualSize: Int?
  let checksum: String
  let hash: String

  init(id: BlobID, size: Int, virtualSize: Int?, checksum: String, hash: String) {
    (self.id, self.size, self.virtualSize, self.checksum, self.hash) = (id, size, virtualSize, checksum, hash)
  }

  private static let columns = "id, size, virtual_size, checksum, os_hash_value"

  init(row: inout Row) throws {
    id = try row.next()
    size = try row.next(in: .counts)
    virtualSize = try row.next(in: 0...Int.max)
    checksum = try row.next()
    hash = try row.next()
  }

  static func find(_ id: BlobID, _ db: Connection) throws -> ImageBlob? {
    try db.first("SELECT \(columns) FROM image_blobs WHERE id = ?", id)
  }

  func insert(_ db: Connection) throws {
    try db.execute(
      "INSERT INTO image_blobs (\(Self.columns)) VALUES (?, ?, ?, ?, ?)", id, size, virtualSize, checksum, hash)
  }

  /// What every blob of an image is called, to be told from those of other services.
  static let prefix = "image-"

  static let transition = "image-blob"

  private static let held = """
    SELECT 1 FROM images WHERE blob = ? UNION ALL SELECT 1 FROM image_locations WHERE blob = ? LIMIT 1
    """

  /// An image lets go of a blob. When no other holds it, its bytes go too, but only once that is durable: a row whose
  /// bytes are gone would be worse than bytes without a row.
  static func release(_ id: BlobID, _ db: Connection, _ world: World) throws {
    guard id != BlankImage.id, try !db.exists(held, id, id) else { return }
    try db.execute("DELETE FROM image_blobs WHERE id = ?", id)
    try Transition.plan(db, kind: transition, resource: id.rawValue, action: "remove", due: world.now)
  }

  /// Removes the bytes that `release` let go, outside the transaction: that takes time in proportion to the bytes. What a
  /// crash prevents is made up for by `Recovery`.
  @Sendable static func remove(_ transition: Transition, _ db: Connection, _ world: World) throws -> Duration? {
    guard let id = BlobID(rawValue: transition.resource), try find(id, db) == nil else { return nil }
    DispatchQueue.global(qos: .utility).async {
      do {
        try world.blobs.remove(id)
      } catch {
        world.log.error("an image's bytes stay", metadata: ["blob": "\(id.rawValue)", "error": "\(error)"])
      }
    }
    return nil
  }
}

extension Image {
  /// Takes a blob over as this image's bytes in a store.
  mutating func adopt(_ blob: ImageBlob, in store: String) {
    locations.append(ImageLocation(blob.id, in: store))
    (size, virtualSize) = (blob.size, blob.virtualSize)
    (checksum, hashAlgorithm, hashValue) = (blob.checksum, ImageDigests.algorithm.rawValue, blob.hash)
  }
}
