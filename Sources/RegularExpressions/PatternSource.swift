/// The characters of an expression, read one after the other.
///
/// A backslash and the character after it are read as one, as Python does, so that an escaped terminator ends nothing.
struct PatternSource {
  private let scalars: [Unicode.Scalar]
  private(set) var position = 0

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  /// The next character, without taking it.
  var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  var isAtEnd: Bool { position == scalars.count }

  mutating func take() -> Unicode.Scalar? {
    guard let scalar = next else { return nil }
    position += 1
    return scalar
  }

  /// Takes the next character if it is a certain one.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  /// Takes up to `most` characters for which something holds.
  mutating func take(atMost most: Int = Int.max, while holds: (Unicode.Scalar) -> Bool) -> String {
    var taken = String.UnicodeScalarView()
    while taken.count < most, let scalar = next, holds(scalar) {
      taken.append(scalar)
      position += 1
    }
    return String(taken)
  }

  /// Takes what comes before a terminator, and the terminator; `nil` where there is none.
  mutating func take(until terminator: Unicode.Scalar) -> String? {
    var taken = String.UnicodeScalarView()
    while let scalar = take() {
      if scalar == terminator { return String(taken) }
      taken.append(scalar)
      if scalar == "\\", let escaped = take() { taken.append(escaped) }
    }
    return nil
  }

  /// Goes back to a place passed before.
  mutating func goBack(to place: Int) { position = place }
}

extension Unicode.Scalar {
  var isASCIIDigit: Bool { ("0"..."9").contains(self) }
  var isOctalDigit: Bool { ("0"..."7").contains(self) }
  var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
  var isHexadecimalDigit: Bool { isASCIIDigit || ("a"..."f").contains(self) || ("A"..."F").contains(self) }
}
