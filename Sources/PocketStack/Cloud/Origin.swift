import HTTPServer

/// The address that a client used: what links in answers must begin with, or the client cannot follow them.
enum Origin {
  /// Scheme, host and port as the client wrote them, or as a proxy says that it did; `nil` where that is no address.
  /// Whether the request's peer is such a proxy, whose word counts, is for the caller to know: anybody can write what a
  /// proxy would.
  static func of(_ request: HTTPRequest, throughProxy: Bool = false) -> String? {
    guard throughProxy else { return request.authority.flatMap { HTTPAuthority.isValid($0) ? "http://" + $0 : nil } }
    let scheme = request.headers["X-Forwarded-Proto"].map(first) == "https" ? "https://" : "http://"
    let authority = [request.headers["X-Forwarded-Host"].map(first), request.authority].compactMap { $0 }
    return authority.first(where: HTTPAuthority.isValid).map { scheme + $0 }
  }

  /// A chain of proxies appends; the first entry is the client's own.
  private static func first(of list: String) -> String {
    var entry = list.prefix { $0 != "," }.drop { $0 == " " || $0 == "\t" }
    while entry.last == " " || entry.last == "\t" { entry.removeLast() }
    return String(entry)
  }
}

extension [IPNetwork] {
  /// Whether a request comes from one of these addresses.
  func include(_ request: HTTPRequest) -> Bool {
    guard !isEmpty, let peer = IPAddress(request.remoteAddress) else { return false }
    return contains { $0.contains(peer) }
  }
}
