import CSQLite

/// A prepared statement, finalized with its last reference. See <https://sqlite.org/c3ref/stmt.html>.
final class Statement {
  let handle: OpaquePointer
  let sql: String
  /// The tables it may change, triggers and cascades included.
  let changes: [String]
  let isReadOnly: Bool
  let parameterCount: Int
  let columnCount: Int
  /// The memory that it takes. <https://sqlite.org/c3ref/c_stmtstatus_counter.html>
  let bytes: Int
  /// A running statement is not lent a second time; the cache makes another.
  var isRunning = false
  var lastUse: UInt64 = 0
  /// The searches among the bound values.
  private var searches: [TextSearch] = []

  init(handle: OpaquePointer, sql: String, changes: [String]) {
    self.handle = handle
    self.sql = sql
    self.changes = changes
    isReadOnly = sqlite3_stmt_readonly(handle) != 0
    parameterCount = Int(sqlite3_bind_parameter_count(handle))
    columnCount = Int(sqlite3_column_count(handle))
    bytes = Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_MEMUSED, 0)) + sql.utf8.count
  }

  deinit { sqlite3_finalize(handle) }

  var error: DatabaseError {
    if let spent = searches.first(where: \.isSpent) { return .searchTooLong(name: spent.name, pattern: spent.pattern) }
    let connection = sqlite3_db_handle(handle)
    return .last(connection, code: sqlite3_errcode(connection), sql: sql)
  }

  /// Binds one value to each parameter.
  func bind(_ values: [any Bindable]) throws(DatabaseError) {
    guard values.count == parameterCount else {
      throw .bindings(expected: parameterCount, given: values.count, sql: sql)
    }
    var index: Int32 = 0
    for value in values {
      index += 1
      guard bind(value, at: index) == SQLITE_OK else { throw error }
    }
  }

  private func bind(_ value: any Bindable, at index: Int32) -> Int32 {
    guard let search = value.search else { return bind(value.sqlValue, at: index) }
    searches.append(search)
    return bind(search, at: index)
  }

  /// SQLite copies text and bytes: Swift does not promise that their address outlives the call.
  private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
    switch value {
    case .null: return sqlite3_bind_null(handle, index)
    case .integer(let number): return sqlite3_bind_int64(handle, index, number)
    case .real(let number): return sqlite3_bind_double(handle, index, number)
    case .text(var text):
      return text.withUTF8 { bytes in
        guard let start = bytes.baseAddress else { return csqlite_bind_text(handle, index, "", 0) }
        return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
          csqlite_bind_text(handle, index, $0, UInt64(bytes.count))
        }
      }
    case .blob(let bytes):
      guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
      return bytes.withUnsafeBytes { csqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count)) }
    }
  }

  /// Moves to the next row; false at the end.
  @inline(__always)
  func step() throws(DatabaseError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error
    }
  }

  /// Back to the start, with the values let go.
  func reset() {
    sqlite3_reset(handle)
    if parameterCount > 0 { sqlite3_clear_bindings(handle) }
    if !searches.isEmpty { searches = [] }
    isRunning = false
  }
}
