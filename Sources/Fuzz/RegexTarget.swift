import RegularExpressions

extension FuzzTarget {
  /// Regular expressions of strangers: they are read or refused, searched within their steps, and an automaton finds what
  /// a search finds that tries one way after the other.
  static let regex = FuzzTarget(
    name: "regex",
    corpus: [
      "^web-(\\d+)$", "(a|b)*?c{2,3}|[^x-z]+", "(?P<n>a+)(?P=n)\\1", "(?i:K)(?<=[a-c])(?!.*z)\\b",
      "(?>a+)b++|(?(1)a|b)",
      "(?x) a # b\n c", "[]\\w\\-\\x41-]\\Z", "((((a*)*)*)*)*\\1",
    ],
    dictionary: [
      "(", ")", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i)", "(?s-i:", "(?P<a>", "(?P=a)", "(?(1)", "|", "*",
      "+",
      "?", "{2,5}", "{,3}", "*+", "+?", "[", "]", "[^", "-", "\\1", "\\b", "\\B", "\\d", "\\W", "\\x4", "\\u00e9", "^",
      "$",
      "\\Z", ".", "é", "ſ",
    ],
    judge: { bytes, _ in judge(String(decoding: bytes, as: UTF8.self)) })

  private static let texts = [
    "", "web-12", "aabbcabc", "a\nK\n", "naïve ſ\u{212A}", String(repeating: "ab", count: 40),
  ]
  private static let steps = 300_000

  private static func judge(_ pattern: String) -> Verdict {
    guard let expression = try? RegularExpression(pattern) else { return .refused }
    let found = matches(expression)
    // What is added changes nothing but the way.
    for way in ["(?:\(pattern))(?=)", "(?:\(pattern))(?>)"] {
      guard let other = try? RegularExpression(way), !isCutShort(pattern) else { continue }
      for (text, pair) in zip(texts, zip(found, matches(other))) where pair.0 != pair.1 {
        guard pair.0 != nil, pair.1 != nil else { continue }
        return .flaw("\(pattern) and \(way) do not find the same in \(text)")
      }
    }
    return .taken
  }

  /// Whether what is added may end up in a comment, or change what the pattern means.
  private static func isCutShort(_ pattern: String) -> Bool {
    pattern.unicodeScalars.contains { $0 == "#" } || pattern.hasPrefix("(?") || pattern.hasSuffix("\\")
  }

  /// What each text says; `nil` where the steps were spent.
  private static func matches(_ expression: RegularExpression) -> [Bool?] {
    texts.map { text in
      var budget = StepBudget(steps)
      guard var search = try? expression.search(&budget) else { return nil }
      return try? search.matches(text, &budget)
    }
  }
}
