import Dispatch
import Glibc

/// A connection of which a test decides every byte.
public enum RawSocket {
  /// Sends bytes to a port of this machine and reads until the server closes. With `finishes` the server is told that
  /// nothing more comes.
  public static func exchange(_ bytes: [UInt8], port: UInt16, finishes: Bool = false) async throws -> [UInt8] {
    // Blocking calls wait on a thread of Dispatch's, not on one of Swift's few.
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try exchangeBlocking(bytes, port, finishes) })
      }
    }
  }

  private static func exchangeBlocking(_ bytes: [UInt8], _ port: UInt16, _ finishes: Bool) throws -> [UInt8] {
    let descriptor = try connected(to: port)
    defer { Glibc.close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    if finishes { shutdown(descriptor, Int32(SHUT_WR)) }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return received }
      received += chunk[..<count]
    }
  }

  private static func connected(to port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      Glibc.close(descriptor)
      throw TestFailure("cannot connect: \(String(cString: strerror(errno)))")
    }
    return descriptor
  }
}
