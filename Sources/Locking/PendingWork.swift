import Dispatch

/// Work on queues whose end a task can wait for without holding a thread.
public struct PendingWork: Sendable {
  private let group = DispatchGroup()

  /// None so far.
  public init() {}

  /// Begins work; what it captures is released before it counts as done.
  public func add(on queue: DispatchQueue, _ work: @escaping @Sendable () -> Void) {
    queue.async(group: group, execute: work)
  }

  /// Returns when all that was added is done; one wake-up, however many that are.
  nonisolated(nonsending) public func settle() async {
    guard !isSettled else { return }
    await withCheckedContinuation { continuation in
      group.notify(queue: .global()) { continuation.resume() }
    }
  }

  private var isSettled: Bool { group.wait(timeout: .now()) == .success }
}
