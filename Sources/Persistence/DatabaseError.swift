import CSQLite

/// What can go wrong with a database. Every case says enough for a log line; `constraint` is the one that callers
/// usually turn into an answer of their own.
public enum DatabaseError: Error, Equatable, Sendable {
  /// The file at `path` could not be opened or prepared.
  case openFailed(path: String, reason: String)
  /// Another process (or another `Database` of this one) holds the file at `path`.
  case inUse(path: String)
  /// The file was written by a later program: it holds migration `found` of `component`; the last one known is `known`.
  case newerVersion(component: String, found: Int, known: Int)
  /// Migration `number` of `component` failed, or the set itself is in disorder. The file is as it was before.
  case migration(component: String, number: Int, reason: String)
  /// A constraint of the schema was broken. `detail` is what SQLite names: `users.name`, or the name of a CHECK.
  case constraint(kind: ConstraintKind, detail: String)
  /// The disk is full.
  case full
  /// Something outside this process held a lock for longer than the busy timeout.
  case busy
  /// The file is damaged, or is no database.
  case corrupt(message: String)
  /// The process is out of descriptors or memory.
  case exhausted(reason: String)
  /// The system refused to read or write.
  case failed(reason: String)
  /// The database was closed.
  case closed
  /// A column did not hold what was asked of it.
  case column(name: String, expected: String, found: String)
  /// The number of values does not fit the number of parameters in `sql`.
  case bindings(expected: Int, given: Int, sql: String)
  /// The searches of a query took more steps than they may; where, and for what expression.
  case searchTooLong(name: String, pattern: String)
  /// Any other failure: an extended result code, SQLite's words and the statement.
  case sqlite(code: Int32, message: String, sql: String)
}

/// The constraints that SQLite tells apart. See <https://sqlite.org/rescode.html#constraint>.
public enum ConstraintKind: String, Sendable {
  /// A UNIQUE constraint or unique index.
  case unique
  /// A PRIMARY KEY, or the rowid.
  case primaryKey
  /// A REFERENCES clause. SQLite does not say which.
  case foreignKey
  /// A CHECK; the detail is its name or expression.
  case check
  /// A NOT NULL column.
  case notNull
  /// A value of the wrong type in a STRICT table.
  case dataType
  /// RAISE in a trigger; the detail is its message.
  case trigger
  /// Any other.
  case other
}

extension DatabaseError: CustomStringConvertible {
  /// One line for a log.
  public var description: String {
    switch self {
    case .openFailed(let path, let reason): "cannot open the database \(path): \(reason)"
    case .inUse(let path): "the database \(path) is in use by another server"
    case .newerVersion(let component, let found, let known):
      "the database was written by a later version: \(component) is at migration \(found), this program knows \(known)"
    case .migration(let component, let number, let reason): "migration \(number) of \(component): \(reason)"
    case .constraint(let kind, let detail): "\(kind.rawValue) constraint failed: \(detail)"
    case .full: "the disk is full"
    case .busy: "the database is locked from outside"
    case .corrupt(let message): "the database is damaged: \(message)"
    case .exhausted(let reason): "the process is out of descriptors or memory: \(reason)"
    case .failed(let reason): "the database cannot be read or written: \(reason)"
    case .closed: "the database is closed"
    case .column(let name, let expected, let found): "column \(name): expected \(expected), found \(found)"
    case .bindings(let expected, let given, let sql): "\(expected) values expected, \(given) given: \(sql)"
    case .searchTooLong(let name, let pattern): "the search of \(name) for \(pattern) takes too many steps"
    case .sqlite(let code, let message, let sql): "SQLite \(code): \(message): \(sql)"
    }
  }
}

extension DatabaseError {
  /// SQLite undid the transaction that a body, or one that shares its commit, was in.
  static var transactionLost: DatabaseError {
    .sqlite(code: SQLITE_ABORT | 2 << 8, message: "SQLite undid the whole transaction", sql: "")
  }

  /// The error that `handle` holds after a call answered `code`.
  static func last(_ handle: OpaquePointer?, code: Int32, sql: String) -> DatabaseError {
    let message = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "out of memory"
    let extended = handle.map { sqlite3_extended_errcode($0) } ?? code
    let detailed = extended & 0xFF == code & 0xFF ? extended : code
    switch code & 0xFF {
    case SQLITE_CONSTRAINT: return .constraint(kind: ConstraintKind(code: detailed), detail: detail(in: message))
    case SQLITE_FULL: return .full
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: return .busy
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message: message)
    // So SQLite says of a header that asks for what no SQLite can do.
    case SQLITE_ERROR where message == "unsupported file format": return .corrupt(message: message)
    case SQLITE_NOMEM: return .exhausted(reason: message)
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY:
      return .refused(handle.map { csqlite_errno($0) } ?? 0, message)
    default: return .sqlite(code: detailed, message: message, sql: sql)
    }
  }

  /// What was in the way of opening a file, with its path where nothing else tells more.
  static func opening(_ path: String, _ error: DatabaseError) -> DatabaseError {
    if case .failed(let reason) = error { .openFailed(path: path, reason: reason) } else { error }
  }

  /// What an errno of the system means; 0 where SQLite does not tell any.
  static func refused(_ code: Int32, _ message: String) -> DatabaseError {
    let reason = code == 0 ? message : SystemError(message, code: code).description
    switch StorageTrouble(errno: code) {
    case .full: return .full
    case .exhausted: return .exhausted(reason: reason)
    default: return .failed(reason: reason)
    }
  }

  /// "UNIQUE constraint failed: users.name" without its first half.
  private static func detail(in message: String) -> String {
    let marker = "constraint failed"
    guard let end = message.firstRange(of: marker)?.upperBound else { return message }
    return String(message[end...].drop { $0 == ":" || $0 == " " })
  }
}

extension ConstraintKind {
  fileprivate init(code: Int32) {
    switch code >> 8 {
    case 8: self = .unique
    case 6, 10: self = .primaryKey
    case 3: self = .foreignKey
    case 1: self = .check
    case 5: self = .notNull
    case 12: self = .dataType
    case 7: self = .trigger
    default: self = .other
    }
  }
}
