/// A search that tries one way after the other, for what no automaton decides: references to groups, looks, and groups
/// that keep their first match.
///
/// Where all that comes after a place depends on the place alone, none is tried twice, and the work is bounded by the
/// product of expression and text; elsewhere only the budget bounds it.
struct Backtracker: Sendable {
  /// A way not tried yet, or, with a negative place, what a register held before.
  private struct Frame {
    var place: Int32
    var value: Int32

    init(way place: Int32, at value: Int32) { (self.place, self.value) = (place, value) }
    init(register: Int32, held value: Int32) { (place, self.value) = (~register, value) }

    var isWay: Bool { place >= 0 }
    var register: Int { Int(~place) }
  }

  /// How many frames there may be: more than any text of a row takes.
  private static let deepest = 200_000
  private static let unset: Int32 = -1

  private let program: Program
  private let ascii: [ASCIISet]
  private var looks: [LazyAutomaton]
  private var registers: [Int32]
  private var frames: [Frame] = []
  private var tried: [UInt64] = []

  init(_ program: Program) {
    self.program = program
    ascii = program.sets.map(\.ascii)
    looks = program.looks.map { LazyAutomaton($0, restarts: false) }
    registers = Array(repeating: Self.unset, count: program.registers)
  }

  /// Whether the program matches anywhere, or at the beginning.
  mutating func matches(
    _ text: UTF8Text, onlyAtStart: Bool, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    guard text.count < Int32.max else { throw StepBudget.Spent() }
    try forgetTried(text.count, &budget)
    for register in registers.indices { registers[register] = Self.unset }
    var start = 0
    while true {
      try budget.spend(Cost.start)
      if try matches(text, at: start, &budget) { return true }
      guard start < text.count, !onlyAtStart, !program.beginsAtStart else { return false }
      start += text.scalar(at: start).length
    }
  }

  private mutating func forgetTried(_ count: Int, _ budget: inout StepBudget) throws(StepBudget.Spent) {
    guard program.forgetsItsPast else { return }
    let words = program.splits * (count + 1) / 64 + 1
    try budget.spend(words)
    tried.removeAll(keepingCapacity: true)
    tried.append(contentsOf: repeatElement(0, count: words))
  }

  private mutating func matches(
    _ text: UTF8Text, at start: Int, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    let instructions = program.instructions
    frames.removeAll(keepingCapacity: true)
    var way = Way(place: 0, position: start)
    while true {
      try budget.spend(Cost.attempt)
      switch instructions[way.place] {
      case .scalar(let set):
        if way.position < text.count, text[way.position] < 0x80 {
          if ascii[Int(set)].contains(text[way.position]) {
            way.place &+= 1
            way.position &+= 1
            continue
          }
        } else if try takeBeyondASCII(set, &way, text, &budget) {
          continue
        }
      case .split(let first, let second, let number):
        if !program.forgetsItsPast || isFirstTry(number, way.position, text.count) {
          frames.append(Frame(way: second, at: Int32(truncatingIfNeeded: way.position)))
          way.place = Int(first)
          continue
        }
      case .jump(let target):
        way.place = Int(target)
        continue
      case .save(let register):
        keep(way.position, in: register)
        way.place &+= 1
        continue
      case .match: return true
      case let rare: if try execute(rare, &way, text, &budget) { continue }
      }
      guard let next = nextWay() else { return false }
      guard frames.count < Self.deepest else { throw StepBudget.Spent() }
      way = next
    }
  }

  /// Where a search is, in the program and in the text.
  private struct Way {
    var place: Int
    var position: Int
  }

  /// Undoes what was kept since the last way not tried, and takes that.
  @inline(__always)
  private mutating func nextWay() -> Way? {
    while let frame = frames.popLast() {
      if frame.isWay { return Way(place: Int(frame.place), position: Int(frame.value)) }
      registers[frame.register] = frame.value
    }
    return nil
  }

  @inline(__always)
  private mutating func keep(_ value: Int, in register: Int32) {
    frames.append(Frame(register: register, held: registers[Int(register)]))
    registers[Int(register)] = Int32(truncatingIfNeeded: value)
  }

  private func takeBeyondASCII(
    _ set: Int32, _ way: inout Way, _ text: UTF8Text, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    guard way.position < text.count else { return false }
    try budget.spend(Cost.lookUp)
    let (scalar, length) = text.scalarBeyondASCII(at: way.position)
    guard program.sets[Int(set)].contains(beyondASCII: scalar) else { return false }
    way.place &+= 1
    way.position &+= length
    return true
  }

