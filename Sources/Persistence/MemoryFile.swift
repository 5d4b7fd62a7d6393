import CSystem
import Glibc

/// A file in memory, without a name (memfd_create(2)).
final class MemoryFile: Sendable {
  fileprivate let descriptor: Int32
  /// How many bytes it has.
  let count: Int

  /// A file that holds `bytes`.
  init(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    descriptor = csystem_memory_file("pocketstack")
    count = bytes.count
    guard descriptor >= 0 else { throw SystemError("memfd_create") }
    guard ftruncate(descriptor, count) == 0 else { throw SystemError("ftruncate") }
    let memory = try MemoryMapping(of: self, PROT_READ | PROT_WRITE)
    if let source = bytes.baseAddress { memory.start.copyMemory(from: source, byteCount: count) }
  }

  deinit { close(descriptor) }
}

/// A range of addresses at which bytes are (mmap(2)), for as long as this object is there.
final class MemoryMapping {
  let start: UnsafeMutableRawPointer
  let count: Int

  /// A file's bytes, to be read.
  init(of file: MemoryFile, _ protection: Int32 = PROT_READ) throws(SystemError) {
    count = file.count
    start = try Self.map(nil, count, protection, MAP_SHARED, file.descriptor)
  }

  /// A file's bytes, to be changed without changing the file, and room for more behind them.
  init(copyOf file: MemoryFile, room: Int) throws(SystemError) {
    count = room
    start = try Self.map(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | csystem_map_noreserve, -1)
    _ = try Self.map(start, file.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file.descriptor)
  }

  deinit { munmap(start, count) }

  private static func map(
    _ place: UnsafeMutableRawPointer?, _ count: Int, _ protection: Int32, _ flags: Int32, _ descriptor: Int32
  ) throws(SystemError) -> UnsafeMutableRawPointer {
    guard let memory = mmap(place, count, protection, flags, descriptor, 0), memory != MAP_FAILED else {
      throw SystemError("mmap")
    }
    return memory
  }
}
