/// Choices, the same ones for the same seed (SplitMix64).
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// A number from 0 to one less than the bound.
  mutating func below(_ bound: Int) -> Int { Int(bits() % UInt64(max(1, bound))) }

  /// True once in so many times.
  mutating func once(in times: Int) -> Bool { below(times) == 0 }

  /// One of these; `nil` where there are none.
  mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element? {
    guard !choices.isEmpty else { return nil }
    return choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
  }

  /// One of these.
  mutating func pick<T>(_ first: T, _ others: T...) -> T {
    let index = below(others.count + 1)
    return index == 0 ? first : others[index - 1]
  }
}
