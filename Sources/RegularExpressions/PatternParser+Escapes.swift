/// What an escape outside of a class stands for.
enum Escaped {
  case set(ScalarSet)
  case assertion(Assertion)
  case reference(Int)
}

extension PatternParser {
  /// What comes after a backslash.
  mutating func escaped(_ flags: PatternFlags) throws(RegularExpressionError) -> Escaped {
    guard let scalar = source.take() else { throw .invalid("bad escape (end of pattern)") }
    let isASCIIOnly = flags.contains(.ascii)
    switch scalar {
    case "A": return .assertion(.textStart)
    case "Z": return .assertion(.textEnd)
    case "b": return .assertion(.wordBoundary(asciiOnly: isASCIIOnly))
    case "B": return .assertion(.notWordBoundary(asciiOnly: isASCIIOnly))
    case "0": return .set(ScalarSet(octal("0", atMost: 2), flags))
    case "1"..."9": return try numbered(scalar, flags)
    default:
      if let item = category(scalar) { return .set(ScalarSet([item], flags)) }
      return .set(ScalarSet(try literal(scalar), flags))
    }
  }

  /// `\12`: an octal number of three digits, else a group.
  private mutating func numbered(
    _ first: Unicode.Scalar, _ flags: PatternFlags
  ) throws(RegularExpressionError) -> Escaped {
    var digits = String(first) + source.take(atMost: 1) { $0.isASCIIDigit }
    if digits.unicodeScalars.count == 2, digits.unicodeScalars.allSatisfy(\.isOctalDigit), let third = source.next,
      third.isOctalDigit
    {
      digits += source.take(atMost: 1) { $0.isOctalDigit }
      return .set(ScalarSet(try octal(digits), flags))
    }
    guard let number = Int(digits), number < groups.count else { throw .invalid("invalid group reference") }
    return .reference(try reference(to: number))
  }

  private mutating func octal(_ first: String, atMost most: Int) -> UInt32 {
    UInt32(first + source.take(atMost: most) { $0.isOctalDigit }, radix: 8) ?? 0
  }

  private func octal(_ digits: String) throws(RegularExpressionError) -> UInt32 {
    guard let value = UInt32(digits, radix: 8), value <= 0o377 else {
      throw .invalid("octal escape value outside of range")
    }
    return value
  }

  func category(_ scalar: Unicode.Scalar) -> ScalarSet.Item? {
    switch scalar {
    case "d": .category(.digit, isNegated: false)
    case "D": .category(.digit, isNegated: true)
    case "s": .category(.space, isNegated: false)
    case "S": .category(.space, isNegated: true)
    case "w": .category(.word, isNegated: false)
    case "W": .category(.word, isNegated: true)
    default: nil
    }
  }

  /// The character that an escape stands for, in and out of classes.
  mutating func literal(_ scalar: Unicode.Scalar) throws(RegularExpressionError) -> UInt32 {
    switch scalar {
    case "a": return 7
    case "f": return 12
    case "n": return 10
    case "r": return 13
    case "t": return 9
    case "v": return 11
    case "x": return try hexadecimal(2)
    case "u": return try hexadecimal(4)
    case "U": return try hexadecimal(8)
    default:
      guard !scalar.isASCIILetter, !scalar.isASCIIDigit else { throw .invalid("bad escape \\\(scalar)") }
      return scalar.value
    }
  }

  private mutating func hexadecimal(_ count: Int) throws(RegularExpressionError) -> UInt32 {
    let digits = source.take(atMost: count) { $0.isHexadecimalDigit }
    guard digits.utf8.count == count, let value = UInt32(digits, radix: 16) else { throw .invalid("incomplete escape") }
    guard value <= 0x10FFFF else { throw .invalid("bad escape") }
    return value
  }

  /// A character or a category in a class; `\b` is a backspace there.
  mutating func classEscape() throws(RegularExpressionError) -> ScalarSet.Item {
    guard let scalar = source.take() else { throw .invalid("bad escape (end of pattern)") }
    if let item = category(scalar) { return item }
    if scalar == "b" { return .range(8...8) }
    if scalar.isOctalDigit {
      let value = try octal(String(scalar) + source.take(atMost: 2) { $0.isOctalDigit })
      return .range(value...value)
    }
    let value = try literal(scalar)
    return .range(value...value)
  }
}
