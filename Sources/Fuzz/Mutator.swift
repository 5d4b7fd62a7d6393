/// Makes inputs out of a corpus, the same ones for the same seed.
struct Mutator {
  private var state: UInt64
  private var corpus: [[UInt8]]
  private let dictionary: [[UInt8]]

  private static let maxBytes = 2048
  private static let maxCorpus = 4096

  init(target: FuzzTarget, seed: UInt64) {
    state = seed
    corpus = target.corpus.map { Array($0.utf8) }
    dictionary = target.dictionary.map { Array($0.utf8) }
  }

  /// A further input, and a seed for its use.
  mutating func next() -> (bytes: [UInt8], seed: UInt64) {
    var bytes = corpus[random(corpus.count)]
    for _ in 0...random(4) { mutate(&bytes) }
    if bytes.count > Self.maxBytes { bytes.removeLast(bytes.count - Self.maxBytes) }
    // Now and then a mutant becomes a parent, so that inputs drift away from the first ones.
    if random(64) == 0 { keep(bytes) }
    return (bytes, bits())
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let place = random(bytes.count + 1)
    let end = min(bytes.count, place + random(16))
    switch random(7) {
    case 0: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: bits()) }
    case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(random(8)) }
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: random(bytes.count + 1))
    case 4, 5: bytes.insert(contentsOf: dictionary[random(dictionary.count)], at: place)
    default:
      let other = corpus[random(corpus.count)]
      bytes = Array(bytes[..<place]) + other[random(other.count + 1)...]
    }
  }

  private mutating func keep(_ bytes: [UInt8]) {
    if corpus.count < Self.maxCorpus {
      corpus.append(bytes)
    } else {
      corpus[random(corpus.count)] = bytes
    }
  }

  private mutating func random(_ bound: Int) -> Int { Int(bits() % UInt64(bound)) }

  /// SplitMix64.
  private mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
