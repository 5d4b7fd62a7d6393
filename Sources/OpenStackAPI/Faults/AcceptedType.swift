/// The form of an error that a client prefers: HTML before JSON where it does not care, plain text where it accepts
/// neither or says nothing (RFC 9110 section 12.5.1, as webob reads it).
enum AcceptedType {
  case html, json, plain

  /// Reads an `Accept` field.
  init(_ field: String?) {
    let ranges = MediaRange.all(in: field)
    let html = Self.quality("text", "html", ranges)
    let json = Self.quality("application", "json", ranges)
    self = html == 0 && json == 0 ? .plain : html >= json ? .html : .json
  }

  /// The one of several types that an `Accept` field prefers, the first where it does not care; `nil` for none of them.
  static func best(of types: [(type: String, subtype: String)], _ field: String?) -> Int? {
    let ranges = MediaRange.all(in: field)
    let qualities = types.map { quality($0.type, $0.subtype, ranges) }
    guard let best = qualities.max(), best > 0 else { return nil }
    return qualities.firstIndex(of: best)
  }

  /// The most specific range decides.
  private static func quality(_ type: String, _ subtype: String, _ ranges: [MediaRange]) -> Double {
    ranges.filter { $0.matches(type, subtype) }.max { $0.specificity < $1.specificity }?.quality ?? 0
  }
}

private struct MediaRange {
  let type, subtype: String
  var quality = 1.0

  static func all(in field: String?) -> [MediaRange] { (field ?? "").split(separator: ",").map(MediaRange.init) }

  init(_ text: Substring) {
    let parts = text.split(separator: ";").map { $0.trimmingBlanks().lowercased() }
    let names = (parts.first ?? "").split(separator: "/", maxSplits: 1)
    type = names.first.map(String.init) ?? ""
    subtype = names.count > 1 ? String(names[1]) : ""
    for part in parts.dropFirst() where part.hasPrefix("q=") { quality = Double(part.dropFirst(2)) ?? 0 }
  }

  var specificity: Int { type == "*" ? 0 : subtype == "*" ? 1 : 2 }

  func matches(_ type: String, _ subtype: String) -> Bool {
    switch (self.type, self.subtype) {
    case ("*", "*"), (type, "*"), (type, subtype): true
    default: false
    }
  }
}
