import OpenStackAPI
import Persistence

/// Takes in the bytes of an image: to the disk, into both digests, and the first of them to see what they are.
///
/// The next chunk is received while the digests of the last are computed, so that an upload goes as fast as the slowest
/// of network, disk and one digest. What is dropped before `finish` leaves nothing behind.
struct ImageIntake: ~Copyable, Sendable {
  private static let chunk = 128 * 1024

  private let writer: BlobWriter
  private let digests = ImageDigests()
  /// The chunk that is received, and the one before, whose digests are computed meanwhile. The two take turns.
  private var filling: [UInt8] = []
  private var digesting: [UInt8] = []
  private var head: [UInt8] = []

  init(_ world: World) throws {
    writer = try world.blobs.makeWriter(id: ImageBlob.prefix + world.identifiers.hex())
  }

  /// Adds bytes to the end.
  mutating func append(_ bytes: [UInt8]) async throws {
    if head.count < DiskFormat.headerLength { head += bytes.prefix(DiskFormat.headerLength - head.count) }
    filling += bytes
    if filling.count >= Self.chunk { try await flush() }
  }

  private mutating func flush() async throws {
    await digests.settle()
    swap(&filling, &digesting)
    digests.update(digesting)
    try await writer.append(digesting)
    filling.removeAll(keepingCapacity: true)
  }

  /// Makes the bytes durable. They are still nobody's: the row that owns them must follow.
  mutating func finish(as format: String?, expecting size: Int? = nil) async throws -> ImageBlob {
    if !filling.isEmpty { try await flush() }
    let count = writer.count
    if let size, size != count {
      throw Fault.badRequest("The data has \(count) bytes, but x-openstack-image-size says \(size).")
    }
    let (checksum, hash) = await digests.finish()
    return ImageBlob(
      id: try await writer.commit(), size: count,
      virtualSize: DiskFormat(format, head).virtualSize(ofFile: count), checksum: checksum, hash: hash)
  }
}
