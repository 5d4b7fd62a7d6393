import CSQLite

/// One SQLite connection, lent to the body of a `Database.read` or `Database.write` and not to be kept beyond it.
///
/// Transactions belong to `Database`: BEGIN, COMMIT, SAVEPOINT and ATTACH are refused here ("not authorized").
/// A statement that fails undoes only itself, so that a body may catch a broken constraint and go on.
public final class Connection {
  let handle: OpaquePointer
  /// In milliseconds.
  let busyTimeout: Int32
  private let authorizer = Authorizer()
  private var cache: StatementCache
  /// Tables changed since the last `takeChangedTables`.
  private var changedTables: Set<String> = []
  /// On while a read's body runs: statements that write are refused.
  var isReading = false
  /// Where its pages are, if they were somewhere before; until it is closed.
  var memory: MemoryMapping?
  /// How many pages the WAL held after the last commit, once `countWALPages` was called.
  var walPages: Int32 = 0
  /// The length for which `allocateFile` found room in the file, and that of a page once it is known, in bytes.
  var allocatedBytes: Int64 = 0
  var pageBytes: Int64 = 0
  /// The last trouble of a statement, for those who only see that their transaction is gone.
  private var trouble: DatabaseError?

  /// Once per process, see <https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus>.
  private static let withoutMemoryStatistics: Void = { _ = csqlite_forgo_memory_statistics() }()

  /// How many rows the last `execute` inserted, updated or deleted; triggers and cascades not counted.
  public private(set) var changes = 0

  /// The rowid of the last inserted row. See <https://sqlite.org/c3ref/last_insert_rowid.html>.
  public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  init(path: String, flags: Int32, configuration: DatabaseConfiguration) throws(DatabaseError) {
    Self.withoutMemoryStatistics
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(
      path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      configuration.sharesFile ? "unix" : "unix-excl")
    guard let opened, code == SQLITE_OK else {
      let error = DatabaseError.last(opened, code: code, sql: "")
      sqlite3_close_v2(opened)
      throw .opening(path, error)
    }
    handle = opened
    cache = StatementCache(limit: configuration.cachedStatements, bytes: configuration.cachedStatementBytes)
    busyTimeout = Int32(clamping: configuration.busyTimeoutMilliseconds)
    sqlite3_busy_timeout(handle, busyTimeout)
    csqlite_set_defensive(handle)
    authorizer.install(on: handle)
  }

  deinit {
    cache.removeAll()
    sqlite3_close_v2(handle)
  }

  /// Ends the module's own preparations: from now on bodies use this connection.
  func restrict() {
    cache.removeAll()
    authorizer.allowsEverything = false
    changedTables = []
  }
}

// MARK: - Statements

extension Connection {
  /// The cached statement for `sql`, or a new one.
  private func statement(_ sql: String) throws(DatabaseError) -> Statement {
    if let cached = cache.find(sql) { return cached }
    let statement = try prepare(sql)
    cache.insert(statement)
    return statement
  }

