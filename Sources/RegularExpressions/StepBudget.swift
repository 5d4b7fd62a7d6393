/// How much work searches may do together: a request has one budget, whatever its expressions and however many texts.
///
/// A step is about a nanosecond of an ordinary machine. What takes how many, `Cost` says, from measurements.
public struct StepBudget: Sendable, Equatable {
  /// The budget is spent.
  public struct Spent: Error, Equatable {
    /// A spent budget.
    public init() {}
  }

  /// The steps of one request: enough for a few plain expressions and ten thousand texts of 255 characters.
  public static let request = 20_000_000

  /// How many steps are left.
  public private(set) var left: Int

  /// A budget of so many steps.
  public init(_ steps: Int = Self.request) { left = steps }

  /// Takes steps away.
  public mutating func spend(_ steps: Int) throws(Spent) {
    left &-= steps
    guard left >= 0 else { throw Spent() }
  }
}

/// What work costs, in steps.
enum Cost {
  /// An instruction that is compiled.
  static let instruction = 100
  /// Beginning with a text.
  static let text = 100
  /// A byte that an automaton passes.
  static let byte = 2
  /// A character beyond ASCII whose class is remembered.
  static let beyondASCII = 25
  /// Asking one set whether it contains a character beyond ASCII.
  static let lookUp = 100
  /// An instruction that is followed while a state is made.
  static let visit = 25
  /// A state or a transition, besides its instructions.
  static let transition = 600
  /// Trying a match at one place of a text.
  static let start = 20
  /// An instruction that is tried.
  static let attempt = 10
  /// One of those that only groups and looks need, besides.
  static let rarity = 15
}
