import Crypto
import Dispatch
import OpenStackAPI

/// The digest of a stream, computed on a queue of its own while the stream goes on.
///
/// - Safety: `function` is touched on `queue` only.
private final class StreamDigest<Function: HashFunction>: @unchecked Sendable {
  private let queue = DispatchQueue(label: "image.digest", target: .global())
  private var function = Function()

  func update(_ bytes: [UInt8], in group: DispatchGroup) {
    queue.async(group: group) { bytes.withUnsafeBytes { self.function.update(bufferPointer: $0) } }
  }

  nonisolated(nonsending) func finish() async -> String {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: Identifiers.hex(Array(self.function.finalize()))) }
    }
  }
}

/// Both digests that Glance keeps of an image: `checksum` and `os_hash_value`.
struct ImageDigests: Sendable {
  /// The algorithm of `os_hash_value`.
  static let algorithm = "sha512"

  private let md5 = StreamDigest<Insecure.MD5>()
  private let sha512 = StreamDigest<SHA512>()
  private let pending = DispatchGroup()

  /// Takes a chunk; returns at once.
  func update(_ bytes: [UInt8]) {
    md5.update(bytes, in: pending)
    sha512.update(bytes, in: pending)
  }

  /// Returns when all chunks are computed, woken once by the slower of the two.
  nonisolated(nonsending) func settle() async {
    await withCheckedContinuation { continuation in
      pending.notify(queue: .global()) { continuation.resume() }
    }
  }

  nonisolated(nonsending) func finish() async -> (checksum: String, hash: String) {
    (await md5.finish(), await sha512.finish())
  }
}
