/// The characters of texts in classes: those that the same sets of an expression contain, and its assertions tell apart
/// by nothing, are one class.
struct Alphabet: Sendable {
  /// One class of characters.
  private struct Letter: Hashable, Sendable {
    var members: [UInt64]
    var surroundings: Surroundings
  }

  /// The class of the end of a text.
  static let end = 0
  /// The class of a line feed at the end of a text.
  static let lastNewline = 1

  private let sets: [ScalarSet]
  private let asks: Surroundings
  private var letters: [Letter] = []
  private var numbers: [Letter: Int] = [:]
  /// The class of each ASCII character.
  private(set) var ascii: [UInt8] = []
  /// The last characters beyond ASCII with their classes, each where its lowest bits say.
  private var others = Array(repeating: (scalar: UInt32(0), number: 0), count: 1024)

  init(_ program: Program) {
    sets = program.sets
    asks = program.asks
    letters = [Letter(members: [], surroundings: .edge)]
    add(Letter(members: members(of: 10), surroundings: [.newline, .lastNewline]))
    for byte: UInt8 in 0..<128 { ascii.append(UInt8(truncatingIfNeeded: number(of: letter(UInt32(byte))))) }
  }

  /// How many classes there are so far.
  var count: Int { letters.count }

  /// The class of a character beyond ASCII, and whether it had to be looked up.
  mutating func number(ofBeyondASCII scalar: UInt32) -> (number: Int, isNew: Bool) {
    let place = Int(scalar) & (others.count - 1)
    if others[place].scalar == scalar { return (others[place].number, false) }
    let found = number(of: letter(scalar))
    others[place] = (scalar, found)
    return (found, true)
  }

  /// What looking a character up costs.
  var costOfLookUp: Int { Cost.lookUp * (sets.count + 2) }

  /// Whether a set contains the characters of a class.
  @inline(__always)
  func contains(_ set: Int, _ letter: Int) -> Bool {
    let members = letters[letter].members
    return members.isEmpty ? false : members[set >> 6] >> UInt64(set & 63) & 1 == 1
  }

  /// What assertions see of a class.
  func surroundings(_ letter: Int) -> Surroundings { letters[letter].surroundings }

  private mutating func number(of letter: Letter) -> Int {
    if let known = numbers[letter] { return known }
    add(letter)
    return letters.count - 1
  }

  private mutating func add(_ letter: Letter) {
    letters.append(letter)
    numbers[letter] = letters.count - 1
  }

  private func letter(_ scalar: UInt32) -> Letter {
    let seen: Surroundings = asks.isDisjoint(with: [.newline, .word, .asciiWord]) ? [] : Surroundings(scalar)
    return Letter(members: members(of: scalar), surroundings: seen.intersection(asks))
  }

  private func members(of scalar: UInt32) -> [UInt64] {
    var members = [UInt64](repeating: 0, count: sets.count / 64 + 1)
    for (number, set) in sets.enumerated() {
      let isMember = scalar < 0x80 ? set.ascii.contains(UInt8(scalar)) : set.contains(beyondASCII: scalar)
      if isMember { members[number >> 6] |= 1 << UInt64(number & 63) }
    }
    return members
  }
}
