/// A deterministic automaton whose states are made when a text first leads to them.
///
/// A state is the set of places that a program can be at, so that a text costs one look into a table for each character,
/// whatever the expression. Assertions are decided when the character behind them is known: a state keeps them, with
/// what was before.
struct LazyAutomaton: Sendable {
  private struct State: Hashable, Sendable {
    /// Places of scalars and assertions, sorted.
    var places: [Int32]
    var before: Surroundings

    func hash(into hasher: inout Hasher) { places.withUnsafeBytes { hasher.combine(bytes: $0) } }
  }

  /// Transitions that lead to no state; all others are the index of a state's row in the table.
  private enum Verdict {
    static let unknown: Int32 = 0
    static let dead: Int32 = 1
    static let matched: Int32 = 2
  }

  /// How many numbers states and table may hold before they are forgotten: a megabyte.
  private static let capacity = 1 << 18

  private let program: Program
  /// Whether a match may begin at any place, or only where the search begins.
  private let restarts: Bool
  private var alphabet: Alphabet
  /// The width of the table: classes of characters, and room for more.
  private var stride: Int
  private var transitions: [Int32] = []
  private var states: [State] = []
  private var rows: [State: Int32] = [:]
  private var starts: [Surroundings: Int32] = [:]
  private var placesKept = 0
  /// Rises when all states are forgotten.
  private var generation = 0
  private var marks: [UInt32]
  private var mark: UInt32 = 0
  private var open: [Int32] = []

  init(_ program: Program, restarts: Bool) {
    self.program = program
    self.restarts = restarts && !program.beginsAtStart
    alphabet = Alphabet(program)
    stride = alphabet.count + 4
    marks = Array(repeating: 0, count: program.instructions.count)
    forgetStates()
  }

  /// Whether the program matches at a place of the text, or, where it restarts, anywhere from there on.
  mutating func matches(
    _ text: UTF8Text, from start: Int = 0, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    try budget.spend(Cost.text &+ Cost.byte &* (text.count &- start))
    var place = start
    var row = try begin(at: start, in: text, &budget)
    let hasLastNewline = start < text.count && text[text.count - 1] == 10
    let end = hasLastNewline ? text.count - 1 : text.count
    while row > Verdict.matched {
      follow(text, &place, to: end, &row)
      guard place < end else { break }
      let (letter, length) = try letter(at: place, in: text, &row, &budget)
      row = try next(row, letter, &budget)
      place += length
    }
    if hasLastNewline, row > Verdict.matched { row = try next(row, Alphabet.lastNewline, &budget) }
    if row > Verdict.matched { row = try next(row, Alphabet.end, &budget) }
    return row == Verdict.matched
  }

  /// Passes ASCII characters for as long as the table knows a state behind them.
  @inline(__always)
  private func follow(_ text: UTF8Text, _ place: inout Int, to end: Int, _ row: inout Int32) {
    transitions.withUnsafeBufferPointer { transitions in
      alphabet.ascii.withUnsafeBufferPointer { ascii in
        while place < end, text[place] < 0x80 {
          let next = transitions[Int(row) &+ Int(ascii[Int(text[place])])]
          guard next > Verdict.matched else { return }
          row = next
          place &+= 1
        }
      }
    }
  }

