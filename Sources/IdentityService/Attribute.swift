import OpenStackAPI
import Persistence

/// A member of a resource that callers may set: its name, what it must look like, and the column that keeps it.
///
///     static let attributes: [Attribute] = [
///       .name(),
///       .text("description"),
///       .reference("domain_id"),
///       .truth("enabled"),
///     ]
///
/// From these come the bodies that create and change the resource, and the row that is written. Members that no
/// attribute names are kept in the column `extra`, as Keystone keeps them.
struct Attribute: Sendable {
  let name: String
  let schema: Schema
  let column: String
  let isRequired: Bool
  /// The value for the column; `nil` where the resource itself puts the member into another table.
  let store: (@Sendable (JSON) -> SQLValue)?

  /// A member with a form of its own.
  init(
    _ name: String, _ schema: Schema, column: String? = nil, required: Bool = false,
    store: (@Sendable (JSON) -> SQLValue)?
  ) {
    (self.name, self.schema, self.column, isRequired) = (name, schema, column ?? name, required)
    self.store = store
  }

  /// The name of a resource (keystone.common.validation.parameter_types.name).
  static func name(_ name: String = "name", longest: Int = 255, required: Bool = true) -> Attribute {
    Attribute(name, .keystoneName(longest: longest), required: required) { $0.text.sqlValue }
  }

  /// Any text, or `null`.
  static func text(
    _ name: String, longest: Int = Int.max, column: String? = nil, required: Bool = false
  ) -> Attribute {
    let text = Schema.string(0...longest)
    return Attribute(name, required ? text : text.orNull, column: column, required: required) { $0.text.sqlValue }
  }

  /// The id of another resource (parameter_types.id_string), or `null`.
  static func reference(_ name: String, required: Bool = false) -> Attribute {
    Attribute(name, required ? .keystoneID : Schema.keystoneID.orNull, required: required) { $0.text.sqlValue }
  }

  /// `true` or `false`, and no other spelling.
  static func truth(_ name: String, column: String? = nil) -> Attribute {
    Attribute(name, .boolean, column: column) { ($0.bool ?? true).sqlValue }
  }

  /// A truth value, also as one of the words that Keystone's newer schemas take; `null` is as good as `false`.
  static func truthOrWord(_ name: String, column: String? = nil) -> Attribute {
    Attribute(name, .keystoneTruth, column: column) { $0.keystoneTruth.sqlValue }
  }

  /// A member that the resource itself puts into another table.
  static func elsewhere(_ name: String, _ schema: Schema) -> Attribute { Attribute(name, schema, store: nil) }

  /// The resource's options: those that a change names are merged into those that are kept.
  static func options(_ schema: Schema) -> Attribute {
    Attribute(RowValues.optionsColumn, schema) { $0.jsonText.sqlValue }
  }

  /// JSON that is kept as text.
  static func json(_ name: String, _ schema: Schema, column: String? = nil, required: Bool = false) -> Attribute {
    Attribute(name, schema, column: column, required: required) { $0.jsonText.sqlValue }
  }
}

extension [Attribute] {
  /// The body that creates a resource: `{"project": {...}}`.
  func creation(of member: StaticString) -> Body {
    Body(
      "\(member)",
      .object(
        map { Property($0.name, $0.schema, $0.isRequired ? .required : .optional) },
        additional: .allowed))
  }

  /// The body that changes a resource: at least one member, none of them mandatory.
  func change(of member: StaticString, atLeast: Int = 1) -> Body {
    Body("\(member)", .object(map { Property($0.name, $0.schema) }, additional: .allowed, atLeast: atLeast))
  }

  /// What a request says of the columns, and the members that no attribute names.
  func values(of input: JSON) -> RowValues {
    var values = RowValues()
    for (key, value) in input.object?.members ?? [] {
      if key == RowValues.optionsColumn, let options = value.object, contains(where: { $0.name == key }) {
        values.options = options
      } else if let attribute = first(where: { $0.name == key }) {
        values[attribute.column] = attribute.store?(value)
      } else if !RowValues.neverExtra.contains(key) {
        values.extra[key] = value
      }
    }
    return values
  }
}

/// What is to be written into a row.
struct RowValues: Sendable {
  /// Members that answers carry and that are no one's to set.
  static let neverExtra: Set<String> = ["id", "links"]

  static let optionsColumn = "options"

  private(set) var columns: [(name: String, value: SQLValue)] = []
  /// Members that the service does not know but keeps.
  var extra = JSONObject()
  /// The options that are named; `null` takes one away.
  var options = JSONObject()

  /// The value for a column; setting `nil` takes the column out.
  subscript(_ column: String) -> (any Bindable)? {
    get { columns.first { $0.name == column }?.value }
    set {
      columns.removeAll { $0.name == column }
      if let newValue { columns.append((column, newValue.sqlValue)) }
    }
  }

  /// All columns of a row whose options and unknown members were these before.
  func columns(before: (extra: JSONObject, options: JSONObject)) -> [(name: String, value: SQLValue)] {
    var all = columns
    if !extra.members.isEmpty {
      let merged = extra.members.reduce(into: before.extra) { $0[$1.key] = $1.value }
      all.append(("extra", JSON.object(merged).jsonText.sqlValue))
    }
    if !options.members.isEmpty {
      let merged = ResourceOptions.merged(before.options, options)
      all.append((Self.optionsColumn, JSON.object(merged).jsonText.sqlValue))
    }
    return all
  }

  /// The text for a column; `nil` where there is none.
  func text(_ column: String) -> String? {
    if case .text(let text) = columns.first(where: { $0.name == column })?.value { text } else { nil }
  }
}

extension Schema {
  /// keystone.common.validation.parameter_types.name.
  static func keystoneName(longest: Int) -> Schema {
    .string(1...longest, format: .pattern(#"[\S]+"#) { $0.unicodeScalars.contains { !$0.properties.isWhitespace } })
  }

  /// keystone.api.validation.parameter_types.boolean.
  static let keystoneTruth = Schema { value, _ in
    switch value {
    case .bool, .null: nil
    case .string(let text):
      truthWords.contains(text)
        ? nil
        : Violation(value, "\(JSON.quoted(text)) is not one of \(JSON.array(truthWordsInOrder).pythonRepresentation)")
    default: Violation(value, "\(value.pythonRepresentation) is not of type 'boolean', 'string', 'null'")
    }
  }

  private static let truthWordsInOrder: [JSON] = [
    true, "True", "TRUE", "true", false, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on", "ON", "off",
    "OFF", "yes", "no",
  ]

  private static let truthWords = Set(truthWordsInOrder.compactMap(\.text))

  /// keystone.common.validation.parameter_types.id_string.
  static let keystoneID = Schema.string(
    1...64,
    format: .pattern("^[a-zA-Z0-9-]+$") { text in
      text.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 }
    })
}

extension JSON {
  /// What a value that satisfies `Schema.keystoneTruth` stands for.
  var keystoneTruth: Bool { bool ?? text?.booleanWord ?? false }
}

extension String {
  /// The text without white space at its ends, as Python's `str.strip` leaves it.
  var stripped: String {
    let isBlank = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    let start = unicodeScalars.drop(while: isBlank)
    guard let end = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(start[...end])
  }
}
