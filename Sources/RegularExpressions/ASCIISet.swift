/// A set of ASCII characters: one bit each.
struct ASCIISet: Hashable, Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// The empty set.
  init() {}

  /// The ASCII characters of a range.
  init(_ range: ClosedRange<UInt32>) {
    low = Self.bits(range, from: 0)
    high = Self.bits(range, from: 64)
  }

  private static func bits(_ range: ClosedRange<UInt32>, from base: UInt32) -> UInt64 {
    guard range.lowerBound < base + 64, range.upperBound >= base else { return 0 }
    let first = max(range.lowerBound, base) - base
    let last = min(range.upperBound, base + 63) - base
    return (~0 >> UInt64(63 - last)) & (~0 << UInt64(first))
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    (byte < 64 ? low &>> UInt64(byte) : high &>> UInt64(byte & 63)) & 1 == 1
  }

  func union(_ other: ASCIISet) -> ASCIISet {
    var set = self
    set.low |= other.low
    set.high |= other.high
    return set
  }

  var inverted: ASCIISet {
    var set = self
    (set.low, set.high) = (~low, ~high)
    return set
  }

  /// With each letter its other case: `A` is bit 1 of the upper half, `a` bit 33.
  var withBothCases: ASCIISet {
    let letters: UInt64 = 0x07FF_FFFE
    var set = self
    set.high |= (high & letters) << 32 | (high >> 32) & letters
    return set
  }
}
