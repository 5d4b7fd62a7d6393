import Locking

/// Counters that rise with each commit that changed a table.
final class TableVersions: Sendable {
  private let counters = Locked<[String: UInt64]>([:])

  subscript(table: String) -> UInt64 { counters.withLock { $0[table] ?? 0 } }

  /// To be called between the commit and the answer to its writers.
  func publish(_ tables: Set<String>) {
    guard !tables.isEmpty else { return }
    counters.withLock { counters in
      for table in tables { counters[table, default: 0] += 1 }
    }
  }
}
