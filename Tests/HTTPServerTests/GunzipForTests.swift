import CZlib

/// The plain form of gzipped bytes; empty if they are broken.
func gunzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return [] }
  defer { inflateEnd(&stream) }
  var input = bytes
  return [UInt8](unsafeUninitializedCapacity: 1 << 20) { output, count in
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      count = inflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
    }
  }
}
