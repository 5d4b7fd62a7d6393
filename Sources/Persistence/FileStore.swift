import CSQLite
import Glibc
import Locking

/// A database in a file: one writer, many readers, a lock against other servers.
final class FileStore: Sendable {
  let writer: GroupWriter
  let readers: ReaderPool
  private let path: String
  private let configuration: DatabaseConfiguration
  /// nil once closed.
  private let lock: Locked<FileLock?>
  private let isLookedThrough: Bool
  private let check = PageCheck()

  init(
    _ path: String, _ sets: [MigrationSet], _ configuration: DatabaseConfiguration, _ versions: TableVersions
  ) throws(DatabaseError) {
    let held = try Self.lock(path)
    let (connection, isLookedThrough) = try Self.openWriter(path, sets, configuration)
    self.isLookedThrough = isLookedThrough
    lock = Locked(held)
    (self.path, self.configuration) = (path, configuration)
    readers = ReaderPool(idleLimit: configuration.idleReaders) { () throws(DatabaseError) in
      try Self.openReader(path, configuration)
    }
    writer = GroupWriter(connection, readers: readers, versions: versions, configuration: configuration)
  }

  /// The writer's turn is the moment: nothing commits meanwhile. The copy itself is made afterwards, from a reader that
  /// keeps seeing that moment.
  nonisolated(nonsending) func image(
    at location: DatabaseLocation, meanwhile body: @escaping @Sendable () throws -> Void
  )
    async throws -> DatabaseImage
  {
    let source = Frozen(try Self.openReader(path, configuration))
    try await withCheckedThrowingContinuation { continuation in
      writer.submit(
        WriteTask(
          body: { _ in
            try source.freeze()
            try body()
          }, continuation: continuation))
    }
    return try source.image(at: location, configuration)
  }

  /// The bytes of the WAL.
  var walBytes: Int {
    var facts = stat()
    return stat(path + "-wal", &facts) == 0 ? Int(facts.st_size) : 0
  }

  /// Looks through the pages, unless that was done when it was opened.
  func lookForDamage(_ found: @escaping @Sendable (Result<String?, any Error>) -> Void) {
    guard !isLookedThrough else { return }
    check.begin({ [path, configuration] () throws(DatabaseError) in try Self.openReader(path, configuration) }, found)
  }

  func close() {
    check.stop()
    readers.close()
    writer.close()
    lock.withLock { $0 = nil }
  }

  private static func lock(_ path: String) throws(DatabaseError) -> FileLock {
    let lock: FileLock?
    do throws(SystemError) {
      lock = try FileLock(path: path + "-lock")
    } catch {
      throw .opening(path, .refused(error.code, error.action))
    }
    guard let lock else { throw .inUse(path: path) }
    return lock
  }

  private static func openWriter(
    _ path: String, _ sets: [MigrationSet], _ configuration: DatabaseConfiguration
  ) throws(DatabaseError) -> (Connection, isLookedThrough: Bool) {
    let connection = try Connection(
      path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, configuration: configuration)
    connection.growInChunks()
    let migrator = Migrator(sets: sets)
    csqlite_set_checkpoint_on_close(connection.handle, 0)
    try migrator.check(connection)
    var isLookedThrough = true
    if configuration.isExpected {
      isLookedThrough = try connection.refuseDamage(upTo: configuration.checkedBytes)
    }
    csqlite_set_checkpoint_on_close(connection.handle, 1)
    try connection.script("PRAGMA page_size = \(configuration.pageSize); PRAGMA journal_mode = WAL")
    try connection.prepareForUse(configuration)
    try migrator.run(connection)
    try connection.script("PRAGMA foreign_keys = ON")
    connection.countWALPages()
    // On a disk that is full already what was there can still be read.
    try? connection.allocateFile()
    connection.restrict()
    return (connection, isLookedThrough)
  }

  private static func openReader(
    _ path: String, _ configuration: DatabaseConfiguration
  ) throws(DatabaseError) -> Connection {
    let connection = try Connection(path: path, flags: SQLITE_OPEN_READWRITE, configuration: configuration)
    try connection.prepareForUse(configuration)
    try connection.script("PRAGMA query_only = ON")
    connection.isReading = true
    connection.restrict()
    return connection
  }
}

/// A reader that, once frozen, sees the same moment for as long as it is there.
///
/// - Safety: its two callers come one after the other, with the writer's answer in between.
private final class Frozen: @unchecked Sendable {
  private let connection: Connection

  init(_ connection: sending Connection) { self.connection = connection }

  /// A transaction sees what its first read sees (<https://sqlite.org/isolation.html>).
  func freeze() throws {
    try connection.control("BEGIN DEFERRED")
    _ = try connection.exists("SELECT 1 FROM sqlite_schema")
  }

  func image(at location: DatabaseLocation, _ configuration: DatabaseConfiguration) throws -> DatabaseImage {
    try DatabaseImage(of: connection, at: location, configuration)
  }
}
