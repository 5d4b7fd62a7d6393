/// The first line of a request (RFC 9112 section 3).
struct RequestLine {
  var method: HTTPMethod
  var target: String
  var path: String
  var query: String?
  /// From an absolute-form target only.
  var authority: String?
  var minorVersion: Int

  private static let maxMethodBytes = 64

  static func parse(_ line: UnsafeRawBufferPointer, limits: HeadLimits) throws(Rejection) -> RequestLine {
    let space = ByteSyntax.space
    guard let first = ByteSyntax.index(of: space, in: line, from: 0),
      let second = ByteSyntax.index(of: space, in: line, from: first + 1)
    else { throw .malformed("The request line is malformed.") }
    let method = UnsafeRawBufferPointer(rebasing: line[0..<first])
    let target = UnsafeRawBufferPointer(rebasing: line[(first + 1)..<second])
    let version = UnsafeRawBufferPointer(rebasing: line[(second + 1)...])
    guard ByteSyntax.isAllToken(method) else { throw .malformed("The method is malformed.") }
    let minorVersion = try minorVersion(version)
    guard target.count <= limits.target else { throw .targetTooLong }
    guard method.count <= maxMethodBytes else { throw Rejection(status: 501, reason: "The method is not known.") }
    let name = HTTPMethod(rawValue: String(decoding: method, as: UTF8.self))
    let parts = try TargetParts.parse(target, method: name)
    return RequestLine(
      method: name, target: parts.target, path: parts.path, query: parts.query, authority: parts.authority,
      minorVersion: minorVersion)
  }

  private static func minorVersion(_ version: UnsafeRawBufferPointer) throws(Rejection) -> Int {
    let prefix: StaticString = "HTTP/"
    let name = UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    guard version.count == 8, version.prefix(5).elementsEqual(name), ByteSyntax.isDigit(version[5]),
      version[6] == UInt8(ascii: "."), ByteSyntax.isDigit(version[7])
    else { throw .malformed("The protocol version is malformed.") }
    guard version[5] == UInt8(ascii: "1") else {
      throw Rejection(status: 505, reason: "Only HTTP/1.1 and HTTP/1.0 are supported.")
    }
    return Int(version[7]) - 48
  }
}

/// A request target taken apart (RFC 9112 section 3.2): origin form, absolute form or the asterisk.
struct TargetParts {
  var target: String
  var path: String
  var query: String?
  var authority: String?

  static func parse(_ bytes: UnsafeRawBufferPointer, method: HTTPMethod) throws(Rejection) -> TargetParts {
    if method == .connect { throw Rejection(status: 501, reason: "This server is not a proxy.") }
    let target = try text(bytes)
    if bytes[0] == UInt8(ascii: "/") { return split(target, bytes) }
    if bytes.count == 1, bytes[0] == UInt8(ascii: "*") {
      guard method == .options else { throw .malformed("Only OPTIONS may have the target *.") }
      return TargetParts(target: target, path: "*")
    }
    return try absolute(target, bytes, method: method)
  }

  /// The target as text: visible characters, or UTF-8 that a client forgot to percent-encode; no fragment.
  private static func text(_ bytes: UnsafeRawBufferPointer) throws(Rejection) -> String {
    guard !bytes.isEmpty else { throw .malformed("The request target is empty.") }
    var isASCII = true
    for byte in bytes {
      guard byte > 0x20, byte != 0x7F, byte != UInt8(ascii: "#") else {
        throw .malformed("The request target holds a character that is not allowed.")
      }
      if byte >= 0x80 { isASCII = false }
    }
    if isASCII { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed("The request target is not UTF-8.")
    }
    return text
  }

  private static func split(_ target: String, _ bytes: UnsafeRawBufferPointer) -> TargetParts {
    guard let mark = ByteSyntax.index(of: UInt8(ascii: "?"), in: bytes, from: 0) else {
      return TargetParts(target: target, path: target)
    }
    return TargetParts(
      target: target, path: String(decoding: bytes[..<mark], as: UTF8.self),
      query: String(decoding: bytes[(mark + 1)...], as: UTF8.self))
  }

  private static func absolute(
    _ target: String, _ bytes: UnsafeRawBufferPointer, method: HTTPMethod
  ) throws(Rejection) -> TargetParts {
    guard let start = afterScheme(bytes) else { throw .malformed("The request target is malformed.") }
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
    let authority = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    guard !authority.isEmpty, Authority.isValidHost(authority) else {
      throw .malformed("The request target has no valid host.")
    }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[end...])
    var parts = split(String(decoding: rest, as: UTF8.self), rest)
    if parts.path.isEmpty { parts.path = method == .options && parts.query == nil ? "*" : "/" }
    parts.target = target
    parts.authority = String(decoding: authority, as: UTF8.self)
    return parts
  }

  private static func afterScheme(_ bytes: UnsafeRawBufferPointer) -> Int? {
    for (scheme, count) in [("http://" as StaticString, 7), ("https://", 8)] where bytes.count > count {
      if ByteSyntax.equalIgnoringCase(UnsafeRawBufferPointer(rebasing: bytes[..<count]), scheme) { return count }
    }
    return nil
  }
}

/// Host and port (RFC 3986 section 3.2), without user information.
enum Authority {
  /// An empty host is allowed: a client without an authority sends an empty Host (RFC 9112 section 3.2).
  static func isValidHost(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = bytes.first else { return true }
    var hostEnd = 0
    if first == UInt8(ascii: "[") {
      guard let close = ByteSyntax.index(of: UInt8(ascii: "]"), in: bytes, from: 1), close > 1 else { return false }
      for byte in bytes[1..<close] where ByteSyntax.hexValue(byte) == nil && !isLiteralMark(byte) { return false }
      hostEnd = close + 1
    } else {
      while hostEnd < bytes.count, isNameByte(bytes[hostEnd]) { hostEnd += 1 }
    }
    guard hostEnd < bytes.count else { return true }
    guard bytes[hostEnd] == UInt8(ascii: ":"), bytes.count - hostEnd <= 6 else { return false }
    return bytes[(hostEnd + 1)...].allSatisfy(ByteSyntax.isDigit)
  }

  private static func isLiteralMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "%")
  }

  /// unreserved, percent-encoded and sub-delims; and UTF-8, which some clients send for internationalised names.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "$")...UInt8(ascii: "."), UInt8(ascii: ";"),
      UInt8(ascii: "="), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"), 0x80...0xFF:
      byte != UInt8(ascii: ",")
    default: false
    }
  }
}
