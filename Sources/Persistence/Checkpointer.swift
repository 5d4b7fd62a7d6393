import CSQLite

/// Keeps the WAL short: SQLite's own automatic checkpoint never waits for readers, so that under readers who overlap
/// without end the WAL would never start anew. See <https://sqlite.org/wal.html#avoiding_excessively_large_wal_files>.
struct Checkpointer {
  private let pages: Int32
  /// The WAL's length, in pages, after which readers are waited for.
  private var patience: Int32

  init(pages: Int) {
    self.pages = Int32(clamping: max(1, pages))
    patience = Self.initialPatience(self.pages)
  }

  private static func initialPatience(_ pages: Int32) -> Int32 { pages.multipliedReportingOverflow(by: 4).partialValue }

  /// To be called when no transaction is open. A passive checkpoint first; one that starts the WAL anew only when it
  /// has grown all the same.
  mutating func afterCommit(_ connection: Connection) {
    guard connection.walPages >= pages else { return }
    let isLong = connection.walPages >= patience
    let code = connection.checkpoint(isLong ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE)
    guard isLong else { return }
    patience = code == SQLITE_OK ? Self.initialPatience(pages) : patience &+ max(1, patience / 2)
  }

  /// Copies everything into the file and empties the WAL.
  func finish(_ connection: Connection) { _ = connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE) }
}
