import Persistence

/// A moment in UTC, in microseconds since 1970-01-01T00:00:00Z, of the years 1 to 9999. What would lie beyond is the
/// nearest moment that does not, so that no arithmetic with moments can overflow, whatever they were made from.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since the epoch.
  public let microseconds: Int

  /// From the beginning of the year 1 to the end of the year 9999, in microseconds: what four digits and the calendar of
  /// ISO 8601 can say.
  static var range: ClosedRange<Int> { -62_135_596_800_000_000...253_402_300_799_999_999 }

  /// A moment by its microseconds since the epoch.
  public init(microseconds: Int) {
    self.microseconds = min(max(microseconds, Self.range.lowerBound), Self.range.upperBound)
  }

  /// A moment by its seconds since the epoch.
  public init(seconds: Int) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    self.init(microseconds: overflow ? (seconds < 0 ? .min : .max) : product)
  }

  /// A moment by its microseconds since the epoch; what is no number is the epoch.
  init(clamping microseconds: Double) {
    let (first, last) = (Double(Self.range.lowerBound), Double(Self.range.upperBound))
    // As a Double the upper bound is more than it is, which `init(microseconds:)` takes back.
    self.init(microseconds: microseconds.isNaN ? 0 : Int(min(max(microseconds, first), last)))
  }

  /// Whole seconds since the epoch, rounded down.
  public var seconds: Int { (microseconds - Self.range.lowerBound) / 1_000_000 + Self.range.lowerBound / 1_000_000 }

  /// Earlier is less.
  public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

  /// A later moment.
  public static func + (moment: Self, duration: Duration) -> Self {
    let more = duration.microseconds
    let (sum, overflow) = moment.microseconds.addingReportingOverflow(more)
    return Timestamp(microseconds: overflow ? (more < 0 ? .min : .max) : sum)
  }

  /// A later moment, unless there is none that late.
  func adding(_ duration: Duration) -> Timestamp? {
    let (sum, overflow) = microseconds.addingReportingOverflow(duration.microseconds)
    return !overflow && Self.range.contains(sum) ? Timestamp(microseconds: sum) : nil
  }

  /// The time between two moments.
  public static func - (a: Self, b: Self) -> Duration { .microseconds(a.microseconds - b.microseconds) }
}

extension Duration {
  /// Whole microseconds, as many as fit.
  fileprivate var microseconds: Int {
    let (seconds, attoseconds) = components
    let (whole, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000_000)
    let (sum, carry) = whole.addingReportingOverflow(Int(attoseconds / 1_000_000_000_000))
    return overflow || carry ? (seconds < 0 ? .min : .max) : sum
  }
}

extension Timestamp: ColumnDecodable, RowDecodable, Bindable {
  /// From INTEGER, its microseconds; one that no clock can have shown is an error.
  public init(column: Column) throws(DatabaseError) {
    let microseconds = try Int(column: column)
    guard Self.range.contains(microseconds) else {
      throw column.mismatch("a moment of the years 1 to 9999", found: "\(microseconds)")
    }
    self.init(microseconds: microseconds)
  }

  /// INTEGER.
  public var sqlValue: SQLValue { microseconds.sqlValue }
}

/// The ways OpenStack's services write a moment.
public enum TimestampFormat: Sendable {
  /// `2026-11-23T20:40:18Z` (Nova's `created`, Glance).
  case seconds
  /// `2026-11-23T20:40:18.000000` (Nova's `OS-SRV-USG:launched_at`, key pairs).
  case microseconds
  /// `2026-11-23T20:40:18.000000Z` (Keystone).
  case microsecondsZ
  /// `2026-11-23T20:40:18` (nothing after the seconds).
  case plain
}

