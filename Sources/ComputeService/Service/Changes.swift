import OpenStackAPI

/// The period that `changes-since` and `changes-before` ask for.
struct Changes {
  private let since, before: Timestamp?

  init(_ query: QueryParameters) throws {
    since = query["changes-since"].flatMap { Timestamp(iso8601: $0) }
    before = query["changes-before"].flatMap { Timestamp(iso8601: $0) }
    if let since, let before, before < since {
      throw Fault.badRequest("The value of changes-since must be less than or equal to changes-before.")
    }
  }

  /// What changed in the period, by `updated_at`.
  var conditions: [Condition] {
    [
      since.map { Condition("updated_at >= ?", $0.microseconds) },
      before.map { Condition("updated_at <= ?", $0.microseconds) },
    ].compactMap { $0 }
  }

  /// What changed in the period where clients see whole seconds: a time that is kept finer than it is shown counts as it
  /// is shown.
  var conditionsInSeconds: [Condition] {
    [
      since.map { Condition("updated_at >= ?", $0.nextSecond.microseconds) },
      before.map { Condition("updated_at < ?", Timestamp(seconds: $0.seconds).microseconds + 1_000_000) },
    ].compactMap { $0 }
  }

  /// Whether a moment that clients see in whole seconds is not before the period.
  func beginsBefore(_ moment: Timestamp) -> Bool { since.map { Timestamp(seconds: moment.seconds) >= $0 } ?? true }
}

extension Timestamp {
  /// The first whole second that is not earlier.
  fileprivate var nextSecond: Timestamp {
    let start = Timestamp(seconds: seconds)
    return start == self ? start : Timestamp(seconds: seconds + 1)
  }
}
