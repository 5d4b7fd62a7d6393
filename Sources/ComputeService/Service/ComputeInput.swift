import OpenStackAPI
import RegularExpressions

/// The kinds of text that Nova's request schemas share (nova.api.validation.parameter_types).
extension StringFormat {
  /// A resource's name: printable characters, no blank at either end.
  static let name = StringFormat(isWholeMessage: true) { text in
    isPrintable(text) && text.first?.isWhitespace == false && text.last?.isWhitespace == false
  } message: { _ in
    nameMessage
  }.trimmedIfLenient()

  static let nameMessage =
    "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace."

  /// Whether all characters print: no controls, no line or paragraph separators.
  static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator, .privateUse: false
      case .spaceSeparator: true
      default: true
      }
    }
  }

  /// The key of a metadata item or an extra spec: 1 to 255 of letters, digits, `-_:. `.
  static let metadataKey = pattern("^[a-zA-Z0-9-_:. ]{1,255}$") { text in
    (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { isWord($0) || "-_:. ".utf8.contains($0) }
  }

  /// A regular expression in Python's syntax.
  static let regex = StringFormat {
    fault(in: $0) == nil
  } message: { text in
    let flaw = fault(in: text) == .tooLarge ? "is too complex" : "is not"
    return "\(JSON.quoted(text)) \(flaw) a 'regex'"
  }

  private static func fault(in pattern: String) -> RegularExpressionError? {
    do throws(RegularExpressionError) {
      _ = try RegularExpression(pattern)
      return nil
    } catch {
      return error
    }
  }

  /// A tag: no comma, no slash.
  static let tag = pattern("^[^,/]*$") { !$0.utf8.contains(UInt8(ascii: ",")) && !$0.utf8.contains(UInt8(ascii: "/")) }

  /// A host or hypervisor name.
  static let hostName = letters(and: "-._", "^[a-zA-Z0-9-._]*$")

  /// Letters, digits and some others, as a pattern of the upstream schema has them.
  static func letters(and others: String, _ pattern: String) -> StringFormat {
    .pattern(pattern) { text in text.utf8.allSatisfy { isWord($0) || others.utf8.contains($0) } }
  }

  /// An IPv4 address in dotted decimal.
  static let ipv4 = named("ipv4") { text in
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) } && (Int(part) ?? 256) < 256
      }
  }

  /// An IPv6 address (RFC 4291 section 2.2).
  static let ipv6 = named("ipv6") { isIPv6($0) }

  private static func isIPv6(_ text: String) -> Bool {
    let halves = text.components(separatedBy: "::")
    guard halves.count <= 2, !text.isEmpty else { return false }
    var groups = 0
    for (index, half) in halves.enumerated() where !half.isEmpty {
      let parts = half.split(separator: ":", omittingEmptySubsequences: false)
      for (place, part) in parts.enumerated() {
        let isLast = index == halves.count - 1 && place == parts.count - 1
        if isLast, part.utf8.contains(UInt8(ascii: ".")) {
          guard ipv4.accepts(String(part)) else { return false }
          groups += 2
        } else {
          guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit) else { return false }
          groups += 1
        }
      }
    }
    return halves.count == 2 ? groups < 8 : groups == 8
  }

  /// Base64 as Python's decoder takes it: what is no symbol is passed over, and after the padding nothing counts.
  static let base64 = named("base64") { Base64.leniently(decoded: $0) != nil }

  static func isWord(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}

extension String {
  /// The pieces between occurrences of a separator.
  func components(separatedBy separator: String) -> [Substring] {
    var pieces: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      pieces.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return pieces + [rest]
  }
}

extension Schema {
  /// Metadata: keys to strings of at most 255 characters.
  static let metadata = Schema.map(.string(0...255), name: .metadataKey)

  /// Free text about a resource, or `null`.
  static func description(_ length: Int) -> Schema {
    Schema.string(
      0...length,
      format: .pattern("^[ -~\u{A0}-\u{10FFFF}]*$") { text in StringFormat.isPrintable(text) || text.contains("\n") }
    ).orNull
  }
}

extension Call {
  /// A page as the client asks for it; Nova's `osapi_max_limit` is 1000.
  func page() -> PageRequest { PageRequest(query, maximum: 1000) }

  /// The links of a resource: `self` below the API's prefix, `bookmark` without the version.
  func writeLinks(_ path: String, _ id: String, to json: inout JSONWriter) {
    json.array { json in
      json.object { json in
        json.member("rel", "self")
        json.key("href")
        writeLink(path, id, to: &json)
      }
      writeBookmark(path, id, to: &json)
    }
  }

  /// The link without the version, as an element of an array.
  func writeBookmark(_ path: String, _ id: String, to json: inout JSONWriter) {
    json.object { json in
      json.member("rel", "bookmark")
      json.key("href")
      json.string(exchange.base, prefixWithoutVersion, path, id)
    }
  }

  private var prefixWithoutVersion: String {
    // The prefix is "/v2.1" or "/v2.1/PROJECT".
    prefix.utf8.dropFirst().firstIndex(of: UInt8(ascii: "/")).map { String(prefix[$0...]) } ?? ""
  }

  /// `{collection}_links`, where the page is full.
  func writeNextLink(_ name: StaticString, _ path: String, after ids: [String], limit: Int, to json: inout JSONWriter) {
    guard let last = ids.last, ids.count == limit else { return }
    json.array(name) { json in
      json.object { json in
        json.member("rel", "next")
        json.member("href", nextLink(path, marker: last))
      }
    }
  }
}
