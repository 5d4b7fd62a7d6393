import CSystem
import Dispatch
import Locking

/// Gives memory back to the system after worlds have ended: the C library keeps what was freed between what is still in
/// use, and a test suite frees hundreds of worlds at once.
final class MemoryRelease: Sendable {
  /// Soon, and once more when threads that have nothing to do any more have ended, with what they kept for themselves.
  private static let delays = [DispatchTimeInterval.milliseconds(200), .seconds(8)]

  private let isPlanned = Locked(false)

  /// Looks for free pages a little later; however often this is called meanwhile, once.
  func plan() {
    let isFirst = isPlanned.withLock { isPlanned in
      defer { isPlanned = true }
      return !isPlanned
    }
    guard isFirst else { return }
    for delay in Self.delays {
      DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + delay) { [self] in
        isPlanned.withLock { $0 = false }
        _ = csystem_malloc_trim()
      }
    }
  }
}
