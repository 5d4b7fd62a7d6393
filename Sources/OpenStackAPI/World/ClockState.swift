/// How the time of a world goes.
public enum ClockMode: Sendable, Hashable {
  /// With the machine's clock.
  case real
  /// So many seconds in each of the machine's: 60 makes a minute of each second, 0.5 half a second.
  case paced(Double)
  /// Not at all, until it is moved by hand.
  case stopped

  /// The rates that a paced clock may have.
  public static let rates = 0.001...1_000_000

  /// The mode of a clock that was kept by its rate; `nil` for a rate that none may have.
  public init?(kept rate: Double) {
    guard rate == 0 || Self.rates.contains(rate) else { return nil }
    self = rate == 0 ? .stopped : .paced(rate)
  }

  /// The word for it: `real`, `paced`, `stopped`.
  public var name: String {
    switch self {
    case .real: "real"
    case .paced: "paced"
    case .stopped: "stopped"
    }
  }

  /// How many seconds pass in one of the machine's.
  public var rate: Double {
    switch self {
    case .real: 1
    case .paced(let rate): rate
    case .stopped: 0
    }
  }
}

/// How a clock is to go, and from which moment on; without one a clock goes on from where it is, and the clock of a new
/// world from the machine's time.
public struct ClockSetting: Sendable, Hashable {
  /// How it goes.
  public var mode: ClockMode
  /// The moment from which it goes; of no meaning for a real one.
  public var now: Timestamp?

  /// A setting.
  public init(_ mode: ClockMode, now: Timestamp? = nil) { (self.mode, self.now) = (mode, now) }
}

/// How a clock goes: it showed `moment` when the machine's clock showed `since`. It is a row of the world's, so that a
/// restart, a snapshot and a fork keep it.
struct ClockState: Sendable, Hashable {
  var mode: ClockMode
  var moment: Timestamp
  var since: Timestamp

  static let real = ClockState(mode: .real, moment: Timestamp(seconds: 0), since: Timestamp(seconds: 0))

  /// What it shows when the machine's clock shows `machine`.
  func now(at machine: Timestamp) -> Timestamp {
    switch mode {
    case .real: machine
    case .stopped: moment
    case .paced(let rate): Self.moment(Double((machine - since) / .microseconds(1)) * rate, after: moment)
    }
  }

  /// A fast clock that was forgotten stops at the end of what timestamps can say.
  private static func moment(_ microseconds: Double, after moment: Timestamp) -> Timestamp {
    min(Timestamp(clamping: Double(moment.microseconds) + microseconds), .last)
  }
}

extension ClockState {
  var json: JSON {
    ["rate": .text(of: mode), "moment": .integer(moment.microseconds), "since": .integer(since.microseconds)]
  }

  init?(_ json: JSON) {
    guard let mode = json["rate"]?.text.flatMap(Double.init).flatMap(ClockMode.init(kept:)),
      let moment = json["moment"]?.integer, let since = json["since"]?.integer
    else { return nil }
    self.mode = mode
    (self.moment, self.since) = (Timestamp(microseconds: moment), Timestamp(microseconds: since))
  }
}

extension Timestamp {
  /// The last moment that a clock shows: the end of the year 9999.
  public static let last = Timestamp(seconds: 253_402_300_799)
}

extension JSON {
  /// A rate as text, as which it keeps all of its digits.
  fileprivate static func text(of mode: ClockMode) -> JSON { .string("\(mode.rate)") }
}
