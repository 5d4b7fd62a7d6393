import Glibc

/// An IP address as text and whether it is this machine's loopback.
struct PeerAddress: Sendable {
  var text: String
  var isLoopback: Bool

  init(_ storage: sockaddr_storage) {
    var storage = storage
    switch Int32(storage.ss_family) {
    case AF_INET:
      let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in.self).sin_addr }
      text = Self.text(AF_INET, address)
      isLoopback = UInt32(bigEndian: address.s_addr) >> 24 == 127
    case AF_INET6:
      let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in6.self).sin6_addr }
      let full = Self.text(AF_INET6, address)
      let mapped = full.hasPrefix("::ffff:") && full.contains(".")
      text = mapped ? String(full.dropFirst(7)) : full
      isLoopback = mapped ? text.hasPrefix("127.") : full == "::1"
    default:
      text = "unknown"
      isLoopback = false
    }
  }

  private static func text(_ family: Int32, _ address: some Any) -> String {
    withUnsafeBytes(of: address) { bytes in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
        guard let base = buffer.baseAddress,
          let end = inet_ntop(family, bytes.baseAddress, base, socklen_t(buffer.count))
        else { return "unknown" }
        return String(cString: end)
      }
    }
  }
}
