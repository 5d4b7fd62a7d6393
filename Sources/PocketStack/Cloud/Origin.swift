import HTTPServer

/// The address that a client used: what links in answers must begin with, or the client cannot follow them.
enum Origin {
  /// Scheme, host and port as the client, or a proxy in front of us, wrote them; `nil` where that is no address.
  static func of(_ request: HTTPRequest) -> String? {
    let scheme = request.headers["X-Forwarded-Proto"].map(first) == "https" ? "https://" : "http://"
    if let forwarded = request.headers["X-Forwarded-Host"].map(first), isAuthority(forwarded) {
      return scheme + forwarded
    }
    guard let authority = request.authority, isAuthority(authority) else { return nil }
    return scheme + authority
  }

  /// A chain of proxies appends; the first entry is the client's own.
  private static func first(of list: String) -> String {
    var entry = list.prefix { $0 != "," }.drop { $0 == " " || $0 == "\t" }
    while entry.last == " " || entry.last == "\t" { entry.removeLast() }
    return String(entry)
  }

  /// Whether a text is `host`, `host:port` or the same with an IPv6 address in brackets (RFC 3986 section 3.2).
  static func isAuthority(_ text: String) -> Bool {
    let bytes = text.utf8
    guard !bytes.isEmpty, bytes.count <= 262 else { return false }
    var host = bytes[...]
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
      host = bytes[bytes.index(after: bytes.startIndex)..<end]
      guard !host.isEmpty, host.allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else {
        return false
      }
      return isPort(bytes[bytes.index(after: end)...])
    }
    let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
    host = bytes[..<colon]
    guard !host.isEmpty, host.allSatisfy(isHostByte) else { return false }
    return isPort(bytes[colon...])
  }

  /// Nothing, or a colon and a port.
  private static func isPort(_ bytes: Substring.UTF8View) -> Bool {
    guard !bytes.isEmpty else { return true }
    let digits = bytes.dropFirst()
    guard bytes.first == UInt8(ascii: ":"), (1...5).contains(digits.count) else { return false }
    var port = 0
    for byte in digits {
      guard (48...57).contains(byte) else { return false }
      port = port * 10 + Int(byte) - 48
    }
    return port <= 65535
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...70, 97...102: true
    default: false
    }
  }
}
