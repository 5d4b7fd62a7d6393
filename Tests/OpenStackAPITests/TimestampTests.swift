import Testing

@testable import OpenStackAPI

@Suite("Moments")
struct TimestampTests {
  private static let first = Timestamp(microseconds: .min)
  private static let last = Timestamp(microseconds: .max)

  @Test("are of the years 1 to 9999, whatever they were made from")
  func bounds() {
    #expect(Self.first.text(.seconds) == "0001-01-01T00:00:00Z" && Self.last.text(.seconds) == "9999-12-31T23:59:59Z")
    #expect(Timestamp(seconds: .min) == Self.first && Timestamp(seconds: .max) == Self.last)
    #expect(Timestamp(clamping: -.infinity) == Self.first && Timestamp(clamping: 1e300) == Self.last)
    #expect(Timestamp(clamping: .nan) == Timestamp(seconds: 0))
    #expect(Timestamp(seconds: -1).seconds == -1 && Timestamp(microseconds: -1).seconds == -1)
    #expect(Self.first.seconds * 1_000_000 == Self.first.microseconds)
  }

  @Test("go no further when durations are added, nor does the time between two of them overflow")
  func arithmetic() {
    #expect(Self.last + .seconds(Int64.max) == Self.last && Self.first + .seconds(Int64.min) == Self.first)
    #expect(Self.last + .microseconds(1) == Self.last && Self.first + .nanoseconds(-1000) == Self.first)
    #expect(Self.last.adding(.microseconds(1)) == nil && Self.last.adding(.seconds(Int64.max)) == nil)
    #expect(Self.first.adding(Self.last - Self.first) == Self.last)
    #expect(Self.first + (Self.last - Self.first) == Self.last && Self.last + (Self.first - Self.last) == Self.first)
  }
}
