/// A value in the form SQLite stores it. See <https://sqlite.org/datatype3.html>.
public enum SQLValue: Sendable, Hashable {
  /// NULL.
  case null
  /// INTEGER.
  case integer(Int64)
  /// REAL.
  case real(Double)
  /// TEXT, UTF-8; NUL characters inside are kept.
  case text(String)
  /// BLOB.
  case blob([UInt8])
}

/// What can be given to a `?` in a statement.
///
/// An enum with raw values takes part by saying so: `enum Power: Int, Bindable, ColumnDecodable { ... }`.
public protocol Bindable: Sendable {
  /// The value to bind.
  var sqlValue: SQLValue { get }
  /// A search for `REGEXP`, which is bound in place of a value.
  var search: TextSearch? { get }
}

extension Bindable {
  /// None.
  public var search: TextSearch? { nil }
}

extension SQLValue: Bindable {
  /// Itself.
  public var sqlValue: SQLValue { self }
}

extension Int: Bindable {
  /// INTEGER.
  public var sqlValue: SQLValue { .integer(Int64(self)) }
}

extension Int64: Bindable {
  /// INTEGER.
  public var sqlValue: SQLValue { .integer(self) }
}

extension Bool: Bindable {
  /// INTEGER 0 or 1.
  public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
}

extension Double: Bindable {
  /// REAL; SQLite keeps NaN as NULL.
  public var sqlValue: SQLValue { .real(self) }
}

extension String: Bindable {
  /// TEXT.
  public var sqlValue: SQLValue { .text(self) }
}

extension Substring: Bindable {
  /// TEXT.
  public var sqlValue: SQLValue { .text(String(self)) }
}

extension Array: Bindable where Element == UInt8 {
  /// BLOB.
  public var sqlValue: SQLValue { .blob(self) }
}

extension Optional: Bindable where Wrapped: Bindable {
  /// NULL for nil.
  public var sqlValue: SQLValue { self?.sqlValue ?? .null }
}

extension RawRepresentable where Self: Bindable, RawValue: Bindable {
  /// The raw value's.
  public var sqlValue: SQLValue { rawValue.sqlValue }
}
