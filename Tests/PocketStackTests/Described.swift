/// Any value as text, member by member, the same for equal values: dictionaries and sets in order, references by what
/// they hold. It compares what has no `==` of its own.
struct Described: Equatable, CustomStringConvertible {
  let description: String

  init(_ value: Any) { description = Self.text(value) }

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
