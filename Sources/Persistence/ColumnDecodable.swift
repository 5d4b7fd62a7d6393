/// What a column can be read as. Nothing is converted: TEXT is no number, and NULL needs an Optional.
public protocol ColumnDecodable {
  /// Reads the column, or throws `DatabaseError.column` that names it.
  init(column: Column) throws(DatabaseError)
}

extension Int64: ColumnDecodable {
  /// From INTEGER.
  @inlinable
  public init(column: Column) throws(DatabaseError) { self = try column.integer() }
}

extension Int: ColumnDecodable {
  /// From INTEGER.
  @inlinable
  public init(column: Column) throws(DatabaseError) {
    let value = try column.integer()
    guard let exact = Int(exactly: value) else { throw column.mismatch("a machine word", found: "\(value)") }
    self = exact
  }
}

extension Bool: ColumnDecodable {
  /// From INTEGER 0 or 1.
  @inlinable
  public init(column: Column) throws(DatabaseError) {
    switch try column.integer() {
    case 0: self = false
    case 1: self = true
    case let other: throw column.mismatch("0 or 1", found: "\(other)")
    }
  }
}

extension Double: ColumnDecodable {
  /// From REAL or INTEGER.
  @inlinable
  public init(column: Column) throws(DatabaseError) { self = try column.real() }
}

extension String: ColumnDecodable {
  /// From TEXT.
  @inlinable
  public init(column: Column) throws(DatabaseError) { self = String(decoding: try column.text(), as: UTF8.self) }
}

extension Array: ColumnDecodable where Element == UInt8 {
  /// From BLOB.
  @inlinable
  public init(column: Column) throws(DatabaseError) { self = Array(try column.blob()) }
}

extension Optional: ColumnDecodable where Wrapped: ColumnDecodable {
  /// nil from NULL.
  @inlinable
  public init(column: Column) throws(DatabaseError) { self = column.isNull ? nil : try Wrapped(column: column) }
}

extension RawRepresentable where Self: ColumnDecodable, RawValue: ColumnDecodable {
  /// From its raw value; one that the type does not know is an error.
  @inlinable
  public init(column: Column) throws(DatabaseError) {
    let raw = try RawValue(column: column)
    guard let value = Self(rawValue: raw) else { throw column.mismatch("a \(Self.self)", found: "\(raw)") }
    self = value
  }
}
