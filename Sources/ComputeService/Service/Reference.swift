/// A resource that a request names by its id or by a link to it (nova.api.openstack.common, `get_id_from_href`).
enum Reference {
  /// The last part of a link's path, as Python's `urlsplit` finds it; an id is a link of one part.
  static func id(_ text: String) -> String {
    // Before anything else, line breaks and tabs go, and what is no letter in front.
    let plain = text.unicodeScalars.drop { $0.value <= 0x20 }
    var rest = Array(plain).filter { !["\t", "\r", "\n"].contains($0) }[...]
    if let colon = rest.firstIndex(of: ":"), isScheme(rest[..<colon]) { rest = rest[(colon + 1)...] }
    if rest.starts(with: "//".unicodeScalars) {
      rest = rest.dropFirst(2).drop { !["/", "?", "#"].contains($0) }
    }
    rest = rest.prefix { $0 != "#" }.prefix { $0 != "?" }
    var last = String.UnicodeScalarView()
    last.append(contentsOf: rest[(rest.lastIndex(of: "/").map { $0 + 1 } ?? rest.startIndex)...])
    return String(last)
  }

  private static func isScheme(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let first = text.first, isLetter(first) else { return false }
    return text.allSatisfy { isLetter($0) || ("0"..."9").contains($0) || ["+", "-", "."].contains($0) }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }
}
