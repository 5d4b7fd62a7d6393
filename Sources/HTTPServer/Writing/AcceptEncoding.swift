/// Content coding negotiation (RFC 9110 section 12.5.3).
enum AcceptEncoding {
  /// Whether a client that sent these Accept-Encoding values takes gzip. Without any, nothing is compressed.
  static func allowsGzip(_ values: [String]) -> Bool {
    var explicit: Bool?
    var wildcard: Bool?
    for element in values.joined(separator: ",").utf8.split(separator: UInt8(ascii: ",")) {
      let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      guard let coding = parts.first.map({ trimmed($0) }) else { continue }
      let accepted = !parts.dropFirst().contains { isZeroQuality(trimmed($0)) }
      if equalIgnoringCase(coding, "gzip") || equalIgnoringCase(coding, "x-gzip") { explicit = accepted }
      if coding == "*" { wildcard = accepted }
    }
    return explicit ?? wildcard ?? false
  }

  /// `q=0`, `q=0.`, `q=0.000`.
  private static func isZeroQuality(_ parameter: String) -> Bool {
    let parts = parameter.split(separator: "=", maxSplits: 1).map { trimmed($0.utf8) }
    guard parts.count == 2, equalIgnoringCase(parts[0], "q") else { return false }
    return !parts[1].isEmpty && parts[1].utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
  }

  private static func trimmed(_ bytes: some Sequence<UInt8>) -> String {
    Array(bytes).withUnsafeBytes { String(decoding: ByteSyntax.trimmed($0), as: UTF8.self) }
  }
}
