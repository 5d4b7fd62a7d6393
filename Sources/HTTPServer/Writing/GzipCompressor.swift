import CZlib
import Glibc

/// Compresses whole bodies, reusing zlib's memory (about 260 kB) from one to the next.
///
/// Safe to share between threads: owned by a loop and touched on it only.
final class GzipCompressor: @unchecked Sendable {
  /// zlib keeps a pointer back to the stream, so the stream must not move.
  private var stream: UnsafeMutablePointer<z_stream>?

  private static let level: Int32 = 1
  private static let gzipWindowBits: Int32 = 15 + 16
  private static let memoryLevel: Int32 = 8

  deinit {
    guard let stream else { return }
    deflateEnd(stream)
    stream.deallocate()
  }

  /// The gzip form (RFC 1952), or nil if it would not be smaller or zlib fails.
  func compress(_ body: ByteBuffer) -> ByteBuffer? {
    guard let stream = prepared(), body.count < Int(UInt32.max) else { return nil }
    let capacity = body.count
    let memory = UnsafeMutableRawPointer.allocateWithMalloc(byteCount: capacity)
    let status = body.withUnsafeBytes { input in
      // zlib only reads through next_in; its type lacks the const.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
      stream.pointee.avail_in = UInt32(input.count)
      stream.pointee.next_out = memory.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(capacity)
      return deflate(stream, Z_FINISH)
    }
    guard status == Z_STREAM_END else {
      free(memory)
      return nil
    }
    let count = capacity - Int(stream.pointee.avail_out)
    return ByteBuffer(adopting: realloc(memory, max(count, 1)) ?? memory, count: count)
  }

  private func prepared() -> UnsafeMutablePointer<z_stream>? {
    if let stream { return deflateReset(stream) == Z_OK ? stream : nil }
    let fresh = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    fresh.initialize(to: z_stream())
    let status = deflateInit2_(
      fresh, Self.level, Z_DEFLATED, Self.gzipWindowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      fresh.deallocate()
      return nil
    }
    stream = fresh
    return fresh
  }
}
