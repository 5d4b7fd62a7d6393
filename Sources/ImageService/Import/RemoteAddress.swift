import Glibc

/// An address of a host, as the system resolved its name.
struct RemoteAddress: Sendable {
  private let storage: sockaddr_storage
  private let length: socklen_t
  let family: Int32

  /// The addresses of a host, in the system's order. Blocks while names are looked up.
  static func resolve(_ host: String, port: Int) -> [RemoteAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [RemoteAddress] = []
    var next = list
    while let entry = next {
      if let address = RemoteAddress(entry.pointee) { found.append(address) }
      next = entry.pointee.ai_next
    }
    return found
  }

  private init?(_ entry: addrinfo) {
    guard let address = entry.ai_addr, Int(entry.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size else { return nil }
    var storage = sockaddr_storage()
    memcpy(&storage, address, Int(entry.ai_addrlen))
    (self.storage, length, family) = (storage, entry.ai_addrlen, entry.ai_family)
  }

  /// Lends it as system calls want it.
  func withSystemAddress<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// Whether the address is one of the public Internet: neither this machine nor its networks, and nothing special
  /// (IANA's registries of special-purpose addresses).
  var isPublic: Bool {
    withUnsafeBytes(of: storage) { bytes in
      switch family {
      case AF_INET: Self.isPublic(v4: Array(bytes[4..<8]))
      case AF_INET6: Self.isPublic(v6: Array(bytes[8..<24]))
      default: false
      }
    }
  }

  static func isPublic(v4 bytes: [UInt8]) -> Bool {
    switch (bytes[0], bytes[1]) {
    case (0, _), (10, _), (127, _), (224..., _): false
    case (100, 64...127), (169, 254), (172, 16...31), (192, 168), (198, 18...19): false
    case (192, 0), (198, 51), (203, 0): ![0, 2, 100, 113].contains(bytes[2])
    default: true
    }
  }

  /// Only 2000::/3 is public; what stands for an IPv4 address in it is judged as that.
  static func isPublic(v6 bytes: [UInt8]) -> Bool {
    if bytes[0] == 0x20, bytes[1] == 0x02 { return isPublic(v4: Array(bytes[2..<6])) }
    if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 2 || (bytes[2] == 0x0D && bytes[3] == 0xB8) { return false }
    return bytes[0] & 0xE0 == 0x20
  }
}
