/// Takes the chunked coding apart (RFC 9112 section 7.1), whatever way the bytes are cut. Extensions and trailers are
/// checked for form and dropped.
package struct ChunkDecoder: Sendable {
  package enum Event: Equatable {
    /// All input is used up.
    case needMore
    /// Body bytes lie at this range of the input.
    case data(Range<Int>)
    /// The body is complete.
    case end
    case malformed
  }

  private enum State: Sendable {
    case size, sizeBlank, extensions, sizeFeed
    case data, dataReturn, dataFeed
    case trailerStart, trailerName, trailerValue, trailerFeed, endFeed
    case ended, failed
  }

  private static let maxExtensionBytes = 4096
  private static let maxTrailerBytes = 16 * 1024
  private static let maxSizeDigits = 16

  private var state = State.size
  private var remaining = 0
  private var digits = 0
  private var extensionBytes = 0
  private var trailerBytes = 0

  /// At the beginning of a body.
  package init() {}

  /// Goes on until there is something to tell. `consumed` bytes of the input are done with; feed the rest next time.
  package mutating func next(_ bytes: UnsafeRawBufferPointer) -> (consumed: Int, event: Event) {
    var position = 0
    while position < bytes.count {
      if state == .data {
        let count = min(remaining, bytes.count - position)
        remaining -= count
        if remaining == 0 { state = .dataReturn }
        return (position + count, .data(position..<position + count))
      }
      if state == .ended { return (position, .end) }
      guard advance(bytes[position]) else {
        state = .failed
        return (position, .malformed)
      }
      position += 1
    }
    return (position, state == .ended ? .end : .needMore)
  }

  /// Takes one byte of framing; false if it must not come here.
  private mutating func advance(_ byte: UInt8) -> Bool {
    switch state {
    case .size, .sizeBlank, .extensions, .sizeFeed: advanceSize(byte)
    case .dataReturn: expect(byte, ByteSyntax.carriageReturn, then: .dataFeed)
    case .dataFeed: startChunk(byte)
    case .trailerStart, .trailerName, .trailerValue, .trailerFeed: advanceTrailer(byte)
    case .endFeed: expect(byte, ByteSyntax.lineFeed, then: .ended)
    case .data, .ended, .failed: false
    }
  }

  private mutating func advanceSize(_ byte: UInt8) -> Bool {
    switch state {
    case .size: return sizeByte(byte)
    case .sizeBlank:
      if byte == UInt8(ascii: ";") { state = .extensions }
      return countExtension() && (byte == UInt8(ascii: ";") || ByteSyntax.isBlank(byte))
    case .extensions:
      if byte == ByteSyntax.carriageReturn { return expect(byte, byte, then: .sizeFeed) }
      return countExtension() && ByteSyntax.isFieldContent(byte)
    default:
      return expect(byte, ByteSyntax.lineFeed, then: remaining == 0 ? .trailerStart : .data)
    }
  }

  private mutating func sizeByte(_ byte: UInt8) -> Bool {
    if let value = ByteSyntax.hexValue(byte) {
      digits += 1
      guard digits <= Self.maxSizeDigits, remaining <= Int.max >> 4 else { return false }
      remaining = remaining << 4 | value
      return true
    }
    guard digits > 0 else { return false }
    if byte == ByteSyntax.carriageReturn { return expect(byte, byte, then: .sizeFeed) }
    if byte == UInt8(ascii: ";") { return expect(byte, byte, then: .extensions) }
    return ByteSyntax.isBlank(byte) && expect(byte, byte, then: .sizeBlank)
  }

  private mutating func advanceTrailer(_ byte: UInt8) -> Bool {
    trailerBytes += 1
    guard trailerBytes <= Self.maxTrailerBytes else { return false }
    switch state {
    case .trailerStart:
      if byte == ByteSyntax.carriageReturn { return expect(byte, byte, then: .endFeed) }
      return ByteSyntax.isToken(byte) && expect(byte, byte, then: .trailerName)
    case .trailerName:
      if byte == UInt8(ascii: ":") { return expect(byte, byte, then: .trailerValue) }
      return ByteSyntax.isToken(byte)
    case .trailerValue:
      if byte == ByteSyntax.carriageReturn { return expect(byte, byte, then: .trailerFeed) }
      return ByteSyntax.isFieldContent(byte)
    default:
      return expect(byte, ByteSyntax.lineFeed, then: .trailerStart)
    }
  }

  private mutating func startChunk(_ byte: UInt8) -> Bool {
    digits = 0
    extensionBytes = 0
    return expect(byte, ByteSyntax.lineFeed, then: .size)
  }

  private mutating func countExtension() -> Bool {
    extensionBytes += 1
    return extensionBytes <= Self.maxExtensionBytes
  }

  private mutating func expect(_ byte: UInt8, _ wanted: UInt8, then next: State) -> Bool {
    state = next
    return byte == wanted
  }
}
