extension PatternParser {
  /// `*`, `+`, `?` or `{m,n}` with what may follow it; `nil` where there is none. Braces that count nothing are
  /// characters like others.
  mutating func repetition() throws(RegularExpressionError) -> Repetition? {
    guard var repetition = try count() else { return nil }
    if source.take("?") {
      repetition.kind = .lazy
    } else if source.take("+") {
      repetition.kind = .possessive
    }
    return repetition
  }

  private mutating func count() throws(RegularExpressionError) -> Repetition? {
    if source.take("*") { return Repetition(minimum: 0, maximum: nil) }
    if source.take("+") { return Repetition(minimum: 1, maximum: nil) }
    if source.take("?") { return Repetition(minimum: 0, maximum: 1) }
    let start = source.position
    guard source.take("{"), source.next != "}", let bounds = bounds() else {
      source.goBack(to: start)
      return nil
    }
    return try Self.repetition(bounds.least, bounds.greatest)
  }

  /// The texts of `m}`, `m,}`, `,n}` and `m,n}`.
  private mutating func bounds() -> (least: String, greatest: String)? {
    let least = source.take { $0.isASCIIDigit }
    let greatest = source.take(",") ? source.take { $0.isASCIIDigit } : least
    return source.take("}") ? (least, greatest) : nil
  }

  private static func repetition(_ least: String, _ greatest: String) throws(RegularExpressionError) -> Repetition {
    guard let minimum = least.isEmpty ? 0 : Int(least) else { throw .tooLarge }
    if greatest.isEmpty { return Repetition(minimum: minimum, maximum: nil) }
    guard let maximum = Int(greatest) else { throw .tooLarge }
    guard minimum <= maximum else { throw .invalid("min repeat greater than max repeat") }
    return Repetition(minimum: minimum, maximum: maximum)
  }
}
