/// Reads oslo.policy's rule language: checks `kind:match`, `and`, `or`, `not`, parentheses, `@` for always and `!` for
/// never. An empty rule is "always".
struct PolicyParser {
  private let text: String
  private var tokens: [Substring]
  private var position = 0
  private var depth = 0

  /// How deep a rule may nest.
  static let deepest = 100

  init(_ text: String) {
    self.text = text
    tokens = Self.tokens(of: text)
  }

  static func parse(_ text: String) throws(PolicySyntaxError) -> PolicyCheck {
    var parser = PolicyParser(text)
    guard !parser.tokens.isEmpty else { return .always }
    let check = try parser.disjunction()
    guard parser.position == parser.tokens.count else {
      throw parser.failure("unexpected '\(parser.tokens[parser.position])'")
    }
    return check
  }

  /// Words are split at blanks; parentheses stand alone except those of `%(name)s`.
  private static func tokens(of text: String) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace).flatMap { word in
      var opening: [Substring] = []
      var closing: [Substring] = []
      var word = word
      while word.hasPrefix("(") {
        opening.append(word.prefix(1))
        word.removeFirst()
      }
      while word.hasSuffix(")") {
        closing.append(word.suffix(1))
        word.removeLast()
      }
      return opening + (word.isEmpty ? [] : [word]) + closing
    }
  }

  private func failure(_ what: String) -> PolicySyntaxError {
    PolicySyntaxError(description: "policy rule \"\(text)\": \(what)")
  }

  private mutating func take(_ word: String) -> Bool {
    guard position < tokens.count, tokens[position].lowercased() == word else { return false }
    position += 1
    return true
  }

  private mutating func disjunction() throws(PolicySyntaxError) -> PolicyCheck {
    var checks = [try conjunction()]
    while take("or") { checks.append(try conjunction()) }
    return checks.count == 1 ? checks[0] : .any(checks)
  }

  private mutating func conjunction() throws(PolicySyntaxError) -> PolicyCheck {
    var checks = [try negation()]
    while take("and") { checks.append(try negation()) }
    return checks.count == 1 ? checks[0] : .all(checks)
  }

  private mutating func negation() throws(PolicySyntaxError) -> PolicyCheck {
    guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest) levels") }
    depth += 1
    defer { depth -= 1 }
    if take("not") { return .not(try negation()) }
    if take("(") {
      let check = try disjunction()
      guard take(")") else { throw failure("a '(' without its ')'") }
      return check
    }
    guard position < tokens.count else { throw failure("ends too early") }
    defer { position += 1 }
    return try check(tokens[position])
  }

  private func check(_ word: Substring) throws(PolicySyntaxError) -> PolicyCheck {
    if word == "@" { return .always }
    if word == "!" { return .never }
    guard let colon = word.firstIndex(of: ":") else { throw failure("'\(word)' is not of the form kind:match") }
    let kind = String(word[..<colon])
    let match = String(word[word.index(after: colon)...])
    guard !kind.isEmpty, !match.isEmpty else { throw failure("'\(word)' is not of the form kind:match") }
    switch kind {
    case "role": return .role(match.lowercased())
    case "rule": return .rule(match)
    default: return .equal(try operand(kind, isLeft: true), try operand(match, isLeft: false))
    }
  }

  private func operand(_ text: String, isLeft: Bool) throws(PolicySyntaxError) -> PolicyOperand {
    if text.hasPrefix("%(") {
      guard text.hasSuffix(")s"), text.count > 4 else { throw failure("'\(text)' is not of the form %(name)s") }
      return .target(String(text.dropFirst(2).dropLast(2)))
    }
    if text.hasPrefix("'"), text.hasSuffix("'"), text.count >= 2 {
      return .literal(String(text.dropFirst().dropLast()))
    }
    return isLeft && !["True", "False", "None"].contains(text) ? .credential(text) : .literal(text)
  }
}
