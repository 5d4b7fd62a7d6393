import CSystem
import Dispatch
import Locking

/// Gives memory back to the system after worlds have ended: the C library keeps what was freed between what is still in
/// use, and a test suite frees hundreds of worlds at once.
final class MemoryRelease: Sendable {
  private static let delay = DispatchTimeInterval.milliseconds(200)

  private let isPlanned = Locked(false)

  /// Looks for free pages a little later; however often this is called meanwhile, once.
  func plan() {
    let isFirst = isPlanned.withLock { isPlanned in
      defer { isPlanned = true }
      return !isPlanned
    }
    guard isFirst else { return }
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + Self.delay) { [self] in
      isPlanned.withLock { $0 = false }
      _ = csystem_malloc_trim()
    }
  }
}
