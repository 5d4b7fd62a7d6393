import CSQLite

/// How large a database is.
public struct DatabaseSize: Sendable, Equatable {
  /// Its pages, the free ones among them.
  public var pages = 0
  /// The bytes of its pages.
  public var bytes = 0
  /// The bytes of its WAL, which stays as long as it once was until the database is closed.
  public var walBytes = 0

  /// Nothing.
  public init() {}

  /// Several databases together.
  public static func += (sum: inout DatabaseSize, other: DatabaseSize) {
    sum.pages += other.pages
    sum.bytes += other.bytes
    sum.walBytes += other.walBytes
  }
}

extension Database {
  /// How large it is, which takes no longer than any other read.
  public func size() throws -> DatabaseSize {
    var size = try read { db in
      var size = DatabaseSize()
      size.pages = try db.scalar("PRAGMA page_count", as: Int.self) ?? 0
      size.bytes = try size.pages * (db.scalar("PRAGMA page_size", as: Int.self) ?? 0)
      return size
    }
    if case .file(let store) = store { size.walBytes = store.walBytes }
    return size
  }
}

extension Connection {
  /// The rows that were changed since it was opened, also by what was undone.
  /// See <https://sqlite.org/c3ref/total_changes.html>.
  var changedRows: Int { Int(sqlite3_total_changes64(handle)) }
}
