import Glibc

/// The file of a blob in the making. Every call blocks.
///
/// - Safety: a writer's serial queue is the only one to call, one call after the other.
final class BlobFile: @unchecked Sendable {
  private let path: String
  private let partialPath: String
  private let isDurable: Bool
  /// Below zero once closed.
  private var descriptor: Int32
  /// Bytes written, and how many of them the disk was asked to begin with.
  private var count = 0
  private var begun = 0

  /// So much is handed to the disk at a time, while more is written: else all of it would wait for `publish`.
  private static let window = 8 << 20

  init(_ path: String, isDurable: Bool) throws(SystemError) {
    self.path = path
    self.isDurable = isDurable
    partialPath = path.dropLast(BlobStore.finished.utf8.count) + BlobStore.unfinished
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("open \(partialPath)") }
  }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    try Files.write(bytes, to: descriptor, partialPath)
    count += bytes.count
    guard isDurable, count - begun >= Self.window else { return }
    Files.beginSync(descriptor, from: begun, count: count - begun)
    begun = count
  }

  /// Bytes first, then the name, then the directory that holds the name.
  func publish(in directory: String) throws(SystemError) {
    guard !isDurable || fsync(descriptor) == 0 else { throw SystemError("fsync \(partialPath)") }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw SystemError("close \(partialPath)") }
    guard rename(partialPath, path) == 0 else { throw SystemError("rename \(partialPath)") }
    guard isDurable else { return }
    do throws(SystemError) {
      try Files.syncDirectory(directory)
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Removes what there is.
  func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    unlink(partialPath)
  }
}
