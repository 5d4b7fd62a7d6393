import Locking

/// The time of one World. Everything that passes or expires in a World asks it.
public final class WorldClock: Sendable {
  private struct State {
    var clock: ClockState
    var observers: [@Sendable () -> Void] = []
  }

  private let source: @Sendable () -> Timestamp
  private let state: Locked<State>

  /// A clock that runs with `source`, the machine's time.
  public init(source: @escaping @Sendable () -> Timestamp) {
    self.source = source
    state = Locked(State(clock: .real))
  }

  /// A clock that stands at a moment until it is moved by hand.
  public init(stoppedAt moment: Timestamp) {
    source = { moment }
    state = Locked(State(clock: ClockState(mode: .stopped, moment: moment, since: moment)))
  }

  /// The moment it is.
  public var now: Timestamp { state.withLock { $0.clock.now(at: source()) } }

  /// How it goes.
  public var mode: ClockMode { state.withLock(\.clock.mode) }

  /// Whether the clock only moves by hand.
  public var isStopped: Bool { mode == .stopped }

  /// How long it takes by the machine's clock until this one shows a moment; `nil` while it stands.
  func wait(until moment: Timestamp) -> Duration? {
    let (mode, now) = state.withLock { ($0.clock.mode, $0.clock.now(at: source())) }
    return mode == .stopped ? nil : max(.zero, moment - now) / mode.rate
  }

  /// Moves a stopped clock forward, without a stop at what is due in between; a running one is left alone.
  public func advance(by duration: Duration) {
    guard isStopped else { return }
    move(to: now + duration)
    announce()
  }

  /// Puts a stopped clock to a moment and tells nobody.
  func move(to moment: Timestamp) { state.withLock { $0.clock.moment = moment } }

  /// The state that a setting leads to.
  func state(for setting: ClockSetting) -> ClockState {
    guard setting.mode != .real else { return .real }
    let machine = source()
    return ClockState(mode: setting.mode, moment: setting.now ?? now, since: machine)
  }

  /// The state, to be kept.
  var kept: ClockState { state.withLock(\.clock) }

  /// Goes as `clock` says from now on.
  func set(_ clock: ClockState) {
    state.withLock { $0.clock = clock }
    announce()
  }

  private func announce() {
    for observer in state.withLock(\.observers) { observer() }
  }

  /// Calls `observer` whenever the clock was set or moved by hand.
  func onMove(_ observer: @escaping @Sendable () -> Void) { state.withLock { $0.observers.append(observer) } }
}
