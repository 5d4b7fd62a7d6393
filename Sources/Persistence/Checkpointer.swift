import CSQLite

/// Keeps the WAL short. See <https://sqlite.org/wal.html#avoiding_excessively_large_wal_files>.
///
/// It starts anew only at a moment without readers, which may never come by itself: under two readers without a break
/// SQLite's own waiting was seen to give up after its five seconds again and again. So once the WAL has grown to four
/// times its measure, new readers are held back for the few milliseconds that it takes.
struct Checkpointer {
  private let pages: Int
  /// The WAL's length after which it is copied, readers or not.
  private var next: Int
  /// The WAL's length after which readers are held back.
  private var patience: Int
  private var last = 0

  init(pages: Int) {
    self.pages = min(max(1, pages), 1 << 24)
    next = self.pages
    patience = 4 * self.pages
  }

  /// To be called when no transaction is open.
  mutating func afterCommit(_ connection: Connection, _ readers: ReaderPool) {
    let length = Int(connection.walPages)
    defer { last = length }
    if length < last { (next, patience) = (pages, 4 * pages) }
    if length >= patience {
      restart(connection, readers, length)
    } else if length >= next {
      _ = connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE)
      next = length + pages
    }
  }

  /// Copies the WAL and lets the next write begin at its start, for which readers are held back.
  mutating func startAnew(_ connection: Connection, _ readers: ReaderPool) {
    for _ in 0..<Self.attempts where restart(connection, readers, Int(connection.walPages)) { return }
  }

  /// How often a moment without readers is waited for where nothing goes on without one.
  private static let attempts = 5

  @discardableResult
  private mutating func restart(_ connection: Connection, _ readers: ReaderPool, _ length: Int) -> Bool {
    let isDone = readers.withoutReaders { connection.restartLog() == SQLITE_OK }
    if isDone ?? false { return true }
    _ = connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE)
    patience = length + pages
    return false
  }

  /// Copies everything into the file and empties the WAL.
  func finish(_ connection: Connection) { _ = connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE) }
}
