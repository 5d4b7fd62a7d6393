extension Connection {
  /// Runs a statement to its end and answers how many rows it inserted, updated or deleted.
  ///
  ///     try connection.execute("DELETE FROM keypairs WHERE user_id = ? AND name = ?", user, name)
  @discardableResult
  public func execute(_ sql: String, _ bindings: any Bindable...) throws(DatabaseError) -> Int {
    try execute(sql, bindings)
  }

  /// The same with values gathered at run time.
  @discardableResult
  public func execute(_ sql: String, _ bindings: [any Bindable]) throws(DatabaseError) -> Int {
    try run(sql, bindings)
    return changes
  }

  /// All rows.
  public func query<R: RowDecodable>(_ sql: String, _ bindings: any Bindable..., as type: R.Type = R.self) throws -> [R]
  {
    try query(sql, bindings, as: type)
  }

  /// All rows, with values gathered at run time.
  public func query<R: RowDecodable>(_ sql: String, _ bindings: [any Bindable], as type: R.Type = R.self) throws -> [R]
  {
    var rows: [R] = []
    try forEachRow(sql, bindings) { rows.append(try R(row: &$0)) }
    return rows
  }

  /// The first row, or nil; the rest is not computed.
  public func first<R: RowDecodable>(_ sql: String, _ bindings: any Bindable..., as type: R.Type = R.self) throws -> R?
  {
    try first(sql, bindings, as: type)
  }

  /// The first row, with values gathered at run time.
  public func first<R: RowDecodable>(_ sql: String, _ bindings: [any Bindable], as type: R.Type = R.self) throws -> R? {
    try withStatement(sql, bindings) { statement in
      guard try statement.step() else { return nil }
      var row = Row(statement: statement.handle, columnCount: statement.columnCount)
      return try R(row: &row)
    }
  }

  /// Hands over one row after the other without keeping any.
  public func forEachRow(_ sql: String, _ bindings: any Bindable..., body: (inout Row) throws -> Void) throws {
    try forEachRow(sql, bindings, body: body)
  }

  /// The same with values gathered at run time.
  public func forEachRow(_ sql: String, _ bindings: [any Bindable], body: (inout Row) throws -> Void) throws {
    try withStatement(sql, bindings) { statement in
      while try statement.step() {
        var row = Row(statement: statement.handle, columnCount: statement.columnCount)
        try body(&row)
      }
    }
  }

  /// Whether there is any row.
  public func exists(_ sql: String, _ bindings: any Bindable...) throws -> Bool { try exists(sql, bindings) }

  /// Whether there is any row, with values gathered at run time.
  public func exists(_ sql: String, _ bindings: [any Bindable]) throws -> Bool {
    try withStatement(sql, bindings) { try $0.step() }
  }

  /// The first column of the first row; nil without a row or for NULL.
  ///
  ///     let count: Int? = try connection.scalar("SELECT count(*) FROM servers WHERE project_id = ?", project)
  public func scalar<T: ColumnDecodable>(_ sql: String, _ bindings: any Bindable..., as type: T.Type = T.self) throws
    -> T?
  {
    try scalar(sql, bindings, as: type)
  }

  /// The same with values gathered at run time.
  public func scalar<T: ColumnDecodable>(_ sql: String, _ bindings: [any Bindable], as type: T.Type = T.self) throws
    -> T?
  {
    try withStatement(sql, bindings) { statement in
      guard try statement.step() else { return nil }
      return try Row(statement: statement.handle, columnCount: statement.columnCount).value(at: 0, as: T?.self)
    }
  }

  /// Runs `body` so that what it changed is undone if it throws, and only that.
  public func savepoint<T>(_ body: (Connection) throws -> T) throws -> T {
    try control("SAVEPOINT nested")
    do {
      let result = try body(self)
      try control("RELEASE nested")
      return result
    } catch {
      if !isIdle { try control("ROLLBACK TO nested") }
      if !isIdle { try control("RELEASE nested") }
      throw error
    }
  }
}
