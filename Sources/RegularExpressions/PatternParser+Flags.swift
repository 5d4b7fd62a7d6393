/// Flags as an expression gives them.
enum InlineFlags {
  /// `(?i)`
  case wholeExpression(PatternFlags)
  /// `(?i-m:`
  case group(on: PatternFlags, off: PatternFlags)
}

extension PatternParser {
  /// The letters after `(?`, and the `)` or `:` that ends them.
  mutating func inlineFlags() throws(RegularExpressionError) -> InlineFlags {
    let on = try letters(endingWith: "-:)", "missing -, : or )")
    guard on.subtracting(.unicode) == on || on.subtracting(.ascii) == on else {
      throw .invalid("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
    }
    if source.take(")") { return .wholeExpression(on) }
    let isOff = source.take("-")
    let off = isOff ? try letters(endingWith: ":", "missing :") : []
    guard !isOff || !off.isEmpty else { throw .invalid("missing flag") }
    guard off.isDisjoint(with: .types) else {
      throw .invalid("bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
    }
    guard on.isDisjoint(with: off) else { throw .invalid("bad inline flags: flag turned on and off") }
    _ = source.take(":")
    return .group(on: on, off: off)
  }

  private mutating func letters(
    endingWith ends: String, _ missing: String
  ) throws(RegularExpressionError) -> PatternFlags {
    var flags: PatternFlags = []
    while let next = source.next, !ends.unicodeScalars.contains(next) {
      if next == "L" { throw .invalid("bad inline flags: cannot use 'L' flag with a str pattern") }
      guard let flag = PatternFlags(letter: next) else {
        throw .invalid(next.properties.isAlphabetic ? "unknown flag" : missing)
      }
      flags.insert(flag)
      _ = source.take()
    }
    guard !source.isAtEnd else { throw .invalid(missing) }
    return flags
  }
}
