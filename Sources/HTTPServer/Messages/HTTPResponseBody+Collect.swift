import Glibc
import Locking

extension HTTPResponseBody {
  /// All bytes of the body in memory, for tests and whoever else answers without a socket.
  public func collect() async throws -> [UInt8] {
    switch self {
    case .empty: return []
    case .disconnect: throw HTTPWriteError.disconnected
    case .bytes(let buffer): return buffer.withUnsafeBytes(Array.init)
    case .file(let region): return try region.read()
    case .stream(_, let write):
      let pieces = CollectedBody()
      try await write(HTTPBodyWriter(pieces))
      return pieces.bytes.withLock { $0 }
    }
  }
}

/// Where a streamed body goes that no socket waits for.
final class CollectedBody: Sendable {
  let bytes = Locked<[UInt8]>([])

  func append(_ payload: Payload) {
    bytes.withLock { bytes in payload.withBytes { bytes.append(contentsOf: $0) } }
  }
}

extension FileRegion {
  /// The bytes of the region.
  func read() throws(HTTPFileError) -> [UInt8] {
    let file = try opened()
    var bytes = [UInt8](repeating: 0, count: length)
    var place = 0
    while place < length {
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(file.descriptor, buffer.baseAddress.map { $0 + place }, length - place, off_t(offset + place))
      }
      guard count > 0 else { throw HTTPFileError(path: "file", code: count < 0 ? errno : EIO) }
      place += count
    }
    return bytes
  }
}