  /// The class of the character at a place. A new class may need a wider table.
  private mutating func letter(
    at place: Int, in text: UTF8Text, _ row: inout Int32, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> (letter: Int, length: Int) {
    let (scalar, length) = text.scalar(at: place)
    guard scalar >= 0x80 else { return (Int(alphabet.ascii[Int(scalar)]), length) }
    let (letter, isNew) = alphabet.number(ofBeyondASCII: scalar)
    try budget.spend(isNew ? alphabet.costOfLookUp : Cost.beyondASCII)
    if letter >= stride {
      let state = states[Int(row) / stride]
      stride = letter * 2
      forgetStates()
      row = self.row(of: state)
    }
    return (letter, length)
  }

  private mutating func begin(
    at start: Int, in text: UTF8Text, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Int32 {
    let before = Surroundings(before: start, in: text).intersection(program.asks)
    if let known = starts[before] { return known }
    nextMark()
    var places: [Int32] = []
    let isMatch = try spread(from: 0, between: nil, into: &places, &budget)
    places.sort()
    let row = isMatch ? Verdict.matched : row(of: State(places: places, before: before))
    starts[before] = row
    return row
  }

  @inline(__always)
  private mutating func next(
    _ row: Int32, _ letter: Int, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Int32 {
    let known = transitions[Int(row) + letter]
    if known != Verdict.unknown { return known }
    let before = generation
    let next = try make(states[Int(row) / stride], letter, &budget)
    if generation == before { transitions[Int(row) + letter] = next }
    return next
  }

  /// The transition of a state under a class of characters.
  private mutating func make(
    _ state: State, _ letter: Int, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Int32 {
    try budget.spend(Cost.transition)
    guard let here = try decided(state, before: letter, &budget) else { return Verdict.matched }
    nextMark()
    var places: [Int32] = []
    try budget.spend(Cost.visit &* here.count)
    for place in here {
      guard case .scalar(let set) = program.instructions[Int(place)], alphabet.contains(Int(set), letter) else {
        continue
      }
      if try spread(from: place + 1, between: nil, into: &places, &budget) { return Verdict.matched }
    }
    if restarts, letter != Alphabet.end, try spread(from: 0, between: nil, into: &places, &budget) {
      return Verdict.matched
    }
    guard !places.isEmpty else { return Verdict.dead }
    places.sort()
    return row(of: State(places: places, before: alphabet.surroundings(letter).intersection(program.asks)))
  }

  /// The places of a state with its assertions decided by the character that comes next; `nil` where a match is reached.
  private mutating func decided(
    _ state: State, before letter: Int, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> [Int32]? {
    nextMark()
    let around = (before: state.before, after: alphabet.surroundings(letter))
    var places: [Int32] = []
    for place in state.places where try spread(from: place, between: around, into: &places, &budget) { return nil }
    return places
  }

  private mutating func row(of state: State) -> Int32 {
    if let known = rows[state] { return known }
    if transitions.count + placesKept > Self.capacity { forgetStates() }
    let row = Int32(transitions.count)
    states.append(state)
    rows[state] = row
    transitions.append(contentsOf: repeatElement(Verdict.unknown, count: stride))
    placesKept += state.places.count * 2 + 32
    return row
  }

  /// The first row stays empty, so that no state's row is a verdict.
  private mutating func forgetStates() {
    generation += 1
    transitions = Array(repeating: Verdict.unknown, count: stride)
    states = [State(places: [], before: [])]
    (rows, starts, placesKept) = ([:], [:], 0)
  }
}

extension LazyAutomaton {
  private mutating func nextMark() {
    if mark == .max {
      for place in marks.indices { marks[place] = 0 }
      mark = 0
    }
    mark += 1
  }

  /// Adds the places that are reached from a place without taking a character, and not marked yet. Assertions are decided
  /// between two characters, and kept while these are not known. True where a match is reached.
  private mutating func spread(
    from place: Int32, between around: (before: Surroundings, after: Surroundings)?, into places: inout [Int32],
    _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    open.append(place)
    while let place = open.popLast() {
      guard marks[Int(place)] != mark else { continue }
      marks[Int(place)] = mark
      try budget.spend(Cost.visit)
      switch program.instructions[Int(place)] {
      case .scalar: places.append(place)
      case .assertion(let assertion):
        guard let around else {
          places.append(place)
          continue
        }
        if assertion.holds(before: around.before, after: around.after) { open.append(place + 1) }
      case .split(let first, let second, _):
        open.append(second)
        open.append(first)
      case .jump(let target): open.append(target)
      case .match:
        open.removeAll(keepingCapacity: true)
        return true
      default: continue
      }
    }
    return false
  }
}
