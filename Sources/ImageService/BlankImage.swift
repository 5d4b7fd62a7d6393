import Dispatch
import Locking
import OpenStackAPI
import Persistence

/// An empty disk that is always there: the bytes of a snapshot whose source is gone. A snapshot is completed inside
/// another service's transaction, where nothing can be written to a file any more.
enum BlankImage {
  /// A fit name for a blob, so that this is never `nil`.
  static let id = BlobID(rawValue: ImageBlob.prefix + "blank")

  private static let virtualSize = 1 << 30

  /// Writes the bytes and their row, unless they are there.
  static func provide(_ world: World) async throws {
    guard let id else { return }
    let isKnown = try world.read { try ImageBlob.find(id, $0) != nil }
    guard !isKnown || !world.blobs.contains(id) else { return }
    let bytes = QCOW2(virtualSize: virtualSize).bytes
    if !world.blobs.contains(id) {
      let writer = try world.blobs.makeWriter(id: id.rawValue)
      try await writer.append(bytes)
      _ = try await writer.commit()
    }
    let queue = DispatchQueue(label: "image.digest")
    let digests = ImageDigests(on: (queue, queue))
    digests.update(bytes, in: PendingWork())
    let (checksum, hash) = await digests.finish()
    let blob = ImageBlob(id: id, size: bytes.count, virtualSize: virtualSize, checksum: checksum, hash: hash)
    try await world.write { db in if !isKnown { try blob.insert(db) } }
  }
}
