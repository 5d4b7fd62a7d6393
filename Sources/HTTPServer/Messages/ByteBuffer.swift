import CSystem
import Glibc

/// Bytes on the heap that never change, freed with the last reference. Sharing one costs a reference count.
///
/// Safe to share between threads: the memory is written only before `init` returns.
public final class ByteBuffer: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer?
  /// The number of bytes.
  public let count: Int

  /// Copies the bytes.
  public init(copying bytes: UnsafeRawBufferPointer) {
    count = bytes.count
    memory = ByteBuffer.copy(bytes)
  }

  /// Copies the bytes of any collection.
  public init(copying bytes: some Collection<UInt8>) {
    count = bytes.count
    let copied = bytes.withContiguousStorageIfAvailable { ByteBuffer.copy(UnsafeRawBufferPointer($0)) }
    memory = copied ?? Array(bytes).withUnsafeBytes(ByteBuffer.copy)
  }

  /// Copies the UTF-8 form of a text.
  public convenience init(_ text: String) {
    self.init(copying: text.utf8)
  }

  /// Takes over `count` bytes that came from `malloc`; they are given to `free` with the last reference.
  /// The caller must not touch them again.
  public init(adopting memory: UnsafeMutableRawPointer, count: Int) {
    self.memory = memory
    self.count = count
  }

  /// The bytes of memory that it holds, which may be more than were asked for.
  public var allocated: Int { csystem_malloc_usable_size(memory) }

  deinit {
    free(memory)
  }

  /// Lends the bytes for the duration of `body`; the pointer must not outlive it.
  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  private static func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer? {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return nil }
    let memory = UnsafeMutableRawPointer.allocateWithMalloc(byteCount: bytes.count)
    memory.copyMemory(from: source, byteCount: bytes.count)
    return memory
  }
}

extension UnsafeMutableRawPointer {
  /// Memory for `free`. Running out of memory ends the process, as it does everywhere in Swift.
  static func allocateWithMalloc(byteCount: Int) -> UnsafeMutableRawPointer {
    guard let memory = malloc(max(byteCount, 1)) else { abort() }
    return memory
  }
}
