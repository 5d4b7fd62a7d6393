/// Host and port as a URL and the Host field name them (RFC 3986 section 3.2), without user information.
public struct HTTPAuthority: Sendable, Hashable {
  /// The name in lower case, without the dot that may end it; an address without brackets.
  public let host: String
  /// The port, where one is named.
  public let port: Int?
  /// The host, where it is an address.
  public let address: IPAddress?

  /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`; `nil` for anything else.
  public init?(_ text: String) {
    guard let parts = Parts(text) else { return nil }
    let name = String(text[parts.host.startIndex..<parts.host.endIndex]).lowercased()
    address = IPAddress(name)
    guard parts.isLiteral == (address != nil && name.contains(":")) else { return nil }
    host = name.hasSuffix(".") ? String(name.dropLast()) : name
    port = parts.port
    if host.isEmpty { return nil }
  }

  /// Whether a text is one, without the cost of taking it apart. What is between brackets need not be an address.
  public static func isValid(_ text: String) -> Bool { Parts(text) != nil }

  /// The same host, by name or by address.
  public func isSameHost(as other: HTTPAuthority) -> Bool {
    address == nil ? host == other.host : address == other.address
  }
}

/// Where host and port are in a text.
private struct Parts {
  let host: Substring.UTF8View
  let isLiteral: Bool
  let port: Int?

  init?(_ text: String) {
    let bytes = text.utf8[...]
    guard let first = bytes.first, bytes.count <= 262 else { return nil }
    isLiteral = first == UInt8(ascii: "[")
    let rest: Substring.UTF8View
    if isLiteral {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      host = bytes[bytes.index(after: bytes.startIndex)..<end]
      rest = bytes[bytes.index(after: end)...]
    } else {
      let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
      (host, rest) = (bytes[..<colon], bytes[colon...])
    }
    guard !host.isEmpty, host.allSatisfy(isLiteral ? Self.isAddressByte : Self.isNameByte) else { return nil }
    if rest.isEmpty {
      port = nil
      return
    }
    guard rest.first == UInt8(ascii: ":"), rest.count <= 6, let number = decimal(rest.dropFirst()), number <= 65535
    else { return nil }
    port = number
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    ByteSyntax.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
  }
}
