import Locking
import Synchronization

/// Counters that rise with each commit that changed a table, and one that rises with each commit that changed any.
final class TableVersions: Sendable {
  private let commits = Atomic<UInt64>(0)
  private let counters = Locked<[String: UInt64]>([:])
  private let counts: WriteCounts?

  init(_ counts: WriteCounts?) { self.counts = counts }

  subscript(table: String) -> UInt64 { counters.withLock { $0[table] ?? 0 } }

  var all: UInt64 { commits.load(ordering: .acquiring) }

  /// To be called between the commit and the answer to its writers.
  func publish(_ tables: Set<String>, rows: Int) {
    guard !tables.isEmpty else { return }
    counts?.add(rows: rows)
    counters.withLock { counters in
      for table in tables { counters[table, default: 0] += 1 }
    }
    commits.wrappingAdd(1, ordering: .releasing)
  }
}
