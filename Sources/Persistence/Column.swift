import CSQLite

/// One column of the row at hand. It must not outlive the closure or initializer that was given the row.
/// See <https://sqlite.org/c3ref/column_blob.html>.
public struct Column {
  @usableFromInline let statement: OpaquePointer
  @usableFromInline let index: Int32

  @inlinable
  init(statement: OpaquePointer, index: Int32) {
    self.statement = statement
    self.index = index
  }

  /// The column's name as the statement gives it.
  public var name: String { sqlite3_column_name(statement, index).map { String(cString: $0) } ?? "#\(index)" }

  /// Whether the value is NULL.
  @inlinable public var isNull: Bool { sqlite3_column_type(statement, index) == SQLITE_NULL }

  /// The INTEGER it holds.
  @inlinable
  public func integer() throws(DatabaseError) -> Int64 {
    guard sqlite3_column_type(statement, index) == SQLITE_INTEGER else { throw mismatch("INTEGER") }
    return sqlite3_column_int64(statement, index)
  }

  /// The REAL or INTEGER it holds.
  @inlinable
  public func real() throws(DatabaseError) -> Double {
    let type = sqlite3_column_type(statement, index)
    guard type == SQLITE_FLOAT || type == SQLITE_INTEGER else { throw mismatch("REAL") }
    return sqlite3_column_double(statement, index)
  }

  /// The bytes of the TEXT it holds, in SQLite's memory: valid until the next row, never NUL-cut.
  @inlinable
  public func text() throws(DatabaseError) -> UnsafeRawBufferPointer {
    guard sqlite3_column_type(statement, index) == SQLITE_TEXT else { throw mismatch("TEXT") }
    let start = sqlite3_column_text(statement, index)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
  }

  /// The bytes of the BLOB it holds, in SQLite's memory: valid until the next row.
  @inlinable
  public func blob() throws(DatabaseError) -> UnsafeRawBufferPointer {
    guard sqlite3_column_type(statement, index) == SQLITE_BLOB else { throw mismatch("BLOB") }
    let start = sqlite3_column_blob(statement, index)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
  }

  /// The error for a value that is not what was expected.
  public func mismatch(_ expected: String, found: String? = nil) -> DatabaseError {
    .column(name: name, expected: expected, found: found ?? typeName)
  }

  private var typeName: String {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: "INTEGER"
    case SQLITE_FLOAT: "REAL"
    case SQLITE_TEXT: "TEXT"
    case SQLITE_BLOB: "BLOB"
    default: "NULL"
    }
  }
}
