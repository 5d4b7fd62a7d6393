import Dispatch

/// Threads for what takes long, such as copying a database or naming thousands of files, so that no event loop waits for
/// it.
///
///     let image = try await Background.run { try await WorldImage(of: world) }
public enum Background {
  private static let executor = QueueExecutor()

  /// Runs `body` on such a thread, with all that it calls, and answers what it answers.
  public static func run<T>(_ body: () async throws -> T) async rethrows -> T {
    try await withTaskExecutorPreference(executor, operation: body)
  }
}

/// Runs tasks on a Dispatch queue, whose threads come and go with the work.
private final class QueueExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "background", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
