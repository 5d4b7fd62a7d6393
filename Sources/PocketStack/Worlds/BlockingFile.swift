import Dispatch
import Glibc
import OpenStackAPI

/// A file that is read or written on a queue of its own, so that nobody's event loop waits for the disk.
///
/// - Safety: one call follows the other, each on `queue`; the descriptor never changes.
final class BlockingFile: @unchecked Sendable {
  private let descriptor: Int32
  private let queue = DispatchQueue(label: "file")

  init(reading path: String) throws(File.Failure) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw File.Failure(code: errno) }
  }

  init(creating path: String) throws(File.Failure) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw File.Failure(code: errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The next bytes; none at the end.
  func read(atMost count: Int) async throws -> [UInt8] {
    try await onQueue { descriptor in
      var piece = [UInt8](repeating: 0, count: count)
      let got = Glibc.read(descriptor, &piece, count)
      guard got >= 0 else { throw File.Failure(code: errno) }
      piece.removeLast(count - got)
      return piece
    }
  }

  /// Adds bytes to the end.
  func write(_ bytes: [UInt8]) async throws {
    try await onQueue { descriptor in
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
        }
        guard count > 0 || errno == EINTR else { throw File.Failure(code: errno) }
        done += max(0, count)
      }
    }
  }

  /// Returns when all that was written is on the disk.
  func sync() async throws {
    try await onQueue { descriptor in
      guard fsync(descriptor) == 0 else { throw File.Failure(code: errno) }
    }
  }

  private func onQueue<T: Sendable>(_ work: @escaping @Sendable (Int32) throws -> T) async throws -> T {
    let descriptor = descriptor
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try work(descriptor) }) }
    }
  }
}

/// A file under TMPDIR that goes with this object.
final class ScratchFile: Sendable {
  let path = ScratchFile.newPath

  /// A path under TMPDIR where nothing is yet.
  static var newPath: String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(parent)/pocketstack-\(getpid())-\(Identifiers().hex())"
  }

  deinit { try? File.remove(path) }
}
