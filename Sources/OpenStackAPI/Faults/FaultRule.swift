/// A rule for faults: what it matches, which of the matches it strikes, and what it does to them.
public struct FaultRule: Sendable {
  /// Its id.
  public let id: String
  /// What it does.
  public let effect: FaultEffect
  /// What it is about.
  public let match: FaultMatch
  /// Which of the matches it strikes.
  public let choice: Choice
  /// How often it matched.
  public private(set) var matched = 0
  /// How often it struck.
  public private(set) var struck = 0
  private var chance: SeededGenerator

  /// Which of the matches a rule strikes: all, unless it says otherwise.
  public struct Choice: Sendable, Equatable {
    /// The n-th match alone, counted from 1.
    public var nth: Int?
    /// So many at most.
    public var first: Int?
    /// A share of them, from 0 to 1, drawn by chance.
    public var share: Double?
    /// Where the chance begins: the same seed draws the same matches.
    public var seed: Int

    /// All matches.
    public init(nth: Int? = nil, first: Int? = nil, share: Double? = nil, seed: Int = 0) {
      (self.nth, self.first, self.share, self.seed) = (nth, first, share, seed)
    }
  }

  /// A rule that has matched nothing yet.
  public init(id: String, _ effect: FaultEffect, match: FaultMatch = FaultMatch(), choice: Choice = Choice()) {
    (self.id, self.effect, self.match, self.choice) = (id, effect, match, choice)
    chance = SeededGenerator(seed: UInt64(bitPattern: Int64(choice.seed)))
  }

  /// Counts a match; whether it is struck.
  mutating func strikes() -> Bool {
    matched += 1
    if let nth = choice.nth, matched != nth { return false }
    if let first = choice.first, struck >= first { return false }
    if let share = choice.share, Double.random(in: 0..<1, using: &chance) >= share { return false }
    struck += 1
    return true
  }

  /// How long a delay of this rule takes, this time.
  mutating func delay(_ duration: Duration, _ jitter: Duration) -> Duration {
    duration + jitter * Double.random(in: 0..<1, using: &chance)
  }
}