extension Timestamp {
  /// The moment as text.
  public func text(_ format: TimestampFormat) -> String {
    var (days, rest) = microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
    if rest < 0 { (days, rest) = (days - 1, rest + 86_400_000_000) }
    let (year, month, day) = Self.civil(days: days)
    let second = rest / 1_000_000
    return String(unsafeUninitializedCapacity: 32) { out in
      var writer = DigitWriter(out: out)
      writer.put(year, 4, then: "-")
      writer.put(month, 2, then: "-")
      writer.put(day, 2, then: "T")
      writer.put(second / 3600, 2, then: ":")
      writer.put(second / 60 % 60, 2, then: ":")
      writer.put(second % 60, 2, then: nil)
      if format == .microseconds || format == .microsecondsZ {
        writer.put(".")
        writer.put(rest % 1_000_000, 6, then: nil)
      }
      if format == .seconds || format == .microsecondsZ { writer.put("Z") }
      return writer.count
    }
  }

  /// The date of a day counted from 1970-01-01 in the proleptic Gregorian calendar.
  static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  /// The days from 1970-01-01 to a date.
  static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

private struct DigitWriter {
  let out: UnsafeMutableBufferPointer<UInt8>
  var count = 0

  mutating func put(_ scalar: Unicode.Scalar) {
    out[count] = UInt8(truncatingIfNeeded: scalar.value)
    count += 1
  }

  mutating func put(_ number: Int, _ width: Int, then separator: Unicode.Scalar?) {
    var rest = number
    for place in stride(from: width - 1, through: 0, by: -1) {
      out[count + place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
    count += width
    if let separator { put(separator) }
  }
}

extension Timestamp {
  /// Reads an ISO 8601 moment: a date, optionally `T` or a blank and a time with optional seconds, fraction and zone
  /// (`Z`, `+02:00`, `+0200`); without a zone it is UTC. Anything else is `nil`.
  public init?(iso8601 text: String) {
    var scanner = DigitScanner(bytes: Array(text.utf8)[...])
    guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
      let day = scanner.number(2), (1...12).contains(month), (1...31).contains(day), year > 0
    else { return nil }
    let midnight = Self.days(year: year, month: month, day: day)
    guard Self.civil(days: midnight) == (year, month, day) else { return nil }
    if scanner.isAtEnd {
      self.init(seconds: midnight * 86_400)
      return
    }
    guard scanner.take("T") || scanner.take(" "), let time = scanner.time(), let offset = scanner.zone(),
      scanner.isAtEnd
    else { return nil }
    let microseconds = (midnight * 86_400 - offset) * 1_000_000 + time
    guard Self.range.contains(microseconds) else { return nil }
    self.init(microseconds: microseconds)
  }
}

private struct DigitScanner {
  var bytes: ArraySlice<UInt8>
  var isAtEnd: Bool { bytes.isEmpty }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard let first = bytes.first, UInt32(first) == scalar.value else { return false }
    bytes.removeFirst()
    return true
  }

  mutating func number(_ width: Int) -> Int? {
    guard bytes.count >= width else { return nil }
    var value = 0
    for byte in bytes.prefix(width) {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + Int(byte) - 48
    }
    bytes.removeFirst(width)
    return value
  }

  /// Microseconds since midnight.
  mutating func time() -> Int? {
    guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
    var second = 0
    var fraction = 0
    if take(":") {
      guard let given = number(2), given < 61 else { return nil }
      second = given
      if take(".") || take(",") {
        guard let micros = self.fraction() else { return nil }
        fraction = micros
      }
    }
    return (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction
  }

  private mutating func fraction() -> Int? {
    var micros = 0
    var places = 0
    while let digit = number(1) {
      if places < 6 { micros = micros * 10 + digit }
      places += 1
    }
    guard places > 0 else { return nil }
    for _ in 0..<max(0, 6 - places) { micros *= 10 }
    return micros
  }

  /// Seconds east of UTC.
  mutating func zone() -> Int? {
    if isAtEnd || take("Z") { return 0 }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2) else { return nil }
    _ = take(":")
    let minutes = isAtEnd ? 0 : number(2)
    guard let minutes, hours < 24, minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
