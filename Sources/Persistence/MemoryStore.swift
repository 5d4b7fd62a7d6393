import CSQLite
import Glibc

/// A database in memory: one connection behind one lock, everything on the caller's thread.
///
/// - Safety: `connection` is touched only while `mutex` is held, and the mutex itself never moves.
final class MemoryStore: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let configuration: DatabaseConfiguration
  private let versions: TableVersions
  private var connection: Connection?

  init(
    _ sets: [MigrationSet], _ image: DatabaseImage?, _ configuration: DatabaseConfiguration, _ versions: TableVersions
  ) throws(DatabaseError) {
    let opened = try Self.open(sets, image, configuration)
    connection = opened
    (self.configuration, self.versions) = (configuration, versions)
    mutex = .allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// A read inside a read or a write of the same thread goes on; it sees what the write has done so far.
  func read<T>(_ body: (Connection) throws -> T) throws -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard let connection else { throw DatabaseError.closed }
    let before = connection.isReading
    connection.isReading = true
    defer { connection.isReading = before }
    return try body(connection)
  }

  func write<T>(_ body: (Connection) throws -> T) throws -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard let connection else { throw DatabaseError.closed }
    try connection.control("BEGIN")
    let rows = connection.changedRows
    do {
      let result = try body(connection)
      try connection.control("COMMIT")
      versions.publish(connection.takeChangedTables(), rows: connection.changedRows - rows)
      return result
    } catch {
      _ = connection.takeChangedTables()
      if !connection.isIdle { try connection.control("ROLLBACK") }
      throw error
    }
  }

  func image(at location: DatabaseLocation, meanwhile body: () throws -> Void) throws -> DatabaseImage {
    try read { connection in
      try body()
      return try DatabaseImage(of: connection, at: location, configuration)
    }
  }

  func close() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    connection = nil
  }

  private static func open(
    _ sets: [MigrationSet], _ image: DatabaseImage?, _ configuration: DatabaseConfiguration
  ) throws(DatabaseError) -> Connection {
    let connection = try Connection.inMemory(configuration)
    let migrator = Migrator(sets: sets)
    do { try image?.begin(connection) } catch { throw .openFailed(path: ":memory:", reason: "\(error)") }
    if image == nil { try connection.script("PRAGMA page_size = \(configuration.pageSize)") }
    try connection.prepareForUse(configuration)
    try migrator.check(connection)
    try migrator.run(connection)
    try connection.script("PRAGMA foreign_keys = ON")
    connection.restrict()
    return connection
  }
}
