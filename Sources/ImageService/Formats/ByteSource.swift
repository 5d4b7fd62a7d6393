import Glibc
import OpenStackAPI
import Persistence

/// The bytes of an image, to be looked at in any place. Whatever lies beyond their end is missing, never zero.
final class ByteSource: Sendable {
  private let descriptor: Int32
  /// How many bytes there are.
  let count: Int

  /// Opens a file.
  init(path: String) throws(Fault) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var facts = stat()
    guard descriptor >= 0 else { throw Fault(StorageTrouble(errno: errno)) }
    count = fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// As many of the bytes as there are.
  func bytes(at offset: Int, upTo length: Int) -> [UInt8] {
    guard offset >= 0, offset < count, length > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: min(length, count - offset)) { buffer, filled in
      let read = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      filled = max(0, read)
    }
  }

  /// A stretch of bytes; `nil` unless all of them are there.
  func region(at offset: Int, _ length: Int) -> ByteRegion? {
    let found = bytes(at: offset, upTo: length)
    return found.count == length ? ByteRegion(found) : nil
  }
}

/// A stretch of bytes whose numbers are read by their place. Beyond its end are zeroes.
struct ByteRegion: Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func starts(with text: String) -> Bool { bytes.starts(with: text.utf8) }

  func slice(_ range: Range<Int>) -> [UInt8] { Array(bytes[range.clamped(to: 0..<bytes.count)]) }

  func byte(_ place: Int) -> UInt8 { bytes.indices.contains(place) ? bytes[place] : 0 }

  func bigEndian(_ place: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 << 8 | UInt64(byte(place + $1)) }
  }

  func littleEndian(_ place: Int, _ width: Int) -> UInt64 {
    (0..<width).reversed().reduce(0) { $0 << 8 | UInt64(byte(place + $1)) }
  }
}
