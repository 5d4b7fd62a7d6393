import CSQLite

/// A record that reads itself from a row, column after column, in the order of its SELECT.
///
///     struct Flavor: RowDecodable {
///       let id: String
///       let ram: Int
///       let description: String?
///       init(row: inout Row) throws {
///         id = try row.next()
///         ram = try row.next()
///         description = try row.next()
///       }
///     }
public protocol RowDecodable {
  /// Reads the columns; throws `DatabaseError.column` when one does not fit.
  init(row: inout Row) throws
}

/// The row that a running statement stands on. It can't be copied, so that it can't outlive the statement.
public struct Row: ~Copyable {
  @usableFromInline let statement: OpaquePointer
  @usableFromInline var position: Int32 = 0

  /// How many columns the row has.
  public let columnCount: Int

  init(statement: OpaquePointer, columnCount: Int) {
    self.statement = statement
    self.columnCount = columnCount
  }

  /// The next column.
  @inlinable
  public mutating func next<T: ColumnDecodable>(_ type: T.Type = T.self) throws(DatabaseError) -> T {
    let column = try self.column(Int(position))
    position += 1
    return try T(column: column)
  }

  /// The next column, a whole number within a range: whoever calculates with a number from a row says how large it can
  /// be, since nothing else keeps a sum from overflowing.
  @inlinable
  public mutating func next(in range: ClosedRange<Int>) throws(DatabaseError) -> Int {
    let column = try self.column(Int(position))
    position += 1
    let number = try Int(column: column)
    guard range.contains(number) else {
      throw column.mismatch("\(range.lowerBound) to \(range.upperBound)", found: "\(number)")
    }
    return number
  }

  /// The same for a column that can be NULL.
  @inlinable
  public mutating func next(in range: ClosedRange<Int>) throws(DatabaseError) -> Int? {
    if try column(Int(position)).isNull {
      position += 1
      return nil
    }
    let number: Int = try next(in: range)
    return number
  }

  /// Passes over `count` columns.
  @inlinable
  public mutating func skip(_ count: Int = 1) { position += Int32(clamping: count) }

  /// The column at `index`, from 0; the place of `next` stays where it is.
  @inlinable
  public func value<T: ColumnDecodable>(at index: Int, as type: T.Type = T.self) throws(DatabaseError) -> T {
    try T(column: column(index))
  }

  /// Whether the column at `index` is NULL (one that does not exist is).
  @inlinable
  public func isNull(_ index: Int) -> Bool { sqlite3_column_type(statement, Int32(clamping: index)) == SQLITE_NULL }

  /// Lends the UTF-8 bytes of the TEXT column at `index` without making a String. They are gone after `body`.
  @inlinable
  public func withUnsafeText<T>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> T) throws -> T {
    try body(column(index).text())
  }

  /// Lends the bytes of the BLOB column at `index` without copying. They are gone after `body`.
  @inlinable
  public func withUnsafeBlob<T>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> T) throws -> T {
    try body(column(index).blob())
  }

  /// The column at `index`, from 0, for a type's own decoding.
  @inlinable
  public func column(_ index: Int) throws(DatabaseError) -> Column {
    guard index >= 0, index < columnCount else {
      throw .column(name: "#\(index)", expected: "a column", found: "a row of \(columnCount)")
    }
    return Column(statement: statement, index: Int32(truncatingIfNeeded: index))
  }
}

extension ClosedRange<Int> {
  /// Numbers of things, of bytes, of days: whole numbers that JSON's readers keep apart (RFC 8259 section 6), some
  /// thousands of which can be added without an overflow.
  public static var amounts: ClosedRange<Int> { -1 << 53...1 << 53 }
  /// Those that are not negative.
  public static var counts: ClosedRange<Int> { 0...1 << 53 }
}

extension RowDecodable where Self: ColumnDecodable {
  /// A single column is a row, too: `query("SELECT name FROM users", as: String.self)`.
  public init(row: inout Row) throws { self = try row.next() }
}

extension Int: RowDecodable {}
extension Int64: RowDecodable {}
extension Double: RowDecodable {}
extension Bool: RowDecodable {}
extension String: RowDecodable {}
