import OpenStackAPI

/// The address of something that can be fetched with HTTP, as far as it says where to ask and for what.
struct HTTPAddress: Sendable, Equatable {
  let scheme: String
  /// In lower case and without brackets; an address, or a name.
  let host: String
  /// `nil` where the scheme's own is meant.
  let port: Int?
  /// The path with the query.
  let target: String

  /// Reads a URL. Names and passwords before the host, and characters that no URL has, are refused.
  init?(_ url: String) {
    guard url.utf8.count <= 4096, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let colon = url.firstRange(of: "://")
    else { return nil }
    scheme = url[..<colon.lowerBound].lowercased()
    let rest = url[colon.upperBound...].prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "\\" }
    let path = rest[authority.endIndex...]
    guard !scheme.isEmpty, !authority.contains("@"), !path.contains("\\"),
      let (host, port) = Self.split(authority.lowercased())
    else { return nil }
    (self.host, self.port) = (host, port)
    target = path.hasPrefix("/") ? String(path) : "/" + path
  }

  private static func split(_ authority: String) -> (host: String, port: Int?)? {
    let isBracketed = authority.hasPrefix("[")
    let end =
      isBracketed ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
    let host = authority[..<(end ?? (isBracketed ? authority.startIndex : authority.endIndex))]
    let rest = authority[host.endIndex...]
    let name = isBracketed ? host.dropFirst().dropLast() : host
    guard !name.isEmpty, rest.isEmpty || rest.hasPrefix(":") else { return nil }
    guard rest.count > 1 else { return (String(name), nil) }
    guard rest.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(rest.dropFirst()),
      (1...65535).contains(port)
    else { return nil }
    return (String(name), port)
  }

  /// Where a redirection from here leads.
  func redirected(to location: String) -> HTTPAddress? {
    if location.contains("://") { return HTTPAddress(location) }
    if location.hasPrefix("//") { return HTTPAddress(scheme + ":" + location) }
    if location.hasPrefix("/") { return HTTPAddress("\(scheme)://\(authority)\(location)") }
    let path = target.prefix { $0 != "?" }
    let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
    return HTTPAddress("\(scheme)://\(authority)\(folder)\(location)")
  }

  /// The host and the port as a `Host` header has them.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port.map { "\(name):\($0)" } ?? name
  }
}
