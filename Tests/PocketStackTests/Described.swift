/// Any value as text, member by member, the same for equal values: dictionaries and sets in order, references by what
/// they hold. It compares what has no `==` of its own.
struct Described {
  private let text: String

  init(_ value: Any) { text = Self.text(value) }

  /// Where the two part, with what stands there; `nil` for equal values.
  func firstDifference(from other: Described) -> String? {
    guard text != other.text else { return nil }
    let common = zip(text, other.text).prefix { $0 == $1 }.count
    let start = max(0, common - 80)
    return "...\(text.dropFirst(start).prefix(200)) instead of ...\(other.text.dropFirst(start).prefix(200))"
  }

  private static func text(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case nil where mirror.children.isEmpty: return "\(value)"
    case .optional: return mirror.children.first.map { text($0.value) } ?? "nil"
    case .set: return "{" + mirror.children.map { text($0.value) }.sorted().joined(separator: ", ") + "}"
    case .dictionary:
      let entries = mirror.children.map { text($0.value) }
      return "[" + entries.sorted().joined(separator: ", ") + "]"
    default:
      let members = mirror.children.map { "\($0.label ?? ""): \(text($0.value))" }
      return "\(mirror.subjectType)" + (members.isEmpty ? ".\(value)" : "(" + members.joined(separator: ", ") + ")")
    }
  }
}
