import CSQLite
import Dispatch
import Locking

/// The one writer of a file. All who wait share a transaction, each within a savepoint of its own, and with it one
/// wait for the disk; their answers come after that. Idle, it holds no thread.
///
/// - Safety: `connection` is touched on `queue` only, and `waiting` is behind its lock.
final class GroupWriter: @unchecked Sendable {
  private struct Waiting {
    var jobs: [any WriteJob] = []
    var isDraining = false
    var isClosed = false
  }

  private let queue = DispatchQueue(label: "persistence.writer", qos: .userInitiated)
  private let onQueue = DispatchSpecificKey<Bool>()
  private let waiting = Locked(Waiting())
  private let versions: TableVersions
  private let readers: ReaderPool
  private let largestBatch: Int
  private let reserve: DiskReserve?
  private var connection: Connection?
  private var checkpointer: Checkpointer

  init(
    _ connection: sending Connection, readers: ReaderPool, versions: TableVersions, configuration: DatabaseConfiguration
  ) {
    self.connection = connection
    self.versions = versions
    self.readers = readers
    largestBatch = max(1, configuration.largestBatch)
    checkpointer = Checkpointer(pages: configuration.checkpointPages)
    reserve = configuration.reserve
    queue.setSpecific(key: onQueue, value: true)
  }

  func submit(_ job: any WriteJob) {
    let (isClosed, mustStart) = waiting.withLock { waiting in
      guard !waiting.isClosed else { return (true, false) }
      waiting.jobs.append(job)
      defer { waiting.isDraining = true }
      return (false, !waiting.isDraining)
    }
    if isClosed { job.finish(DatabaseError.closed) }
    if mustStart { queue.async { self.drain() } }
  }

  /// Lets the waiting writes finish and closes the connection.
  func close() {
    waiting.withLock { $0.isClosed = true }
    if DispatchQueue.getSpecific(key: onQueue) == true { shut() } else { queue.sync { shut() } }
  }

  private func shut() {
    drain()
    guard let connection else { return }
    checkpointer.finish(connection)
    self.connection = nil
  }

  private func drain() {
    while let jobs = take(largestBatch) {
      guard let connection else {
        for job in jobs { job.finish(DatabaseError.closed) }
        continue
      }
      let outcome = commit(jobs, connection)
      if outcome.failure == .full || !outcome.starved.isEmpty { makeRoom(for: outcome.starved, connection) }
      checkpointer.afterCommit(connection, readers)
      if let reserve, !reserve.isWhole { reserve.fill() }
    }
  }

  /// Begins the WAL anew, whose length can then be used again, and runs those who may take from the reserve once more:
  /// each by itself, so that it needs as little as can be, and without the reserve first.
  private func makeRoom(for starved: [any WriteJob], _ connection: Connection) {
    checkpointer.startAnew(connection, readers)
    for job in starved where !isDone(job, connection) {
      checkpointer.startAnew(connection, readers)
      if !(reserve?.lend { isDone(job, connection) } ?? false) { job.finish(DatabaseError.full) }
    }
  }

  /// Runs a write alone; false if it found no room and is still to be answered.
  private func isDone(_ job: any WriteJob, _ connection: Connection) -> Bool {
    var batch = Batch(connection)
    batch.begin()
    batch.add(job)
    batch.commit(versions)
    return batch.starved.isEmpty
  }

  private func take(_ limit: Int) -> [any WriteJob]? {
    waiting.withLock { waiting in
      guard !waiting.jobs.isEmpty else {
        waiting.isDraining = false
        return nil
      }
      if waiting.jobs.count <= limit {
        defer { waiting.jobs = [] }
        return waiting.jobs
      }
      defer { waiting.jobs.removeFirst(limit) }
      return Array(waiting.jobs.prefix(limit))
    }
  }

  /// Those who come while the others' statements run still get a seat.
  private func takeLatecomers(_ limit: Int) -> [any WriteJob] {
    waiting.withLock { waiting in
      let count = min(limit, waiting.jobs.count)
      guard count > 0 else { return [] }
      defer { waiting.jobs.removeFirst(count) }
      return Array(waiting.jobs.prefix(count))
    }
  }

  private func commit(_ first: [any WriteJob], _ connection: Connection) -> Batch {
    var batch = Batch(connection)
    batch.begin()
    var jobs = first
    var count = 0
    while !jobs.isEmpty {
      for job in jobs { batch.add(job) }
      count += jobs.count
      jobs = takeLatecomers(largestBatch - count)
    }
    batch.commit(versions)
    return batch
  }
}
