/// The flags of Python's `re`, by the letters that `(?aims)` names them with.
struct PatternFlags: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  static let ignoringCase = PatternFlags(rawValue: 1)
  static let multiline = PatternFlags(rawValue: 2)
  static let dotTakesAll = PatternFlags(rawValue: 4)
  static let verbose = PatternFlags(rawValue: 8)
  static let ascii = PatternFlags(rawValue: 16)
  static let unicode = PatternFlags(rawValue: 32)
  /// Flags of which one excludes the other, and which cannot be turned off.
  static let types: PatternFlags = [.ascii, .unicode]

  /// The flag of a letter.
  init?(letter: Unicode.Scalar) {
    switch letter {
    case "i": self = .ignoringCase
    case "m": self = .multiline
    case "s": self = .dotTakesAll
    case "x": self = .verbose
    case "a": self = .ascii
    case "u": self = .unicode
    default: return nil
    }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }
}
