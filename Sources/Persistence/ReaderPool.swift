import Dispatch
import Glibc
import Locking

/// Connections for readers. The one put back last is lent first: its cache is the warmest.
///
/// Nobody waits for a connection: when all are lent another is opened, so that a read inside a read can't deadlock.
/// Beyond `idleLimit` they are closed when they come back.
final class ReaderPool: Sendable {
  /// - Safety: a connection is either in the pool or with the one thread that took it out, never both, and the pool's
  ///   lock orders the two.
  private struct Pooled: @unchecked Sendable { let connection: Connection }

  private enum Seat {
    case seat(Pooled?), paused, closed
  }

  private struct State {
    var idle: [Pooled] = []
    var lent = 0
    var isClosed = false
    var isPaused = false
  }

  /// How long a pause waits for readers, and readers for the end of a pause.
  private static let pause = 100_000
  private static let tick = 200

  private let state = Locked(State())
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
    var slot = seat(evenIfPaused: false)
    if case .paused = slot {
      waitOutPause()
      slot = seat(evenIfPaused: true)
    }
    guard case .seat(let idle) = slot else { throw .closed }
    if let idle { return idle.connection }
    do {
      return try open()
    } catch {
      putBack(nil)
      throw error
    }
  }

  private func seat(evenIfPaused: Bool) -> Seat {
    state.withLock { state in
      if state.isClosed { return .closed }
      if state.isPaused, !evenIfPaused { return .paused }
      state.lent += 1
      return .seat(state.idle.popLast())
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

  /// Runs `body` at a moment when nobody reads; nil when none came within a tenth of a second, which is also how long a
  /// read inside a read is held up then.
  func withoutReaders<T>(_ body: () -> T) -> T? {
    state.withLock { $0.isPaused = true }
    defer { state.withLock { $0.isPaused = false } }
    for _ in 0..<(Self.pause / Self.tick) {
      if state.withLock({ $0.lent == 0 }) { return body() }
      usleep(UInt32(Self.tick))
    }
    return nil
  }

  private func waitOutPause() {
    for _ in 0..<(2 * Self.pause / Self.tick) where state.withLock(\.isPaused) { usleep(UInt32(Self.tick)) }
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
