import Locking

/// A SQLite database, in a file or in memory.
///
///     let database = try Database(.file("/var/lib/pocket/cloud.db"), migrations: [users])
///     let names = try database.read { try $0.query("SELECT name FROM users ORDER BY name", as: String.self) }
///     try await database.write { try $0.execute("INSERT INTO users (name) VALUES (?)", "ada") }
public final class Database: Sendable {
  enum Store {
    case file(FileStore)
    case memory(MemoryStore)
  }

  let store: Store
  private let versions: TableVersions
  private let reserve: DiskReserve?
  private let damage = Locked<String?>(nil)

  /// Opens the database and brings its schema up to date.
  ///
  /// Throws `inUse` when another has it open, `newerVersion` when a later program wrote it (the file is left as it is),
  /// `migration` when a migration fails (the file is as it was), `openFailed` or `corrupt` when it can't be read.
  ///
  /// With `image` the database begins as a copy of it; a file must not be there yet.
  public init(
    _ location: DatabaseLocation, migrations: [MigrationSet], from image: DatabaseImage? = nil,
    configuration: DatabaseConfiguration = .init()
  ) throws(DatabaseError) {
    versions = TableVersions(configuration.counts)
    reserve = configuration.reserve
    switch location {
    case .file(let path):
      do {
        try image?.write(to: path)
      } catch {
        throw error as? DatabaseError ?? .openFailed(path: path, reason: "\(error)")
      }
      store = .file(try FileStore(path, migrations, configuration, versions))
    case .memory: store = .memory(try MemoryStore(migrations, image, configuration, versions))
    }
  }

  deinit { close() }

  /// Lends a connection for reading, on the caller's thread, at once.
  ///
  /// All statements of the body see one and the same state: that of the last commit before its first statement, see
  /// <https://sqlite.org/isolation.html>. Statements that write are refused. Inside a write's body use the connection
  /// given there: in a file a read does not see the write.
  public func read<T>(_ body: (Connection) throws -> T) throws -> T {
    do {
      return switch store {
      case .file(let store): try store.readers.use { try $0.inSnapshot(body) }
      case .memory(let store): try store.read(body)
      }
    } catch {
      note(error)
      throw error
    }
  }

  /// Runs `body` in a transaction and returns once its changes are on the disk.
  ///
  /// Concurrent writes share a commit, in the order of their arrival. A body that throws undoes what it did, and only
  /// that, and its error reaches its own caller alone; if the common commit fails, all fail. A write that has begun to
  /// wait is carried out, even if its task is cancelled. Bodies run one at a time: they must not block.
  @discardableResult
  nonisolated(nonsending) public func write<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T)
    async throws -> T
  {
    do {
      return switch store {
      case .file(let store):
        try await withCheckedThrowingContinuation { store.writer.submit(WriteTask(body: body, continuation: $0)) }
      case .memory(let store): try store.write(body)
      }
    } catch {
      note(error)
      throw error
    }
  }

  /// What was found to be damaged since the database was opened, by whoever came across it; `nil` while nothing was.
  public var foundDamage: String? { damage.withLock { $0 } }

  /// Looks through the pages of a file that was too large for that when it was opened, beside all other work. What is found
  /// is `foundDamage` from then on, and told once.
  public func lookForDamage(_ tell: @escaping @Sendable (String) -> Void) {
    guard case .file(let store) = store else { return }
    store.lookForDamage { [weak self] result in
      do {
        guard let finding = try result.get() else { return }
        throw DatabaseError.corrupt(message: finding)
      } catch {
        self?.note(error)
        tell("\(error)")
      }
    }
  }

  /// Whether the disk has no room left, nor the reserve what it should hold.
  public var isShortOfRoom: Bool { reserve?.fill() == false }

  private func note(_ error: any Error) {
    if case DatabaseError.corrupt(let message) = error { damage.withLock { $0 = message } }
  }

  /// A number that rises with each commit that changed `table` (or might have, through a trigger or a cascade). It
  /// starts at 0 with the program.
  ///
  /// For caches: take it *before* reading. What is then read is at least as new as the number, so that a cache that
  /// compares numbers never serves anything stale. An unknown table stays at 0.
  public func tableVersion(_ table: String) -> UInt64 { versions[table] }

  /// A number that rises with each commit that changed any table, and takes a nanosecond to read: while it stays the
  /// same, so do all that `tableVersion` gives.
  public var version: UInt64 { versions.all }

  /// Looks for damage and broken references, which takes time in proportion to the file. Empty when all is well; else a
  /// line for each finding. See <https://sqlite.org/pragma.html#pragma_integrity_check>.
  public func integrityCheck() throws -> [String] { try read { try $0.findDamage() } }

  /// Lets the work at hand finish, copies the WAL into the file and closes all. Later calls throw `closed`. Not to be
  /// called from a body; a second time it does nothing.
  public func close() {
    switch store {
    case .file(let store): store.close()
    case .memory(let store): store.close()
    }
  }
}

extension Connection {
  fileprivate func inSnapshot<T>(_ body: (Connection) throws -> T) throws -> T {
    try control("BEGIN DEFERRED")
    do {
      let result = try body(self)
      try control("COMMIT")
      return result
    } catch {
      if !isIdle { try control("ROLLBACK") }
      throw error
    }
  }
}
