import OpenStackAPI

/// Takes a path apart, segment by segment, decoding each. Slashes at the end say nothing, as in the real services.
struct PathReader {
  private var text: Substring

  init(_ path: String) {
    text = path[...]
    if text.utf8.first == UInt8(ascii: "/") { text = text.dropFirstByte() }
    while text.utf8.last == UInt8(ascii: "/") { text = text.dropLastByte() }
  }

  /// The next segment, or `nil` at the end.
  mutating func next() -> String? {
    guard !text.isEmpty else { return nil }
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
      defer { text = "" }
      return text.percentDecoded()
    }
    defer { text = text[slash...].dropFirstByte() }
    return text[..<slash].percentDecoded()
  }

  /// What is left, behind a segment that was read before.
  mutating func rest(after first: String? = nil) -> [String] {
    var segments: [String] = []
    segments.reserveCapacity(6)
    if let first { segments.append(first) }
    while let segment = next() { segments.append(segment) }
    return segments
  }
}

extension Substring {
  fileprivate func dropFirstByte() -> Substring { self[utf8.index(after: startIndex)...] }
  fileprivate func dropLastByte() -> Substring { self[..<utf8.index(before: endIndex)] }
}
