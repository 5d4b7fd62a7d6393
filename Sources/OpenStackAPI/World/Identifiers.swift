import Locking

/// Makes the identifiers and secrets of one World. With a seed, every run makes the same ones.
public final class Identifiers: Sendable {
  private struct State {
    var generator: SeededGenerator?
    var pool: [UInt8] = []
  }

  private let state: Locked<State>

  /// Identifiers from the system's randomness, or, given a seed, reproducible ones.
  public init(seed: UInt64? = nil) { state = Locked(State(generator: seed.map(SeededGenerator.init))) }

  /// The stream that a seed gives to a world that was opened so many times before: each opening has a stream of its own,
  /// so that a restart repeats no identifier, and two runs with the same restarts draw the same ones.
  public convenience init(seed: UInt64, opening: Int) {
    self.init(seed: seed ^ (UInt64(truncatingIfNeeded: opening) &* 0xD1B5_4A32_D192_ED03))
  }

  /// Another stream from the same source, for draws that must not disturb the order of this one's.
  func branch() -> Identifiers {
    let seed = state.withLock {
      $0.generator.map {
        var copy = $0; return ~copy.next()
      }
    }
    return Identifiers(seed: seed)
  }

  /// Random bytes.
  public func bytes(_ count: Int) -> [UInt8] {
    state.withLock { state in
      if state.pool.count < count { Self.fill(&state, atLeast: count) }
      defer { state.pool.removeLast(count) }
      return Array(state.pool.suffix(count))
    }
  }

  private static func fill(_ state: inout State, atLeast count: Int) {
    var system = SystemRandomNumberGenerator()
    while state.pool.count < max(count, 1024) {
      let word = state.generator?.next() ?? system.next()
      withUnsafeBytes(of: word) { state.pool.append(contentsOf: $0) }
    }
  }

  /// A random UUID (RFC 9562, version 4) with dashes, in lower case: servers, images, ports.
  public func uuid() -> String {
    var bytes = bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return Self.hex(bytes, dashes: true)
  }

  /// A random UUID without dashes: projects, users, roles.
  public func hex() -> String {
    var bytes = bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return Self.hex(bytes, dashes: false)
  }

  /// A password of letters and digits that are hard to mistake, as Nova makes for new servers.
  public func password(length: Int = 12) -> String {
    let symbols = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
    return String(bytes(length).map { symbols[Int($0) % symbols.count] })
  }

  /// Bytes as lower-case hexadecimal digits, with a UUID's dashes where asked for.
  public static func hex(_ bytes: [UInt8], dashes: Bool = false) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2 + 4) { out in
      var count = 0
      for (index, byte) in bytes.enumerated() {
        if dashes, index == 4 || index == 6 || index == 8 || index == 10 {
          out[count] = UInt8(ascii: "-")
          count += 1
        }
        out[count] = digit(byte >> 4)
        out[count + 1] = digit(byte & 0xF)
        count += 2
      }
      return count
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}

/// SplitMix64: small, and good enough for identifiers that must only be the same on every run.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
