/// The kinds of characters that `\d`, `\s` and `\w` stand for (Python's `str.isdecimal`, `isspace` and `isalnum`).
enum CharacterCategory: Hashable, Sendable {
  case digit, space, word

  /// The ASCII characters of the kind. Four separators count as blank among all characters, not among ASCII's.
  func ascii(asciiOnly: Bool) -> ASCIISet {
    switch self {
    case .digit: ASCIISet(48...57)
    case .space: ASCIISet(9...13).union(ASCIISet(32...32)).union(asciiOnly ? ASCIISet() : ASCIISet(28...31))
    case .word:
      ASCIISet(48...57).union(ASCIISet(65...90)).union(ASCIISet(95...95)).union(ASCIISet(97...122))
    }
  }

  /// Whether a character beyond ASCII is of the kind.
  func contains(beyondASCII scalar: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(scalar) else { return false }
    switch self {
    case .digit: return scalar.properties.generalCategory == .decimalNumber
    case .space: return scalar.properties.isWhitespace
    case .word: return Self.isLetter(scalar) || scalar.properties.numericType != nil
    }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
