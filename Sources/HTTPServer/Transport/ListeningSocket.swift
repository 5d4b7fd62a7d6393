import CSystem
import Glibc

/// Makes listening sockets.
enum ListeningSocket {
  private static let backlog: Int32 = 4096

  /// Binds and listens; returns the descriptor and the port, which the system chooses if `port` is 0.
  static func open(host: String, port: Int) throws(HTTPServerError) -> (descriptor: Int32, port: Int) {
    guard let number = UInt16(exactly: port) else { throw .badAddress(host: host, port: port) }
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, host, &v4) == 1 {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = number.bigEndian
      address.sin_addr = v4
      return try listen(address, AF_INET, host, port)
    }
    if inet_pton(AF_INET6, host, &v6) == 1 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = number.bigEndian
      address.sin6_addr = v6
      return try listen(address, AF_INET6, host, port)
    }
    throw .badAddress(host: host, port: port)
  }

  private static func listen(
    _ address: some Any, _ family: Int32, _ host: String, _ port: Int
  ) throws(HTTPServerError) -> (descriptor: Int32, port: Int) {
    let descriptor = csystem_tcp_socket(family)
    guard descriptor >= 0 else { throw HTTPServerError(operation: "socket", code: errno, host: host, port: port) }
    csystem_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if family == AF_INET6 { csystem_set_option(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    let bound = withUnsafeBytes(of: address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
    }
    guard bound == 0, Glibc.listen(descriptor, backlog) == 0 else {
      let code = errno
      close(descriptor)
      throw HTTPServerError(operation: bound == 0 ? "listen" : "bind", code: code, host: host, port: port)
    }
    return (descriptor, boundPort(descriptor))
  }

  /// The port lies at the same place in both address families.
  private static func boundPort(_ descriptor: Int32) -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes in
      _ = bytes.withMemoryRebound(to: sockaddr.self) { getsockname(descriptor, $0.baseAddress, &length) }
      return Int(UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)))
    }
  }
}
