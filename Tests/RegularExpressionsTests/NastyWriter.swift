/// Numbers from a seed (SplitMix64).
struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ z >> 31) % UInt64(bound))
  }

  mutating func one<T>(of values: [T]) -> T { values[below(values.count)] }
}

/// Names of servers on which searches have to work: long runs, few letters.
struct Names {
  private(set) var all: [String] = []

  init(seed: UInt64, count: Int) {
    var chance = Chance(seed: seed)
    let alphabets = ["a", "ab", "abcdefghijklmnopqrstuvwxyz0123456789-_. ", "éßſ漢字a"].map(Array.init)
    for _ in 0..<count {
      let alphabet = chance.one(of: alphabets)
      all.append(String((0...chance.below(255)).map { _ in chance.one(of: alphabet) }))
    }
  }
}

/// Expressions that nest repetitions in repetitions, refer to what they matched, and fail in the end.
struct NastyWriter {
  private var chance: Chance
  private var groups = 0

  init(seed: UInt64) { chance = Chance(seed: seed) }

  mutating func expression() -> String {
    groups = 0
    let body = (0...chance.below(3)).map { _ in piece(depth: 1 + chance.below(4)) }.joined()
    return body + chance.one(of: ["", "!", "x", "$", "\\Z", "[^a]", "(?!)"])
  }

  private mutating func piece(depth: Int) -> String {
    guard depth > 0 else {
      return chance.one(of: ["a", ".", "[ab]", "\\w", "a|b", "a|aa", "[^x]", "\\s*", "b?", "é", ""])
    }
    let inside = piece(depth: depth - 1) + (chance.below(3) == 0 ? piece(depth: depth - 1) : "")
    return group(inside) + chance.one(of: ["*", "+", "?", "*?", "+?", "{0,30}", "{2,5}", "{3}", "++", "{1,255}", ""])
  }

  private mutating func group(_ inside: String) -> String {
    if groups > 0, chance.below(4) == 0 { return "(?:\(inside)\\\(1 + chance.below(groups)))" }
    let opening = chance.one(of: ["(", "(", "(", "(?:", "(?=", "(?!", "(?>", "(?i:"])
    if opening == "(" { groups += 1 }
    return opening + inside + ")"
  }
}
