/// Tells a request's body from what surrounds it, by its length or its chunks.
struct BodyDecoder: Sendable {
  enum State: Sendable { case open, ended, malformed }

  private enum Framing: Sendable {
    case length
    case chunked(ChunkDecoder)
  }

  private var framing: Framing
  /// Body bytes still to come, if that is known.
  private(set) var remaining: Int?
  private(set) var state: State

  init(_ framing: BodyFraming) {
    switch framing {
    case .length(let length):
      self.framing = .length
      remaining = length
      state = length == 0 ? .ended : .open
    case .chunked:
      self.framing = .chunked(ChunkDecoder())
      remaining = nil
      state = .open
    }
  }

  /// Hands the body bytes in `input` to `deliver`, in order, and returns how many bytes of the input are done with.
  /// Stops after `limit` body bytes.
  mutating func decode(
    _ input: UnsafeRawBufferPointer, limit: Int = .max, deliver: (UnsafeRawBufferPointer) -> Void
  ) -> Int {
    guard state == .open else { return 0 }
    switch framing {
    case .length:
      let count = min(remaining ?? 0, input.count, limit)
      deliver(UnsafeRawBufferPointer(rebasing: input[..<count]))
      received(count)
      return count
    case .chunked(var chunks):
      let consumed = decodeChunks(&chunks, input, limit: limit, deliver: deliver)
      framing = .chunked(chunks)
      return consumed
    }
  }

  /// Notes body bytes of a known length that were read without passing through `decode`.
  mutating func received(_ count: Int) {
    let left = max(0, (remaining ?? 0) - count)
    remaining = left
    if left == 0 { state = .ended }
  }

  private mutating func decodeChunks(
    _ chunks: inout ChunkDecoder, _ input: UnsafeRawBufferPointer, limit: Int,
    deliver: (UnsafeRawBufferPointer) -> Void
  ) -> Int {
    var position = 0
    var delivered = 0
    while delivered < limit {
      // No more of the input than there may be bytes.
      let end = position + min(input.count - position, limit - delivered)
      let step = chunks.next(UnsafeRawBufferPointer(rebasing: input[position..<end]))
      switch step.event {
      case .data(let range):
        deliver(UnsafeRawBufferPointer(rebasing: input[(position + range.lowerBound)..<(position + range.upperBound)]))
        delivered += range.count
      case .needMore: if end == input.count { return end }
      case .end:
        state = .ended
        return position + step.consumed
      case .malformed:
        state = .malformed
        return position + step.consumed
      }
      position += step.consumed
    }
    return position
  }
}
