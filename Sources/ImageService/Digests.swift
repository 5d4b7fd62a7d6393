import Dispatch
import Locking
import OpenStackAPI

/// The digest of a stream, computed on a serial queue while the stream goes on.
///
/// - Safety: `function` is touched on `queue` only.
private final class StreamDigest: @unchecked Sendable {
  private let queue: DispatchQueue
  private var function: any RunningDigest

  init(_ algorithm: DigestAlgorithm, on queue: DispatchQueue) { (function, self.queue) = (algorithm.begun, queue) }

  func update(_ bytes: [UInt8], in pending: PendingWork) {
    pending.add(on: queue) { bytes.withUnsafeBytes { self.function.update($0) } }
  }

  nonisolated(nonsending) func finish() async -> String {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: Identifiers.hex(self.function.finish())) }
    }
  }
}

/// Both digests that Glance keeps of an image: `checksum` and `os_hash_value`.
struct ImageDigests: Sendable {
  /// The algorithm of `os_hash_value`.
  static let algorithm = DigestAlgorithm.sha512

  private let md5: StreamDigest
  private let sha512: StreamDigest

  /// Digests of one stream, each on a serial queue.
  init(on queues: (DispatchQueue, DispatchQueue)) {
    (md5, sha512) = (StreamDigest(.md5, on: queues.0), StreamDigest(Self.algorithm, on: queues.1))
  }

  /// Takes a chunk; returns at once.
  func update(_ bytes: [UInt8], in pending: PendingWork) {
    md5.update(bytes, in: pending)
    sha512.update(bytes, in: pending)
  }

  nonisolated(nonsending) func finish() async -> (checksum: String, hash: String) {
    (await md5.finish(), await sha512.finish())
  }
}
