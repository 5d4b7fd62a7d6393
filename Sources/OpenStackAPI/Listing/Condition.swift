import Persistence

/// One condition of a WHERE clause with the values it binds. Filters are SQL, never a loop over all rows.
public struct Condition: Sendable {
  let sql: String
  let values: [any Bindable]

  /// A condition in SQL, with a `?` for each value.
  public init(_ sql: String, _ values: any Bindable...) { (self.sql, self.values) = (sql, values) }

  /// A condition whose number of values is only known at run time.
  public init(_ sql: String, values: [any Bindable]) { (self.sql, self.values) = (sql, values) }

  /// `column IN (...)`. Many values are bound as one, as a statement takes no more than some thousands.
  public static func isOne(_ column: String, of values: [String]) -> Condition {
    guard values.count <= 100 else {
      return Condition("\(column) IN (SELECT value FROM json_each(?))", values.jsonText)
    }
    return Condition("\(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))", values: values)
  }

  /// The condition as the end of a subquery: `id IN (SELECT ... WHERE` and this.
  public func within(_ subquery: String) -> Condition { Condition("\(subquery) \(sql))", values: values) }

  /// The opposite.
  public var negated: Condition { Condition("NOT (\(sql))", values: values) }

  /// At least one of several conditions.
  public static func any(_ conditions: [Condition]) -> Condition {
    Condition(
      conditions.isEmpty ? "0" : "(" + conditions.map(\.sql).joined(separator: " OR ") + ")",
      values: conditions.flatMap(\.values))
  }
}

/// One key of an ORDER BY clause.
public struct SortOrder: Sendable {
  let column: String
  let isDescending: Bool
  let isNullable: Bool

  /// A column; where it may be NULL, NULL sorts as SQLite does: before everything.
  public init(_ column: String, descending: Bool = false, nullable: Bool = false) {
    (self.column, isDescending, isNullable) = (column, descending, nullable)
  }

  /// What is compared: for a nullable column a pair, so that NULL has a place.
  fileprivate var terms: [String] { isNullable ? ["(\(column) IS NOT NULL)", "ifnull(\(column), '')"] : [column] }
}

/// A page of a list. Marker and limit become a condition on the sort keys of the marker's row, so that a page costs its
/// own length, not the table's.
public struct Listing: Sendable {
  let table: String
  let columns: String
  let key: String
  /// What the rows must satisfy.
  public var conditions: [Condition] = []
  /// In which order they come; the key ends every order, so that it is total.
  public var order: [SortOrder] = []

  /// A list of a table's rows; `key` is the unique column that markers name.
  public init(_ columns: String, from table: String, key: String) {
    (self.columns, self.table, self.key) = (columns, table, key)
  }

  /// Reads at most `limit` rows that come after the marker's row. An unknown marker is `nil`.
  public func page<R: RowDecodable>(
    _ db: Connection, after marker: String?, limit: Int, as type: R.Type = R.self, markerAmong: [Condition] = []
  ) throws -> [R]? {
    var conditions = conditions
    if let marker {
      guard let keyset = try keyset(db, marker, among: markerAmong) else { return nil }
      conditions.append(keyset)
    }
    let statement = sql(conditions) + " LIMIT ?"
    return try db.query(statement, conditions.flatMap(\.values) + [limit])
  }

  /// How many rows satisfy the conditions.
  public func count(_ db: Connection) throws -> Int {
    let filter = conditions.isEmpty ? "" : " WHERE " + conditions.map(\.sql).joined(separator: " AND ")
    return try db.first("SELECT count(*) FROM \(table)\(filter)", conditions.flatMap(\.values), as: Int.self) ?? 0
  }

  private var totalOrder: [SortOrder] {
    order.contains { $0.column == key }
      ? order : order + [SortOrder(key, descending: order.last?.isDescending ?? false)]
  }

  private func sql(_ conditions: [Condition]) -> String {
    let filter = conditions.isEmpty ? "" : " WHERE " + conditions.map(\.sql).joined(separator: " AND ")
    let order = totalOrder.map { $0.column + ($0.isDescending ? " DESC" : "") }.joined(separator: ", ")
    return "SELECT \(columns) FROM \(table)\(filter) ORDER BY \(order)"
  }

  /// "After the marker's row in this order": the first key decides, the next where it is equal, and so on. The bound on
  /// the first key stands alone as well, because that is what an index can use.
  private func keyset(_ db: Connection, _ marker: String, among: [Condition]) throws -> Condition? {
    let terms = totalOrder.flatMap { order in order.terms.map { (sql: $0, isDescending: order.isDescending) } }
    let filter = ([Condition("\(key) = ?", marker)] + among)
    let sql =
      "SELECT \(terms.map(\.sql).joined(separator: ", ")) FROM \(table) WHERE "
      + filter.map(\.sql).joined(separator: " AND ")
    guard let values: SortValues = try db.first(sql, filter.flatMap(\.values)) else { return nil }
    var condition: Condition?
    for (term, value) in zip(terms, values.values).reversed() {
      let comparison = term.isDescending ? "<" : ">"
      if let inner = condition {
        condition = Condition(
          "(\(term.sql) \(comparison)= ? AND (\(term.sql) \(comparison) ? OR \(inner.sql)))",
          values: [value, value] + inner.values)
      } else {
        condition = Condition("\(term.sql) \(comparison) ?", values: [value])
      }
    }
    return condition
  }
}

/// The sort keys of one row, of whatever types they are.
private struct SortValues: RowDecodable {
  let values: [SQLValue]

  init(row: inout Row) throws {
    var values: [SQLValue] = []
    for index in 0..<row.columnCount { values.append(try row.value(at: index)) }
    self.values = values
  }
}
