import Locking

/// The time of one World. Everything that passes or expires in a World asks it.
public final class WorldClock: Sendable {
  private struct State {
    var isStopped: Bool
    var stoppedAt: Timestamp
    var observers: [@Sendable () -> Void] = []
  }

  private let source: @Sendable () -> Timestamp
  private let state: Locked<State>

  /// A clock that runs with `source`, the machine's time.
  public init(source: @escaping @Sendable () -> Timestamp) {
    self.source = source
    state = Locked(State(isStopped: false, stoppedAt: Timestamp(microseconds: 0)))
  }

  /// A clock that stands at a moment until it is moved by hand.
  public init(stoppedAt moment: Timestamp) {
    source = { moment }
    state = Locked(State(isStopped: true, stoppedAt: moment))
  }

  /// The moment it is.
  public var now: Timestamp { state.withLock { $0.isStopped ? $0.stoppedAt : source() } }

  /// Whether the clock only moves by hand.
  public var isStopped: Bool { state.withLock(\.isStopped) }

  /// Moves a stopped clock forward; a running one is left alone.
  public func advance(by duration: Duration) {
    let observers = state.withLock { state in
      if state.isStopped { state.stoppedAt = state.stoppedAt + duration }
      return state.observers
    }
    for observer in observers { observer() }
  }

  /// Calls `observer` whenever the clock was moved by hand.
  public func onMove(_ observer: @escaping @Sendable () -> Void) { state.withLock { $0.observers.append(observer) } }
}
