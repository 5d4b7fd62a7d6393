import Glibc

/// Grows as bytes are appended and keeps its memory when emptied.
///
/// Safe to share between threads: owned by a loop and touched on it only.
final class OutputBuffer: @unchecked Sendable {
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 16 * 1024) {
    self.capacity = capacity
    memory = .allocateWithMalloc(byteCount: capacity)
  }

  deinit {
    free(memory)
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

  func removeAll() {
    count = 0
  }

  func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (memory + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  func append(_ literal: StaticString) {
    append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  func append(_ text: String) {
    text.withUTF8Bytes(append)
  }

  func append(byte: UInt8) {
    reserve(1)
    memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  func append(number: Int, radix: Int = 10) {
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { digits in
      var place = 64
      var rest = number.magnitude
      repeat {
        let digit = UInt8(rest % UInt(radix))
        place -= 1
        digits[place] = digit < 10 ? 48 + digit : 87 + digit
        rest /= UInt(radix)
      } while rest > 0
      append(UnsafeRawBufferPointer(rebasing: digits[place...]))
    }
  }

  /// Appends a field value. Control characters, which could end the field, become spaces, and what is not ASCII, which
  /// fields have no encoding for, is percent-encoded (RFC 9110 section 5.5).
  func append(fieldValue text: String) {
    text.withUTF8Bytes { bytes in
      guard !ByteSyntax.isAllASCIIFieldContent(bytes) else { return append(bytes) }
      for byte in bytes {
        if byte >= 0x80 {
          append(percentEncoded: byte)
        } else {
          append(byte: ByteSyntax.isFieldContent(byte) ? byte : ByteSyntax.space)
        }
      }
    }
  }

  /// Appends a field value that is a URI reference: what none has is percent-encoded (RFC 3986 section 2).
  func append(uriReference text: String) {
    text.withUTF8Bytes { bytes in
      for byte in bytes {
        if ByteSyntax.isURIByte(byte) { append(byte: byte) } else { append(percentEncoded: byte) }
      }
    }
  }

  private func append(percentEncoded byte: UInt8) {
    append(byte: UInt8(ascii: "%"))
    for digit in [byte >> 4, byte & 0xF] { append(byte: digit < 10 ? 48 + digit : 55 + digit) }
  }

  private func reserve(_ extra: Int) {
    guard count + extra > capacity else { return }
    capacity = max(capacity * 2, count + extra)
    let larger = UnsafeMutableRawPointer.allocateWithMalloc(byteCount: capacity)
    larger.copyMemory(from: memory, byteCount: count)
    free(memory)
    memory = larger
  }
}
