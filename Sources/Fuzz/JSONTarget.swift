import OpenStackAPI

extension FuzzTarget {
  /// The reader of request bodies: whatever it takes must be written and read back as the same value, and Python's form
  /// of it must come out whole.
  static let json = FuzzTarget(
    name: "json",
    corpus: [
      #"{"server": {"name": "a", "min_count": 1, "metadata": {"k": "v"}, "networks": [{"uuid": null}]}}"#,
      #"[1, -2.5e3, true, false, null, "\u00e9\ud83d\ude00\n", 18446744073709551616, 0.1]"#,
      #"{"a": 1, "a": {"a": [[[]]]}, "": " "}"#, " \t\r\n{}", "\"\\ud800\"",
    ],
    dictionary: [
      "{", "}", "[", "]", ":", ",", "\"", "\\u", "\\ud83d", "\\ude00", "\\\"", "null", "true", "-", "0", "1e400",
      "1E-9",
      "9223372036854775808", "\u{0}", "\u{7f}", "\u{FEFF}", "é", "😀",
    ],
    judge: { bytes, _ in roundTrip(Array(bytes)) })

  private static func roundTrip(_ bytes: [UInt8]) -> Verdict {
    guard let value = try? JSON(parsing: bytes) else { return .refused }
    let text = value.jsonText
    guard let again = try? JSON(parsing: Array(text.utf8), limits: JSONLimits(depth: 65)) else {
      return .flaw("what was written cannot be read: \(text)")
    }
    guard again == value else { return .flaw("\(text) reads as another value") }
    return value.pythonRepresentation.isEmpty ? .flaw("no Python form of \(text)") : .taken
  }
}
