import Testing

@testable import RegularExpressions

/// What Python's `re` says of many expressions (`table.py` asks it), and what is said here.
@Suite("Regular expressions as Python reads them")
struct PythonTests {
  @Test("the same texts match, and the same expressions are refused")
  func table() throws {
    let table = try PythonTable.read()
    #expect(table.rows.count == 1200)
    for row in table.rows {
      #expect(Self.matches(row, table.texts) == row.matches, "\(row.pattern)")
    }
  }

  /// Which of the texts match; `nil` where the pattern is no expression.
  private static func matches(_ row: PythonTable.Row, _ texts: [String]) -> [Bool]? {
    guard let expression = try? RegularExpression(row.pattern, ignoringCase: row.ignoresCase) else { return nil }
    var budget = StepBudget()
    guard var search = try? expression.search(&budget) else { return nil }
    return texts.map { (try? search.matches($0, &budget)) ?? false }
  }

  @Test("an automaton and a search agree, for what either can decide")
  func engines() throws {
    let table = try PythonTable.read()
    for row in table.rows {
      guard let expression = try? RegularExpression("(?:\(row.pattern))"), expression.isRegular else { continue }
      // What is added changes nothing but the way: a look, which remembers what was tried, and a group that forgets it.
      for way in ["(?:\(row.pattern))(?=)", "(?:\(row.pattern))(?>)"] {
        try #require(!RegularExpression(way).isRegular)
        #expect(try Self.decide(way, table.texts) == Self.decide(row.pattern, table.texts), "\(row.pattern)")
      }
    }
  }

  private static func decide(_ pattern: String, _ texts: [String]) throws -> [Bool] {
    var budget = StepBudget(.max)
    var search = try RegularExpression(pattern).search(&budget)
    return try texts.map { try search.matches($0, &budget) }
  }

  @Test(
    "what is large is refused, whatever it means",
    arguments: [
      String(repeating: "(", count: 3000) + "a" + String(repeating: ")", count: 3000), "a{1,32767}",
      "((a{1,255}){1,255}){1,255}", "a{99999999999999999999}", String(repeating: "a", count: 9000),
      "((((((((((a?){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}", String(repeating: "(?:", count: 101),
    ])
  func large(pattern: String) {
    #expect(throws: RegularExpressionError.tooLarge) { try RegularExpression(pattern) }
  }

  @Test("a match can be asked to begin where the text does")
  func start() throws {
    var budget = StepBudget()
    for pattern in ["b", "(?!a)b"] {
      var search = try RegularExpression(pattern).search(onlyAtStart: true, &budget)
      #expect(try search.matches("ba", &budget))
      #expect(try !search.matches("ab", &budget))
    }
  }

  @Test("bytes that are no text match as U+FFFD does")
  func broken() throws {
    var budget = StepBudget()
    for (pattern, isFound) in [("a..b", true), ("\u{FFFD}\u{FFFD}", true), ("a.b", false), ("(?=a)a..b", true)] {
      var search = try RegularExpression(pattern).search(&budget)
      let bytes: [UInt8] = [97, 0xC3, 0xFF, 98]
      #expect(try bytes.withUnsafeBufferPointer { try search.matches(utf8: $0, &budget) } == isFound, "\(pattern)")
    }
  }
}
