import HTTPServer
import Locking
import OpenStackAPI
import Persistence

/// Takes in the bytes of an image: to the disk and into both digests.
///
/// The next chunk is received while those before are written and their digests computed, so that an upload goes as fast
/// as the slowest of network, disk and one digest. What is dropped before `finish` leaves nothing behind.
struct ImageIntake: ~Copyable, Sendable {
  private let blobs: BlobStore
  private let writer: BlobWriter
  private let share: IntakeShare
  private let digests: ImageDigests
  /// The chunk that is gathered, as long as it is to become, and how many of its bytes are there.
  private var filling: [UInt8] = []
  private var filled = 0
  /// Those before, the oldest first, which are in work meanwhile.
  private var working: [(bytes: [UInt8], pending: PendingWork)] = []

  /// How many bytes are to come, if that is known: a chunk need not be longer.
  private let total: Int?

  /// Bytes to come, under a name that is drawn, or was drawn before.
  init(_ world: World, as name: String? = nil, total: Int? = nil) throws {
    self.total = total
    blobs = world.blobs
    writer = try world.blobs.makeWriter(id: name ?? Self.newName(world))
    share = world.remembered { IntakeRoom() }.makeShare()
    digests = ImageDigests(on: share.queues)
  }

  /// A new name for bytes.
  static func newName(_ world: World) -> String { ImageBlob.prefix + world.identifiers.hex() }

  /// Adds bytes to the end.
  mutating func append(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      makeRoom()
      let count = min(rest.count, filling.count - filled)
      filling.replaceSubrange(filled..<filled + count, with: rest.prefix(count))
      filled += count
      rest.removeFirst(count)
      if filled == filling.count { try await flush() }
    }
  }

  /// Adds a request's bytes to the end, no more than `limit`; false if there are more.
  mutating func append(_ body: HTTPRequestBody, upTo limit: Int) async throws -> Bool {
    var pieces = body.makeAsyncIterator()
    while true {
      makeRoom()
      filled = try await pieces.read(into: &filling, from: filled)
      guard writer.count + filled <= limit else { return false }
      guard filled == filling.count else { return true }
      try await flush()
    }
  }

  /// Sees to it that there is a chunk to fill.
  private mutating func makeRoom() {
    guard filling.isEmpty else { return }
    filling = [UInt8](repeating: 0, count: min(share.chunk, max((total ?? .max) - writer.count, 1)))
  }

  /// Begins the work on a chunk, once there are not too many in work. The room of one that is done is used again.
  private mutating func flush() async throws {
    if filled < filling.count { filling.removeLast(filling.count - filled) }
    var spare: [UInt8] = []
    while working.count >= share.depth, let oldest = working.first {
      await oldest.pending.settle()
      spare = working.removeFirst().bytes
    }
    let pending = PendingWork()
    try writer.append(filling, in: pending)
    digests.update(filling, in: pending)
    working.append((filling, pending))
    filling = spare.count == share.chunk ? spare : []
    filled = 0
  }

  /// Makes the bytes durable. They are still nobody's: the row that owns them must follow. They are compared with the
  /// format, where one is given, and go if they are not in it.
  mutating func finish(as format: DiskFormat?, expecting size: Int? = nil) async throws -> ImageBlob {
    if filled > 0 { try await flush() }
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
