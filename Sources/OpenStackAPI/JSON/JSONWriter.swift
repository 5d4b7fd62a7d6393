import Glibc
import HTTPServer

/// Writes JSON straight into the bytes that go to the socket.
///
/// It only ever appends. Commas place themselves: a value that follows another in the same array or object is known
/// by the last byte written, which is `{`, `[` or `:` only where no comma belongs.
public struct JSONWriter: ~Copyable {
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  /// How many bytes were written.
  @usableFromInline var count = 0

  /// A writer with room for `capacity` bytes, which grows as needed.
  public init(capacity: Int = 2048) {
    self.capacity = max(capacity, 64)
    base = Self.allocated(malloc(self.capacity))
  }

  deinit { free(base) }

  /// The bytes written; the writer is used up.
  public consuming func finish() -> ByteBuffer {
    let buffer = ByteBuffer(adopting: base, count: count)
    discard self
    return buffer
  }

  /// Out of memory is the one state that nothing can be answered in.
  private static func allocated(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
    guard let pointer else { abort() }
    return pointer
  }

  @inlinable @inline(__always)
  mutating func reserve(_ extra: Int) {
    if count &+ extra > capacity { grow(extra) }
  }

  @usableFromInline @inline(never)
  mutating func grow(_ extra: Int) {
    capacity = max(capacity * 2, count + extra)
    base = Self.allocated(realloc(base, capacity))
  }

  @inlinable @inline(__always)
  mutating func put(_ byte: UInt8) {
    reserve(1)
    base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @usableFromInline
  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    reserve(bytes.count)
    memcpy(base + count, start, bytes.count)
    count &+= bytes.count
  }

  @inlinable @inline(__always)
  mutating func separate() {
    guard count > 0 else { return }
    switch base.load(fromByteOffset: count &- 1, as: UInt8.self) {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
    default: put(UInt8(ascii: ","))
    }
  }
}

extension JSONWriter {
  /// An object whose members `body` writes.
  @inlinable
  public mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    separate()
    put(UInt8(ascii: "{"))
    try body(&self)
    put(UInt8(ascii: "}"))
  }

  /// An array whose elements `body` writes.
  @inlinable
  public mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    separate()
    put(UInt8(ascii: "["))
    try body(&self)
    put(UInt8(ascii: "]"))
  }

  /// A member's name; its value must follow.
  @inlinable
  public mutating func key(_ name: StaticString) {
    separate()
    put(UInt8(ascii: "\""))
    put(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    put(UInt8(ascii: "\""))
    put(UInt8(ascii: ":"))
  }

  /// A member's name that is only known at run time; its value must follow.
  public mutating func key(_ name: String) {
    string(name)
    put(UInt8(ascii: ":"))
  }

  /// A member.
  @inlinable @inline(__always)
  public mutating func member(_ name: StaticString, _ value: some JSONWritable) {
    key(name)
    value.write(to: &self)
  }

  /// A member whose value is an object.
  @inlinable
  public mutating func object<E: Error>(_ name: StaticString, _ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    key(name)
    try object(body)
  }

  /// A member whose value is an array.
  @inlinable
  public mutating func array<E: Error>(_ name: StaticString, _ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    key(name)
    try array(body)
  }

  /// A value, as an element of an array or after its key.
  @inlinable
  public mutating func value(_ value: some JSONWritable) { value.write(to: &self) }

  /// A string, escaped where RFC 8259 section 7 asks for it.
  public mutating func string(_ text: String) {
    separate()
    put(UInt8(ascii: "\""))
    putPiece(text)
    put(UInt8(ascii: "\""))
  }

  /// A string made of pieces, such as an address, which need not be joined first.
  public mutating func string(_ first: String, _ second: String, _ third: String, _ fourth: String = "") {
    separate()
    put(UInt8(ascii: "\""))
    putPiece(first)
    putPiece(second)
    putPiece(third)
    putPiece(fourth)
    put(UInt8(ascii: "\""))
  }

  private mutating func putPiece(_ text: String) {
    var text = text
    text.withUTF8 { putEscaped(UnsafeRawBufferPointer($0)) }
  }

  /// A string given as UTF-8 bytes, which need not be copied into a `String` first.
  public mutating func string(utf8 bytes: UnsafeRawBufferPointer) {
    separate()
    put(UInt8(ascii: "\""))
    putEscaped(bytes)
    put(UInt8(ascii: "\""))
  }

  /// Bytes that are JSON already: a number, a word, or a value kept from an earlier answer.
  public mutating func raw(_ text: StaticString) {
    separate()
    put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// JSON text made elsewhere, taken as it is.
  public mutating func raw(_ text: String) {
    separate()
    var text = text
    text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
  }

  /// An integer.
  public mutating func integer(_ value: Int) {
    separate()
    reserve(20)
    var magnitude = value.magnitude
    if value < 0 { put(UInt8(ascii: "-")) }
    var digits = 1
    var rest = magnitude
    while rest >= 10 {
      rest /= 10
      digits &+= 1
    }
    for place in stride(from: digits &- 1, through: 0, by: -1) {
      base.storeBytes(
        of: UInt8(truncatingIfNeeded: 48 &+ magnitude % 10), toByteOffset: count &+ place, as: UInt8.self)
      magnitude /= 10
    }
    count &+= digits
  }

  private mutating func putEscaped(_ bytes: UnsafeRawBufferPointer) {
    var clean = 0
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      put(UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
      putEscape(byte)
      clean = index &+ 1
    }
    put(UnsafeRawBufferPointer(rebasing: bytes[clean...]))
  }

  private mutating func putEscape(_ byte: UInt8) {
    put(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\n"): put(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): put(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): put(UInt8(ascii: "t"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
    default:
      for digit in [UInt8(ascii: "u"), 48, 48, 48 + byte >> 4] { put(digit) }
      let low = byte & 0xF
      put(low < 10 ? 48 + low : 87 + low)
    }
  }
}
