/// A microversion, as in `OpenStack-API-Version: compute 2.96`. Two whole numbers: 2.10 comes after 2.9.
public struct Version: Comparable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The number before the point.
  public let major: Int
  /// The number after the point.
  public let minor: Int

  /// A version of two numbers.
  public init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

  /// Reads `2.96`: digits, a point, digits without a leading zero. Anything else is `nil`.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Self.number(parts[0]), let minor = Self.number(parts[1]) else { return nil }
    self.init(major, minor)
  }

  /// A number of at most six digits, without a leading zero.
  private static func number(_ digits: some Collection<UInt8>) -> Int? {
    guard let first = digits.first, digits.count <= 6, first != UInt8(ascii: "0") || digits.count == 1 else {
      return nil
    }
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }

  /// A version written in the source. A malformed one is a mistake in a table and reads as 0.0, which no request has;
  /// the tables' tests look for it.
  ///
  /// Comparisons with literals stand in handlers, too, so that reading one must cost next to nothing.
  public init(stringLiteral text: StaticString) {
    let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard let point = bytes.firstIndex(of: UInt8(ascii: ".")), let major = Self.number(bytes[..<point]),
      let minor = Self.number(bytes[(point + 1)...])
    else {
      self.init(0, 0)
      return
    }
    self.init(major, minor)
  }

  /// `2.96`.
  public var description: String { "\(major).\(minor)" }

  /// By major number, then by minor number.
  public static func < (a: Self, b: Self) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}

extension JSON {
  /// A version as text, or `null`.
  static func string(version: Version?) -> JSON { version.map { .string($0.description) } ?? .null }
}

/// The versions in which something exists: since one, and until another if it ended.
public struct VersionRange: Sendable, Hashable {
  /// The first version, or `nil` for "from the beginning".
  public let since: Version?
  /// The last version that still has it, or `nil` for "to this day".
  public let until: Version?

  /// A range; both ends belong to it.
  public init(since: Version? = nil, until: Version? = nil) { (self.since, self.until) = (since, until) }

  /// Whether a version lies in the range.
  public func contains(_ version: Version) -> Bool {
    if let since, version < since { return false }
    if let until, version > until { return false }
    return true
  }
}

/// A value that moved with the versions: `["2.1": 200, "2.2": 201]` is 200 at 2.1 and 201 from 2.2 on.
public struct ByVersion<Value: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
  /// The first value.
  let first: Value
  /// What it became, oldest first.
  let later: [(since: Version, value: Value)]

  /// The same value at every version.
  public init(_ value: Value) {
    first = value
    later = []
  }

  /// Values by the version they began with, oldest first; a literal without entries has no meaning and does not occur
  /// in the tables.
  public init(dictionaryLiteral elements: (Version, Value)...) {
    first = elements[0].1
    later = elements.dropFirst().map { (since: $0.0, value: $0.1) }
  }

  /// The value at a version.
  public subscript(_ version: Version) -> Value {
    later.last { $0.since <= version }?.value ?? first
  }
}

extension ByVersion: ExpressibleByIntegerLiteral where Value == Int {
  /// The same number at every version.
  public init(integerLiteral value: Int) { self.init(value) }
}
