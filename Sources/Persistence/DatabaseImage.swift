import CSQLite
import Glibc
import Locking

/// All rows of a database as they were at one moment. It never changes; any number of databases can begin as a copy of it.
///
///     let image = try await database.image(at: .memory)
///     let copy = try Database(.memory, migrations: migrations, from: image)
public final class DatabaseImage: Sendable {
  private enum Source {
    case memory(DatabasePages)
    case file(String)
  }

  /// - Safety: the lock around it lends the connection to one thread at a time.
  private struct Held: @unchecked Sendable { let connection: Connection }

  private let source: Source
  /// Reads an image in memory, once somebody asked for that.
  private let held = Locked<Held?>(nil)

  /// The image that an earlier program left in a file.
  public init(file: String) { source = .file(file) }

  /// A copy of what `source` sees.
  init(of source: Connection, at location: DatabaseLocation, _ configuration: DatabaseConfiguration)
    throws(DatabaseError)
  {
    switch location {
    case .memory: self.source = .memory(try DatabasePages(of: source))
    case .file(let path):
      try source.copyPages(toFile: path, configuration)
      self.source = .file(path)
    }
  }

  /// Copies the rows into a new file, which is on the disk when this returns.
  public func write(to path: String) throws { try use { try $0.copyPages(toFile: path, .init()) } }

  /// Makes a database in memory that nobody uses yet begin with the rows.
  func begin(_ target: Connection) throws { try pages().begin(target) }

  private func pages() throws -> DatabasePages {
    if case .memory(let pages) = source { pages } else { try use { try DatabasePages(of: $0) } }
  }

  /// Lends a connection that reads the rows.
  public func read<T>(_ body: (Connection) throws -> T) throws -> T {
    try use { connection in
      connection.isReading = true
      return try body(connection)
    }
  }

  private func use<T>(_ body: (Connection) throws -> T) throws -> T {
    switch source {
    case .file(let path):
      let connection = try Connection(path: path, flags: SQLITE_OPEN_READWRITE, configuration: .init())
      try connection.prepareForUse(.init())
      return try body(connection)
    case .memory(let pages):
      return try held.withLock { held in try body(Self.connection(&held, to: pages)) }
    }
  }

  private static func connection(_ held: inout Held?, to pages: DatabasePages) throws(DatabaseError) -> Connection {
    if let held { return held.connection }
    let connection = try Connection.inMemory(.init())
    try pages.lend(to: connection)
    try connection.prepareForUse(.init())
    held = Held(connection: connection)
    return connection
  }
}

extension Connection {
  /// A new, empty database in memory.
  static func inMemory(_ configuration: DatabaseConfiguration) throws(DatabaseError) -> Connection {
    try Connection(
      path: ":memory:", flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY,
      configuration: configuration)
  }

  /// Makes a new file a copy of what this connection sees; it is on the disk when this returns.
  func copyPages(toFile path: String, _ configuration: DatabaseConfiguration) throws(DatabaseError) {
    let target = try Connection(
      path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, configuration: configuration)
    try target.script("PRAGMA synchronous = FULL")
    try copyPages(to: target)
  }

  /// Makes `target` a copy of what this connection sees, page by page (<https://sqlite.org/c3ref/backup_finish.html>).
  private func copyPages(to target: Connection) throws(DatabaseError) {
    guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw .last(target.handle, code: sqlite3_errcode(target.handle), sql: "backup")
    }
    let code = sqlite3_backup_step(backup, -1)
    sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE else { throw .last(target.handle, code: code, sql: "backup") }
  }
}

extension Database {
  /// All rows as they are at one moment. `body` runs at that very moment, while no transaction commits: what it does
  /// belongs to the image. Writers wait for `body`, and those of a database in memory for the copy as well.
  nonisolated(nonsending) public func image(
    at location: DatabaseLocation, meanwhile body: @escaping @Sendable () throws -> Void = {}
  ) async throws -> DatabaseImage {
    switch store {
    case .file(let store): try await store.image(at: location, meanwhile: body)
    case .memory(let store): try store.image(at: location, meanwhile: body)
    }
  }
}
