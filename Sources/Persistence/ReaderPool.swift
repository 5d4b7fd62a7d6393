import Dispatch
import Synchronization

/// Connections for readers. The one put back last is lent first: its cache is the warmest.
///
/// Nobody waits for a connection: when all are lent another is opened, so that a read inside a read can't deadlock.
/// Beyond `idleLimit` they are closed when they come back.
final class ReaderPool: Sendable {
  /// - Safety: a connection is either in the pool or with the one thread that took it out, never both, and the pool's
  ///   lock orders the two.
  private struct Pooled: @unchecked Sendable { let connection: Connection }

  private struct State {
    var idle: [Pooled] = []
    var lent = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let allBack = DispatchSemaphore(value: 0)
  private let idleLimit: Int
  private let open: @Sendable () throws(DatabaseError) -> Connection

  init(idleLimit: Int, open: @escaping @Sendable () throws(DatabaseError) -> Connection) {
    self.idleLimit = idleLimit
    self.open = open
  }

  func use<T>(_ body: (Connection) throws -> T) throws -> T {
    let connection = try take()
    defer { putBack(connection) }
    return try body(connection)
  }

  private func take() throws(DatabaseError) -> Connection {
    let (isClosed, idle) = state.withLock { state -> (Bool, Pooled?) in
      guard !state.isClosed else { return (true, nil) }
      state.lent += 1
      return (false, state.idle.popLast())
    }
    guard !isClosed else { throw .closed }
    if let idle { return idle.connection }
    do {
      return try open()
    } catch {
      putBack(nil)
      throw error
    }
  }

  private func putBack(_ connection: Connection?) {
    let pooled = connection.map { Pooled(connection: $0) }
    let isLast = state.withLock { state in
      state.lent -= 1
      if let pooled, !state.isClosed, state.idle.count < idleLimit { state.idle.append(pooled) }
      return state.isClosed && state.lent == 0
    }
    if isLast { allBack.signal() }
  }

  /// Waits for readers at work and closes their connections. Not to be called from a reader's body.
  func close() {
    let (idle, lent) = state.withLock { state -> ([Pooled], Int) in
      guard !state.isClosed else { return ([], 0) }
      state.isClosed = true
      defer { state.idle = [] }
      return (state.idle, state.lent)
    }
    _ = idle
    if lent > 0 { allBack.wait() }
  }
}
