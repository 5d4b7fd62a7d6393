import Locking

/// A directory that goes, once it is given up, with the last one who uses it: whoever reads a snapshot reads on while it
/// is deleted.
final class SharedDirectory: Sendable {
  let path: String
  private let removal: Locked<(@Sendable () -> Void)?>

  /// With `removal` it is given up from the beginning.
  init(_ path: String, removal: (@Sendable () -> Void)? = nil) {
    self.path = path
    self.removal = Locked(removal)
  }

  /// Lets `removal` remove it when nobody uses it any more.
  func giveUp(_ removal: @escaping @Sendable () -> Void) { self.removal.withLock { $0 = removal } }

  deinit { removal.withLock { $0 }?() }
}
