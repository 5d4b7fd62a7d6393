import Dispatch
import Glibc
import Synchronization

/// Where passwords are hashed: one serial queue a core, so that a rush of logins neither stops the event loops nor takes
/// 16 MB for each of them at once. The cores belong to the process, so the queues do too.
final class PasswordQueues: Sendable {
  static let shared = PasswordQueues()

  private let queues: [DispatchQueue]
  private let next = Atomic<Int>(0)

  private init() {
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    queues = (0..<cores).map { DispatchQueue(label: "pocketstack.password.\($0)", qos: .userInitiated) }
  }

  /// Runs work on the queue whose turn it is.
  func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    let turn = next.wrappingAdd(1, ordering: .relaxed).newValue
    let queue = queues[Int(turn.magnitude % UInt(queues.count))]
    return await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: work()) }
    }
  }
}
