/// Makes inputs out of a corpus, the same ones for the same seed. Half of them descend from the corpus at once, the others
/// from mutants that were well-formed: what is refused at its first byte has descendants that are, too, and soon there
/// would be no others.
struct Mutator {
  private var random: Random
  private let corpus: [[UInt8]]
  private var mutants: [[UInt8]] = []
  private let dictionary: [[UInt8]]

  private static let maxBytes = 2048
  private static let maxMutants = 4096

  init(target: FuzzTarget, seed: UInt64) {
    random = Random(seed: seed)
    corpus = target.corpus.map { Array($0.utf8) }
    dictionary = target.dictionary.map { Array($0.utf8) }
  }

  /// A further input, and a seed for its use.
  mutating func next() -> (bytes: [UInt8], seed: UInt64) {
    var bytes = parent()
    for _ in 0...random.below(4) { mutate(&bytes) }
    if bytes.count > Self.maxBytes { bytes.removeLast(bytes.count - Self.maxBytes) }
    return (bytes, random.bits())
  }

  /// Now and then such an input becomes a parent, so that inputs drift away from the first ones. Short ones are
  /// well-formed more often than long ones, and would take over.
  mutating func wasTaken(_ bytes: [UInt8]) {
    guard random.below(256) < bytes.count else { return }
    if mutants.count < Self.maxMutants {
      mutants.append(bytes)
    } else {
      mutants[random.below(mutants.count)] = bytes
    }
  }

  private mutating func parent() -> [UInt8] {
    mutants.isEmpty || random.below(2) == 0 ? corpus[random.below(corpus.count)] : mutants[random.below(mutants.count)]
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let place = random.below(bytes.count + 1)
    let end = min(bytes.count, place + random.below(16))
    switch random.below(7) {
    case 0: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: random.bits()) }
    case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.below(8)) }
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
    case 4, 5: bytes.insert(contentsOf: dictionary[random.below(dictionary.count)], at: place)
    default:
      let other = parent()
      bytes = Array(bytes[..<place]) + other[random.below(other.count + 1)...]
    }
  }
}
