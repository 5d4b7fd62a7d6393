import OpenStackAPI
import Persistence

/// Takes in the bytes of an image: to the disk and into both digests.
///
/// The next chunk is received while the digests of the last are computed, so that an upload goes as fast as the slowest
/// of network, disk and one digest. What is dropped before `finish` leaves nothing behind.
struct ImageIntake: ~Copyable, Sendable {
  /// As much as the blob's writer takes without a copy of its own.
  private static let chunk = BlobWriter.bufferLimit

  private let blobs: BlobStore
  private let writer: BlobWriter
  private let digests = ImageDigests()
  /// The chunk that is received, and the one before, whose digests are computed meanwhile. The two take turns.
  private var filling: [UInt8] = []
  private var digesting: [UInt8] = []

  /// Bytes to come, under a name that is drawn, or was drawn before.
  init(_ world: World, as name: String? = nil) throws {
    blobs = world.blobs
    writer = try world.blobs.makeWriter(id: name ?? Self.newName(world))
  }

  /// A new name for bytes.
  static func newName(_ world: World) -> String { ImageBlob.prefix + world.identifiers.hex() }

  /// Adds bytes to the end. A chunk never outgrows its room, so that many uploads at once stay small.
  mutating func append(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      if filling.capacity < Self.chunk { filling.reserveCapacity(Self.chunk) }
      let room = rest.prefix(Self.chunk - filling.count)
      filling += room
      rest = rest[room.endIndex...]
      if filling.count == Self.chunk { try await flush() }
    }
  }

  private mutating func flush() async throws {
    await digests.settle()
    swap(&filling, &digesting)
    digests.update(digesting)
    try await writer.append(digesting)
    filling.removeAll(keepingCapacity: true)
  }

  /// Makes the bytes durable. They are still nobody's: the row that owns them must follow. They are compared with the
  /// format, where one is given, and go if they are not in it.
  mutating func finish(as format: DiskFormat?, expecting size: Int? = nil) async throws -> ImageBlob {
    if !filling.isEmpty { try await flush() }
    let count = writer.count
    if let size, size != 0, size != count { throw Self.wrongSize(expected: size, count) }
    let (checksum, hash) = await digests.finish()
    let id = try await writer.commit()
    do {
      let virtualSize = try format?.virtualSize(of: blobs.path(id))
      return ImageBlob(id: id, size: count, virtualSize: virtualSize, checksum: checksum, hash: hash)
    } catch {
      try blobs.remove(id)
      throw error
    }
  }

  /// Glance stops with the first of its chunks that is too much, and counts that far.
  private static func wrongSize(expected: Int, _ count: Int) -> Fault {
    guard count > expected else {
      return .badRequest("Size mismatch: expected \(expected) bytes, got \(count) bytes")
    }
    let seen = min(count, (expected / glanceChunk + 1) * glanceChunk)
    return .badRequest("Size exceeds: expected \(expected) bytes, got \(seen) bytes")
  }

  private static let glanceChunk = 64 * 1024
}
