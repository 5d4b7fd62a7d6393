/// Metrics as Prometheus reads them: its text exposition format, version 0.0.4
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
struct MetricsText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// What a metric is to Prometheus.
  enum Kind: String {
    case counter, gauge, histogram
  }

  /// The text so far.
  private(set) var text = ""

  /// Begins a metric; its samples follow.
  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// One sample of the metric.
  mutating func sample(
    _ name: String, _ value: some Numeric & CustomStringConvertible, _ labels: [(String, String)] = []
  ) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  /// A metric of one sample.
  mutating func metric(
    _ name: String, _ kind: Kind, _ help: String, _ value: some Numeric & CustomStringConvertible
  ) {
    begin(name, kind, help)
    sample(name, value)
  }

  private static func escaped(_ value: String, quotes: Bool = false) -> String {
    var text = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\"" where quotes: text += "\\\""
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
