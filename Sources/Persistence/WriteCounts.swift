import Synchronization

/// What databases have written since they were given this to count with. Any number may share one, and those that were
/// closed still count.
public final class WriteCounts: Sendable {
  private let committed = Atomic<Int>(0)
  private let written = Atomic<Int>(0)

  /// Nothing yet.
  public init() {}

  /// The commits that changed something; writes that came together share one.
  public var commits: Int { committed.load(ordering: .relaxed) }

  /// The rows that were inserted, changed or deleted.
  public var rows: Int { written.load(ordering: .relaxed) }

  func add(rows: Int) {
    committed.wrappingAdd(1, ordering: .relaxed)
    written.wrappingAdd(rows, ordering: .relaxed)
  }
}
