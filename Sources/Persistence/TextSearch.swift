import Locking
import RegularExpressions

/// The steps that all searches of one request may take together.
public final class SearchBudget: Sendable {
  fileprivate let budget: Locked<StepBudget>

  /// A budget of so many steps.
  public init(_ steps: Int = StepBudget.request) { budget = Locked(StepBudget(steps)) }

  /// How many steps are left; below 0 once it is spent.
  public var left: Int { budget.withLock { $0.left } }
}

/// A regular expression to look for in texts, the right side of SQL's `X REGEXP ?`:
///
/// ```swift
/// let search = TextSearch(try RegularExpression("^web"), of: "name", within: SearchBudget())
/// let names: [String] = try db.query("SELECT name FROM servers WHERE name REGEXP ?", search)
/// ```
///
/// A query whose searches spend their budget ends with `DatabaseError.searchTooLong`.
public final class TextSearch: Sendable {
  private struct State: Sendable {
    /// Made for the first text.
    var search: RegularExpressionSearch?
    var isSpent = false
  }

  /// What the client calls that which is searched.
  let name: String
  private let expression: RegularExpression
  private let budget: SearchBudget
  private let stepsPerText: Int
  private let state = Locked(State())

  /// A search. `stepsPerText` is what it costs to make each text, where that is more than a column to read.
  public init(_ expression: RegularExpression, of name: String, within budget: SearchBudget, stepsPerText: Int = 0) {
    (self.expression, self.name, self.budget) = (expression, name, budget)
    self.stepsPerText = stepsPerText
  }

  /// The expression as it was written.
  var pattern: String { expression.pattern }

  /// Whether it was this search for which the steps did not suffice.
  var isSpent: Bool { state.withLock { $0.isSpent } }

  /// Whether the expression matches anywhere in a text; `nil` once the budget is spent.
  func occurs(in text: UnsafeBufferPointer<UInt8>) -> Bool? {
    state.withLock { state in
      do {
        return try budget.budget.withLock { budget throws(StepBudget.Spent) in
          try budget.spend(stepsPerText)
          return try matches(text, &state, &budget)
        }
      } catch {
        state.isSpent = true
        return nil
      }
    }
  }

  private func matches(
    _ text: UnsafeBufferPointer<UInt8>, _ state: inout State, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    if state.search == nil { state.search = try expression.search(&budget) }
    return try state.search?.matches(utf8: text, &budget) ?? false
  }
}

extension TextSearch: Bindable {
  /// Nothing that could be stored.
  public var sqlValue: SQLValue { .null }
  /// Itself.
  public var search: TextSearch? { self }
}
