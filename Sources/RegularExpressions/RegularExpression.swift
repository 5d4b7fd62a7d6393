/// A regular expression in the syntax of Python's `re`, for texts and patterns that strangers choose.
///
/// ```swift
/// let expression = try RegularExpression("^web-(?!old)", ignoringCase: true)
/// var budget = StepBudget()
/// var search = try expression.search(&budget)
/// let isFound = try search.matches("web-12", &budget)
/// ```
///
/// Most expressions are decided by an automaton, in time linear in the text. For the others it decides whether a match is
/// worth a search.
public struct RegularExpression: Sendable {
  private let node: Node
  private let sets: [ScalarSet]
  private let referred: Set<Int>
  /// Whether an automaton decides it.
  var isRegular: Bool { node.isRegular }

  /// The expression as it was written.
  public let pattern: String

  /// Reads an expression. Throws what Python's `re` would, and where it is larger than any that is taken.
  public init(_ pattern: String, ignoringCase: Bool = false) throws(RegularExpressionError) {
    guard pattern.utf8.count <= PatternLimits.length else { throw .tooLarge }
    var parser = PatternParser(pattern, ignoringCase ? .ignoringCase : [])
    node = try parser.expression()
    guard node.weight < PatternLimits.instructions else { throw .tooLarge }
    (sets, referred, self.pattern) = (parser.sets + [.all], parser.referred, pattern)
  }

  /// A search for it in any number of texts, which costs what compiling does; with `onlyAtStart` a match must begin where the text does.
  public func search(
    onlyAtStart: Bool = false, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> RegularExpressionSearch {
    try budget.spend(Cost.instruction * (node.weight + sets.count))
    return RegularExpressionSearch(
      automaton: LazyAutomaton(Compiler.automaton(node, sets), restarts: !onlyAtStart),
      backtracker: node.isRegular
        ? nil : Backtracker(Compiler.backtracking(node, sets, referred: referred)),
      onlyAtStart: onlyAtStart)
  }
}

/// A search, which remembers what it learned of its expression from one text to the next.
public struct RegularExpressionSearch: Sendable {
  private var automaton: LazyAutomaton
  private var backtracker: Backtracker?
  private let onlyAtStart: Bool

  init(automaton: LazyAutomaton, backtracker: Backtracker?, onlyAtStart: Bool) {
    (self.automaton, self.backtracker, self.onlyAtStart) = (automaton, backtracker, onlyAtStart)
  }

  /// Whether the expression matches somewhere in a text of UTF-8. Throws once the budget is spent.
  public mutating func matches(
    utf8 text: UnsafeBufferPointer<UInt8>, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    guard try automaton.matches(text, &budget) else { return false }
    return try backtracker?.matches(text, onlyAtStart: onlyAtStart, &budget) ?? true
  }

  /// The same for a string.
  public mutating func matches(_ text: String, _ budget: inout StepBudget) throws(StepBudget.Spent) -> Bool {
    var text = text
    var result: Result<Bool, StepBudget.Spent> = .success(false)
    text.withUTF8 { bytes in
      result = Result { () throws(StepBudget.Spent) in try matches(utf8: bytes, &budget) }
    }
    return try result.get()
  }
}
