import OpenStackAPI

/// Forms of texts in requests to the control interface.
enum ControlFormat {
  /// The name of a world or a snapshot.
  static let name = StringFormat("a name of 1 to 64 \(WorldName.rule), not beginning with a dot", WorldName.isValid)

  /// `500ms`, `2s`, `5m`, `1h`.
  static let duration = StringFormat("a duration such as '500ms', '2s', '5m' or '1h'") {
    Duration(configured: $0) != nil
  }

  /// `2026-01-01T00:00:00Z`.
  static let moment = StringFormat("a moment such as '2026-01-01T00:00:00Z'") { Timestamp(iso8601: $0) != nil }
}

extension StringFormat {
  /// A form in words.
  fileprivate init(_ description: String, _ holds: @escaping @Sendable (String) -> Bool) {
    self.init(holds) { "\(JSON.quoted($0)) is not \(description)" }
  }
}

extension Query {
  /// No parameter at all.
  static let nothing = Query([], refusesUnknownSince: Version(0, 0))
}
