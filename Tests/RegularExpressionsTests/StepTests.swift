import Testing

@testable import RegularExpressions

/// How much work expressions may make, counted in steps and never in time.
@Suite("Steps of regular expressions")
struct StepTests {
  /// Expressions that other engines choke on, and that are decided in time linear in the text.
  private static let harmless = [
    "(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*)*x", "(x+x+)+y", "(?:.*.*.*.*)!", "(a*)*\\1(b*)*\\2!", "(\\w+\\s?)*!",
    "^(([a-z])+.)+[A-Z]([a-z])+$", "x*x*x*x*x*x*x*x*x*x*x*x*y", "[^a]{200}!",
  ]

  /// Expressions that take too many steps for ten thousand long names, whatever the engine.
  private static let costly = [
    "(.+)\\1\\1\\1x", "(((.*)*)*)*\\1x", "(.*)(.*)\\2\\1z", "(a|b)*a(a|b){100}z", "[ab].{20}z",
    "(?=.*x)(?=.*y)(?=.*z)!?",
  ]

  @Test("what others choke on costs what plain words do", arguments: harmless)
  func linear(pattern: String) throws {
    let names = Names(seed: 1, count: 2000).all
    let steps = try Self.steps(of: pattern, names)
    let plain = try Self.steps(of: "nothing like it", names)
    #expect(steps < 3 * plain)
  }

  private static func steps(of pattern: String, _ names: [String]) throws -> Int {
    var budget = StepBudget(.max)
    var search = try RegularExpression(pattern, ignoringCase: true).search(&budget)
    for name in names { _ = try search.matches(name, &budget) }
    return .max - budget.left
  }

  @Test("what is costly ends once its steps are spent", arguments: costly)
  func spent(pattern: String) throws {
    let names = Names(seed: 2, count: 10_000).all
    var budget = StepBudget(1_000_000)
    #expect(throws: StepBudget.Spent.self) {
      var search = try RegularExpression(pattern, ignoringCase: true).search(&budget)
      for name in names { _ = try search.matches(name, &budget) }
    }
    #expect(budget.left > -100_000)
  }

  @Test("a thousand nasty expressions spend what they may at most, and the ordinary ones suffice with less")
  func nasty() throws {
    let names = Names(seed: 3, count: 10_000).all
    var writer = NastyWriter(seed: 13)
    for _ in 0..<1000 {
      let pattern = writer.expression()
      guard let expression = try? RegularExpression(pattern, ignoringCase: true) else { continue }
      var budget = StepBudget(100_000)
      guard var search = try? expression.search(&budget) else { continue }
      for name in names {
        guard (try? search.matches(name, &budget)) != nil else { break }
      }
      #expect(budget.left > -100_000, "\(pattern)")
    }
  }

  @Test(
    "ten thousand of the longest names leave steps for plain expressions",
    arguments: ["web", "^web-\\d+$", "(foo|bar)+", "[0-9]+-[a-z]", ".*x$", "\\bdb\\b"])
  func plain(pattern: String) throws {
    let names = (0..<10_000).map { "\($0)-" + String(repeating: "abc d", count: 50) }
    #expect(try Self.steps(of: pattern, names) < StepBudget.request / 2)
  }
}
