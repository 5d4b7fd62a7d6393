import Dispatch
import Glibc
import Synchronization

/// The file of a blob in the making. Every call blocks.
///
/// - Safety: a writer's serial queue is the only one to call, one call after the other. What goes on meanwhile is over
///   before the descriptor is closed, and tells by `syncFailure` alone.
final class BlobFile: @unchecked Sendable {
  private let path: String
  private let partialPath: String
  /// Below zero once closed.
  private var descriptor: Int32
  /// Where the disk is waited for while more is written; nil where it need not be.
  private let syncQueue: DispatchQueue?
  private let syncs = DispatchGroup()
  /// The errno of the first of them that failed, which the system tells but once.
  private let syncFailure = Atomic<Int32>(0)
  /// Bytes written, and how many of them were when the last sync began.
  private var count = 0
  private var begun = 0

  /// So many bytes make a sync worth its while. Without any, all of them would wait for the one in `publish`.
  private static let window = 8 << 20

  init(_ path: String, syncingOn syncQueue: DispatchQueue?) throws(SystemError) {
    self.path = path
    self.syncQueue = syncQueue
    partialPath = path.dropLast(BlobStore.finished.utf8.count) + BlobStore.unfinished
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("open \(partialPath)") }
  }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    try Files.write(bytes, to: descriptor, partialPath)
    count += bytes.count
    if let syncQueue, count - begun >= Self.window { sync(on: syncQueue) }
  }

  /// Has the disk catch up while more is written, unless it does so already.
  private func sync(on queue: DispatchQueue) {
    guard syncs.wait(timeout: .now()) == .success else { return }
    begun = count
    queue.async(group: syncs) { [self, descriptor] in
      if fdatasync(descriptor) != 0 { syncFailure.store(errno, ordering: .relaxed) }
    }
  }

  /// Bytes first, then the name, then the directory that holds the name.
  func publish(in directory: String) throws(SystemError) {
    guard syncQueue == nil || fsync(descriptor) == 0 else { throw SystemError("fsync \(partialPath)") }
    let closed = endFile()
    let failure = syncFailure.load(ordering: .relaxed)
    guard failure == 0 else { throw SystemError("fdatasync \(partialPath)", code: failure) }
    guard closed == 0 else { throw SystemError("close \(partialPath)") }
    guard rename(partialPath, path) == 0 else { throw SystemError("rename \(partialPath)") }
    guard syncQueue != nil else { return }
    do throws(SystemError) {
      try Files.syncDirectory(directory)
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Removes what there is.
  func discard() {
    if descriptor >= 0 { _ = endFile() }
    unlink(partialPath)
  }

  private func endFile() -> Int32 {
    syncs.wait()
    defer { descriptor = -1 }
    return close(descriptor)
  }
}
