import CSQLite

extension SQLValue: ColumnDecodable {
  /// Whatever the column holds, for rows whose types are only known at run time.
  public init(column: Column) throws(DatabaseError) {
    switch sqlite3_column_type(column.statement, column.index) {
    case SQLITE_INTEGER: self = .integer(try Int64(column: column))
    case SQLITE_FLOAT: self = .real(try Double(column: column))
    case SQLITE_TEXT: self = .text(try String(column: column))
    case SQLITE_BLOB: self = .blob(try [UInt8](column: column))
    default: self = .null
    }
  }
}
