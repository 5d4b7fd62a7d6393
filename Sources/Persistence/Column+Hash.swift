import CSQLite

extension Column {
  /// Feeds the value to a hasher, in SQLite's memory: for those who compare many rows of types they do not know.
  public func hash(into hasher: inout Hasher) {
    let type = sqlite3_column_type(statement, index)
    hasher.combine(type)
    switch type {
    case SQLITE_INTEGER: hasher.combine(sqlite3_column_int64(statement, index))
    case SQLITE_FLOAT: hasher.combine(sqlite3_column_double(statement, index))
    case SQLITE_TEXT, SQLITE_BLOB:
      let start = sqlite3_column_blob(statement, index)
      let count = Int(sqlite3_column_bytes(statement, index))
      hasher.combine(count)
      hasher.combine(bytes: UnsafeRawBufferPointer(start: start, count: count))
    default: break
    }
  }
}
