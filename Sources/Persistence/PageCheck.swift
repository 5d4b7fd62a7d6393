import CSQLite
import Dispatch
import Locking

/// Looks through all pages of a file for damage while it is in use, on a thread of its own, until it is done or stopped.
/// It sees what was committed when it began, and nobody waits for it.
final class PageCheck: Sendable {
  /// - Safety: <https://sqlite.org/c3ref/interrupt.html> may be called from any thread while the connection is open, and it
  ///   is under the lock that it is put here and taken away.
  private struct Running: @unchecked Sendable { let handle: OpaquePointer }

  private struct State {
    var isStopped = false
    var running: Running?
  }

  private let state = Locked(State())
  private let group = DispatchGroup()

  /// Begins with a connection of its own; `finish` hears what is wrong, `nil` where nothing is, unless it was stopped.
  func begin(
    _ open: @escaping @Sendable () throws(DatabaseError) -> Connection,
    _ finish: @escaping @Sendable (Result<String?, any Error>) -> Void
  ) {
    DispatchQueue.global(qos: .utility).async(group: group) { [self] in
      let result = Result { try run(open) }
      if !state.withLock(\.isStopped) { finish(result) }
    }
  }

  private func run(_ open: () throws(DatabaseError) -> Connection) throws -> String? {
    let connection = try open()
    return try withExtendedLifetime(connection) {
      let mayRun = state.withLock { state in
        if !state.isStopped { state.running = Running(handle: connection.handle) }
        return !state.isStopped
      }
      guard mayRun else { return nil }
      defer { state.withLock { $0.running = nil } }
      return try connection.findDamagedPage()
    }
  }

  /// Ends it and returns when it has closed its connection.
  func stop() {
    state.withLock { $0.isStopped = true }
    repeat {
      // A statement that is only about to begin does not hear it.
      state.withLock { state in if let running = state.running { sqlite3_interrupt(running.handle) } }
    } while group.wait(timeout: .now() + .milliseconds(2)) == .timedOut
  }
}

extension Connection {
  /// The first damage that is found without comparing indexes with their tables
  /// (<https://sqlite.org/pragma.html#pragma_quick_check>): about 3 ms a megabyte.
  func findDamagedPage() throws -> String? {
    let finding = try first("PRAGMA quick_check(1)", as: String.self) ?? "unreadable"
    guard finding != "ok" else { return nil }
    return finding.split(separator: "\n").last.map(String.init) ?? finding
  }

  /// Refuses a file that an earlier run left if nothing is in it, and, where it is small enough to be looked through now,
  /// if it is damaged; false where it was too large.
  func refuseDamage(upTo bytes: Int) throws(DatabaseError) -> Bool {
    do {
      guard try exists("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'") else {
        throw DatabaseError.corrupt(message: "there are no tables in it")
      }
      let size = try (scalar("PRAGMA page_count", as: Int.self) ?? 0) * (scalar("PRAGMA page_size", as: Int.self) ?? 0)
      guard size <= bytes else { return false }
      if let finding = try findDamagedPage() { throw DatabaseError.corrupt(message: finding) }
      return true
    } catch {
      throw error as? DatabaseError ?? .corrupt(message: "\(error)")
    }
  }
}

extension DatabaseImage {
  /// Throws `corrupt` where a page is damaged.
  public func refuseDamage() throws {
    try read { db in
      if let finding = try db.findDamagedPage() { throw DatabaseError.corrupt(message: finding) }
    }
  }
}