  @inline(__always)
  private mutating func isFirstTry(_ split: Int32, _ position: Int, _ count: Int) -> Bool {
    let place = Int(split) &* (count &+ 1) &+ position
    let bit: UInt64 = 1 << UInt64(place & 63)
    guard tried[place >> 6] & bit == 0 else { return false }
    tried[place >> 6] |= bit
    return true
  }

  /// Executes one of the instructions that most expressions do not have; false where it fails.
  private mutating func execute(
    _ instruction: Instruction, _ way: inout Way, _ text: UTF8Text, _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Bool {
    let next = way.place + 1
    try budget.spend(Cost.rarity)
    switch instruction {
    case .assertion(let assertion):
      guard
        assertion.holds(
          before: Surroundings(before: way.position, in: text), after: Surroundings(after: way.position, in: text))
      else { return false }
    case .reference(let register, let ignoringCase):
      guard let end = try end(ofReferenceTo: register, ignoringCase, way.position, text, &budget) else { return false }
      way.position = end
    case .condition(let register, let otherwise):
      way.place = registers[Int(register) + 1] == Self.unset ? Int(otherwise) : next
      return true
    case .again(let place, let register):
      way.place = Int(registers[Int(register)]) == way.position ? next : Int(place)
      return true
    case .look(let number, let back, let isNegated):
      guard let start = Self.start(back, before: way.position, text) else {
        guard isNegated else { return false }
        break
      }
      guard try looks[Int(number)].matches(text, from: start, &budget) != isNegated else { return false }
    default: return enterOrLeave(instruction, &way, text)
    }
    way.place = next
    return true
  }

  /// Groups that are entered and left: what was tried inside is given up when they are left.
  private mutating func enterOrLeave(_ instruction: Instruction, _ way: inout Way, _ text: UTF8Text) -> Bool {
    let next = way.place + 1
    switch instruction {
    case .enterAtomic(let register): keep(frames.count, in: register)
    case .leaveAtomic(let register): dropWays(since: Int(registers[Int(register)]))
    case .enterLook(let register, let back):
      guard let start = Self.start(back, before: way.position, text) else { return false }
      keep(way.position, in: register + 1)
      keep(frames.count, in: register)
      way.position = start
    case .leaveLook(let register):
      dropWays(since: Int(registers[Int(register)]))
      way.position = Int(registers[Int(register) + 1])
    case .enterNegatedLook(let register, let back, let after):
      guard let start = Self.start(back, before: way.position, text) else {
        way.place = Int(after)
        return true
      }
      keep(frames.count, in: register)
      frames.append(Frame(way: after, at: Int32(truncatingIfNeeded: way.position)))
      way.position = start
    case .leaveNegatedLook(let register):
      undo(to: Int(registers[Int(register)]) + 1)
      return false
    default: return false
    }
    way.place = next
    return true
  }

  /// Gives up the ways since a group was entered, and keeps what has to be undone when it is left backwards.
  private mutating func dropWays(since height: Int) {
    var kept = height
    for index in height..<frames.count where !frames[index].isWay {
      frames[kept] = frames[index]
      kept += 1
    }
    frames.removeLast(frames.count - kept)
  }

  /// Undoes all since a look was entered, the way behind it too.
  private mutating func undo(to height: Int) {
    while frames.count > height, let frame = frames.popLast() {
      if !frame.isWay { registers[frame.register] = frame.value }
    }
  }

  /// Where a look begins; `nil` where there are not so many characters.
  private static func start(_ back: Int32, before position: Int, _ text: UTF8Text) -> Int? {
    var start = position
    for _ in 0..<back {
      guard start > 0 else { return nil }
      start = text.start(before: start)
    }
    return start
  }

  /// Where what a group matched ends, if it comes once more.
  private func end(
    ofReferenceTo register: Int32, _ ignoringCase: Bool, _ position: Int, _ text: UTF8Text,
    _ budget: inout StepBudget
  ) throws(StepBudget.Spent) -> Int? {
    let (start, end) = (Int(registers[Int(register)]), Int(registers[Int(register) + 1]))
    guard start >= 0, end >= start else { return nil }
    try budget.spend((end - start) / 2)
    var (place, position) = (start, position)
    while place < end {
      guard position < text.count else { return nil }
      let (a, b) = (text.scalar(at: place), text.scalar(at: position))
      guard a.value == b.value || ignoringCase && LetterCase.lower(a.value) == LetterCase.lower(b.value) else {
        return nil
      }
      place += a.length
      position += b.length
    }
    return position
  }
}
