import Glibc

/// A directory for the bytes of a world in memory, named after its process, so that the next one can tell which are
/// left over from one that died.
enum TemporaryDirectory {
  private static let prefix = "pocketstack-blobs-"
  static let lockName = "lock"

  private static var parent: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  /// The path of a new one, which is yet to be made.
  static func newPath() -> String { "\(parent)/\(prefix)\(getpid())-\(BlobID.random())" }

  /// Clears away those of dead processes; it takes time in proportion to what else is there.
  static func sweep() {
    let parent = parent
    for name in (try? Files.names(in: parent)) ?? [] where isStale(name, in: parent) {
      Files.removeFlatDirectory("\(parent)/\(name)")
    }
  }

  /// Its process must be gone, its lock free (in a container numbers of processes mean nothing) and the owner ours.
  private static func isStale(_ name: String, in parent: String) -> Bool {
    guard name.hasPrefix(prefix), let process = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }) else {
      return false
    }
    let path = "\(parent)/\(name)"
    guard let status = Files.status(path), status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
      return false
    }
    guard process != getpid(), kill(process, 0) != 0, errno == ESRCH else { return false }
    return (try? FileLock(path: "\(path)/\(lockName)")) != nil
  }
}
