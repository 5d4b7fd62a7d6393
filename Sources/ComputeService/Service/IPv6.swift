import Glibc

/// IPv6 addresses as Nova shows them.
enum IPv6 {
  /// The shortest form of an address (RFC 5952): `0:0:0:0:0:babe:220.12.22.2` becomes `::babe:dc0c:1602`. What is no
  /// address stays as it is.
  static func shortened(_ text: String) -> String {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return text }
    var shortest = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(AF_INET6, &address, &shortest, socklen_t(shortest.count)) != nil else { return text }
    return String(decoding: shortest.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
