import OpenStackAPI
import Persistence

/// A field of a resource that has two values, before and after.
struct FieldChange: Sendable {
  let name: String
  let before: JSON
  let after: JSON
}

extension ResourceKind {
  /// What differs between the columns of two rows, by the names that clients know.
  func changes(from before: [(name: String, value: SQLValue)], to after: [(name: String, value: SQLValue)])
    -> [FieldChange]
  {
    zip(before, after).compactMap { before, after in
      guard before.value != after.value, !unseen.contains(before.name) else { return nil }
      let (old, new) = (shown(before.name, before.value), shown(before.name, after.value))
      return FieldChange(name: words[before.name] ?? before.name, before: old, after: new)
    }
  }

  private func shown(_ column: String, _ value: SQLValue) -> JSON {
    guard !secret.contains(column) else { return "***" }
    switch value {
    case .null: return .null
    case .integer(let number):
      guard column.hasSuffix("_at") else { return .integer(Int(number)) }
      return .string(Timestamp(microseconds: Int(number)).text(.microsecondsZ))
    case .real(let number): return .number(number)
    case .text(let text):
      let isJSON = text.hasPrefix("{") || text.hasPrefix("[")
      return (isJSON ? JSON(stored: text) : nil) ?? .string(text)
    case .blob(let bytes): return .string("\(bytes.count) bytes")
    }
  }
}
