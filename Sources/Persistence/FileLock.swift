import Glibc

/// An exclusive hold on a file, by `flock`: the system lets go of it when the process ends, however it ends.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Answers nil when another holds it; throws what the system said otherwise. The file is made if need be.
  public init?(path: String) throws(SystemError) {
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw SystemError("open \(path)") }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let error = SystemError("flock \(path)")
      close(opened)
      if error.code == EWOULDBLOCK { return nil }
      throw error
    }
    descriptor = opened
  }

  /// Unlocks by word: a child that is about to `exec` still has a copy of the descriptor, and closing ours alone would
  /// leave the lock with it for that moment.
  deinit {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
