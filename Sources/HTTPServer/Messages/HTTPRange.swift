/// What a Range field asks of a body of a known length (RFC 9110 section 14).
public enum HTTPRange: Equatable, Sendable {
  /// No range, or one that is malformed or of another unit and so to be ignored: answer 200.
  case none
  /// Stretches within the body, in the order asked for: answer 206.
  case satisfiable([Range<Int>])
  /// Nothing asked for lies within the body: answer 416 with `Content-Range: bytes */length`.
  case unsatisfiable

  /// More ranges than this are ignored, as they only serve to burden a server (RFC 9110 section 14.2).
  private static let maxRanges = 64

  /// Reads a Range field's value for a body of `length` bytes.
  public static func parse(_ field: String?, length: Int) -> HTTPRange {
    guard let field, let mark = field.utf8.firstIndex(of: UInt8(ascii: "=")) else { return .none }
    guard equalIgnoringCase(String(field[..<mark]), "bytes") else { return .none }
    var ranges: [Range<Int>] = []
    var count = 0
    for element in field[field.utf8.index(after: mark)...].utf8.split(separator: UInt8(ascii: ",")) {
      let spec = element.drop(while: ByteSyntax.isBlank)
      let trimmed = spec.prefix(spec.count - spec.reversed().prefix(while: ByteSyntax.isBlank).count)
      if trimmed.isEmpty { continue }
      count += 1
      guard count <= maxRanges, let range = stretch(trimmed, length: length) else { return .none }
      if let found = range.found { ranges.append(found) }
    }
    if count == 0 { return .none }
    return ranges.isEmpty ? .unsatisfiable : .satisfiable(ranges)
  }

  /// The `Content-Range` value of one stretch of a body of `length` bytes.
  public static func contentRange(_ range: Range<Int>, length: Int) -> String {
    "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
  }

  /// nil if malformed; `found` is nil if well-formed but outside the body.
  private static func stretch(_ spec: Substring.UTF8View, length: Int) -> (found: Range<Int>?, Void)? {
    guard let dash = spec.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let first = spec[..<dash]
    let last = spec[spec.index(after: dash)...]
    if first.isEmpty {
      guard let suffix = number(last) else { return nil }
      return (suffix == 0 || length == 0 ? nil : max(0, length - suffix)..<length, ())
    }
    guard let start = number(first), last.isEmpty || number(last) != nil else { return nil }
    let end = number(last) ?? Int.max
    guard end >= start else { return nil }
    return (start >= length ? nil : start..<(min(end, length - 1) + 1), ())
  }

  /// A number; one too large to hold counts as the largest.
  private static func number(_ digits: Substring.UTF8View) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy(ByteSyntax.isDigit) else { return nil }
    return decimal(digits) ?? Int.max
  }
}
