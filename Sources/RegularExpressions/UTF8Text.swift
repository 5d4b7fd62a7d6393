/// Text as bytes. What is no UTF-8 reads as U+FFFD, a byte at a time.
typealias UTF8Text = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer<UInt8> {
  /// The character at a place, and how many bytes it takes.
  @inline(__always)
  func scalar(at place: Int) -> (value: UInt32, length: Int) {
    let first = self[place]
    return first < 0x80 ? (UInt32(first), 1) : scalarBeyondASCII(at: place)
  }

  func scalarBeyondASCII(at place: Int) -> (value: UInt32, length: Int) {
    let first = self[place]
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard (0xC2..<0xF5).contains(first), place + length <= count else { return (0xFFFD, 1) }
    var value = UInt32(first) & (0xFF >> UInt32(length + 1))
    for next in place + 1..<place + length {
      guard self[next] & 0xC0 == 0x80 else { return (0xFFFD, 1) }
      value = value << 6 | UInt32(self[next] & 0x3F)
    }
    let isOverlong = length == 3 && value < 0x800 || length == 4 && value < 0x10000
    return isOverlong || Unicode.Scalar(value) == nil ? (0xFFFD, 1) : (value, length)
  }

  /// Where the character before a place begins.
  func start(before place: Int) -> Int {
    var start = place - 1
    while start > 0, place - start < 4, self[start] & 0xC0 == 0x80 { start -= 1 }
    return start + scalar(at: start).length == place ? start : place - 1
  }
}
