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

  /// Appends a field value; control characters, which could end the field, become spaces.
  func append(fieldValue text: String) {
    let start = count
    append(text)
    let added = UnsafeMutableRawBufferPointer(start: memory + start, count: count - start)
    guard !ByteSyntax.isAllFieldContent(UnsafeRawBufferPointer(added)) else { return }
    for index in added.indices where !ByteSyntax.isFieldContent(added[index]) { added[index] = ByteSyntax.space }
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
