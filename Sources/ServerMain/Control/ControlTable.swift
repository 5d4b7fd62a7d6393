import OpenStackAPI
import PocketStack

/// What a command prints of an answer in rows.
struct ControlTable {
  let text: String

  init(_ header: [String], _ rows: [[JSON?]]) {
    let cells = rows.map { row in row.map { $0.map(Self.cell) ?? "" } }
    var text = TextTable([header] + cells).text
    if text.hasSuffix("\n") { text.removeLast() }
    self.text = text
  }

  private static func cell(_ value: JSON) -> String { value.isNull ? "-" : value.text ?? value.jsonText }
}

extension ControlOptions {
  /// Prints an answer: as JSON where that was asked for, else in words.
  func say(_ answer: JSON, _ words: (JSON) -> String) {
    Terminal.say(json ? answer.jsonText : words(answer))
  }
}