  private func prepare(_ sql: String) throws(DatabaseError) -> Statement {
    var text = sql
    var prepared: OpaquePointer?
    let (code, rest) = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters -> (Int32, Int) in
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(
          handle, characters.baseAddress, Int32(clamping: characters.count), UInt32(SQLITE_PREPARE_PERSISTENT),
          &prepared, &tail)
        guard let tail, let start = characters.baseAddress else { return (code, 0) }
        return (code, Self.significant(characters[(tail - start)...]))
      }
    }
    let changes = authorizer.takeChanges()
    guard code == SQLITE_OK else { throw .last(handle, code: code, sql: sql) }
    guard let prepared else { throw .sqlite(code: SQLITE_MISUSE, message: "no statement", sql: sql) }
    let statement = Statement(handle: prepared, sql: sql, changes: changes)
    guard rest == 0 else { throw .sqlite(code: SQLITE_MISUSE, message: "more than one statement", sql: sql) }
    return statement
  }

  /// How many characters after a statement are neither blank nor a semicolon.
  private static func significant(_ tail: Slice<UnsafeBufferPointer<CChar>>) -> Int {
    tail.count { $0 != 32 && $0 != 10 && $0 != 13 && $0 != 9 && $0 != 59 && $0 != 0 }
  }

  /// Lends the statement, bound and ready to step, and puts it back afterwards.
  func withStatement<T>(_ sql: String, _ bindings: [any Bindable], _ body: (Statement) throws -> T) throws -> T {
    let statement = try start(sql, bindings)
    defer { statement.reset() }
    let before = statement.isReadOnly ? 0 : sqlite3_total_changes64(handle)
    do {
      let result = try body(statement)
      if !statement.isReadOnly { note(statement, since: before) }
      return result
    } catch {
      note(error)
      throw error
    }
  }

  func start(_ sql: String, _ bindings: [any Bindable]) throws(DatabaseError) -> Statement {
    let statement = try statement(sql)
    if !statement.isReadOnly { try checkMayWrite(sql) }
    statement.isRunning = true
    do {
      try statement.bind(bindings)
    } catch {
      statement.reset()
      throw error
    }
    return statement
  }

  /// A body that carries on after SQLite undid its transaction would commit each statement by itself.
  private func checkMayWrite(_ sql: String) throws(DatabaseError) {
    guard !authorizer.allowsEverything else { return }
    guard !isReading else { throw .sqlite(code: SQLITE_READONLY, message: "a read may not write", sql: sql) }
    guard !isIdle else { throw .transactionLost }
  }

  /// Runs a statement to its end. A failing one may have changed rows before it failed only if it says OR FAIL;
  /// it is noted all the same.
  func run(_ sql: String, _ bindings: [any Bindable]) throws(DatabaseError) {
    let statement = try start(sql, bindings)
    defer { statement.reset() }
    let before = sqlite3_total_changes64(handle)
    defer { note(statement, since: before) }
    do {
      while try statement.step() {}
    } catch {
      note(error)
      throw error
    }
    changes = Int(sqlite3_changes64(handle))
  }

  private func note(_ error: any Error) {
    if let error = error as? DatabaseError, error.trouble != nil { trouble = error }
  }

  /// Why SQLite undid the transaction that is gone, and forgets it.
  func takeLoss() -> DatabaseError {
    defer { trouble = nil }
    return trouble ?? .transactionLost
  }

  private func note(_ statement: Statement, since before: Int64) {
    guard sqlite3_total_changes64(handle) != before else { return }
    for table in statement.changes { changedTables.insert(table) }
  }
}

// MARK: - The module's own words

extension Connection {
  /// Runs a statement that bodies may not, such as BEGIN.
  func control(_ sql: String) throws(DatabaseError) {
    let before = authorizer.allowsEverything
    authorizer.allowsEverything = true
    defer { authorizer.allowsEverything = before }
    try run(sql, [])
  }

  /// Runs several statements in a row, uncached. See <https://sqlite.org/c3ref/exec.html>.
  func script(_ sql: String) throws(DatabaseError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    _ = authorizer.takeChanges()
    guard code == SQLITE_OK else { throw .last(handle, code: code, sql: sql) }
  }

  /// Whether no transaction is open. See <https://sqlite.org/c3ref/get_autocommit.html>.
  var isIdle: Bool { sqlite3_get_autocommit(handle) != 0 }

  func takeChangedTables() -> Set<String> {
    guard !changedTables.isEmpty else { return [] }
    defer { changedTables = [] }
    return changedTables
  }

  /// How many statements are kept ready.
  var cachedStatements: Int { cache.count }

  /// Deferred foreign keys that are broken right now would make the COMMIT fail, for every writer of the batch.
  var hasBrokenForeignKeys: Bool {
    var current: Int32 = 0
    var highest: Int32 = 0
    sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
    return current != 0
  }
}
