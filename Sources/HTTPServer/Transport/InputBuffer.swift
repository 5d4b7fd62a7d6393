import Glibc

/// Received bytes not yet used. Holds no memory while it is empty, so an idle connection costs none.
struct InputBuffer: ~Copyable {
  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  private var start = 0
  private var end = 0

  deinit {
    free(memory)
  }

  var isEmpty: Bool { start == end }
  var count: Int { end - start }

  /// The bytes, valid until the buffer changes.
  var bytes: UnsafeRawBufferPointer {
    memory.map { UnsafeRawBufferPointer(start: $0 + start, count: end - start) }
      ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    let room = makeRoom(bytes.count)
    room.copyMemory(from: source, byteCount: bytes.count)
    end += bytes.count
  }

  mutating func consume(_ count: Int) {
    start += min(count, end - start)
    if start == end { release() }
  }

  private mutating func release() {
    free(memory)
    memory = nil
    capacity = 0
    start = 0
    end = 0
  }

  private mutating func makeRoom(_ extra: Int) -> UnsafeMutableRawPointer {
    if let memory, end + extra <= capacity { return memory + end }
    let size = max(end - start + extra, min(capacity * 2, 1 << 20), 512)
    let larger = UnsafeMutableRawPointer.allocateWithMalloc(byteCount: size)
    if let memory { larger.copyMemory(from: memory + start, byteCount: end - start) }
    free(memory)
    memory = larger
    capacity = size
    end -= start
    start = 0
    return larger + end
  }
}
