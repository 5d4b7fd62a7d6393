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
  /// Where it goes.
  let keeping: Keeping

  /// Where a member goes.
  enum Keeping: Sendable {
    /// Into its column, as this value.
    case column(@Sendable (JSON) -> SQLValue)
    /// Into `extra`, among the members that no attribute names.
    case extra
    /// Nowhere by itself: the handler sees to it.
    case handler
  }

  /// A member with a form of its own.
  init(
    _ name: String, _ schema: Schema, column: String? = nil, required: Bool = false,
    store: @escaping @Sendable (JSON) -> SQLValue
  ) {
    (self.name, self.schema, self.column, isRequired) = (name, schema, column ?? name, required)
    keeping = .column(store)
  }

  /// A member that has a form and no column.
  init(_ name: String, _ schema: Schema, keeping: Keeping) {
    (self.name, self.schema, column, isRequired, self.keeping) = (name, schema, name, false, keeping)
  }

  /// The name of a resource (keystone.common.validation.parameter_types.name).
  static func name(_ name: String = "name", longest: Int = 255, required: Bool = true) -> Attribute {
    Attribute(name, .name(longest: longest), required: required) { $0.text.sqlValue }
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

  /// `true` or `false` in any of the spellings that newer schemas of Keystone take; the empty text is `false`.
  static func spelledTruth(_ name: String) -> Attribute {
    Attribute(name, .keystoneTruth) { $0.keystoneTruth.sqlValue }
  }

  /// The resource's options: those that a change names are merged into those that are kept.
  static func options(_ schema: Schema) -> Attribute {
    Attribute(RowValues.optionsColumn, schema) { $0.jsonText.sqlValue }
  }

  /// JSON that is kept as text.
  static func json(_ name: String, _ schema: Schema, column: String? = nil, required: Bool = false) -> Attribute {
    Attribute(name, schema, column: column, required: required) { $0.jsonText.sqlValue }
  }
}

extension JSON {
  /// The same object with names as Keystone spells them in what is created: `a-b` and `a:b` are `a_b`
  /// (keystone.server.flask.common, `_normalize_dict`).
  var normalizedNames: JSON {
    guard let object else { return self }
    return .object(
      JSONObject(object.members.map { (key: String($0.key.map { "-:".contains($0) ? "_" : $0 }), value: $0.value) }))
  }
}

extension [Attribute] {
  /// The body that creates a resource: `{"project": {...}}`.
  func creation(of member: StaticString, additional: AdditionalProperties = .allowed) -> Body {
    Body("\(member)", creationSchema(additional: additional))
  }

  /// What is inside such a body.
  func creationSchema(additional: AdditionalProperties = .allowed) -> Schema {
    .object(
      map { Property($0.name, $0.schema, $0.isRequired ? .required : .optional) },
      additional: additional)
  }

  /// The body that changes a resource: at least one member, none of them mandatory.
  func change(
    of member: StaticString, additional: AdditionalProperties = .allowed, atLeast: Int = 1
  ) -> Body {
    Body("\(member)", .object(map { Property($0.name, $0.schema) }, additional: additional, atLeast: atLeast))
  }

  /// What a request says of the columns, and the members that no attribute names.
  func values(of input: JSON) -> RowValues {
    var values = RowValues()
    for (key, value) in input.object?.members ?? [] {
      if key == RowValues.optionsColumn, let options = value.object, contains(where: { $0.name == key }) {
        values.options = options
      } else if let attribute = first(where: { $0.name == key }) {
        values.set(attribute, to: value)
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

  /// Takes a member over, to where its attribute says.
  fileprivate mutating func set(_ attribute: Attribute, to value: JSON) {
    switch attribute.keeping {
    case .column(let store): self[attribute.column] = store(value)
    case .extra: extra[attribute.name] = value
    case .handler: return
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
  /// keystone.api.validation.parameter_types.boolean.
  static let keystoneTruth = Schema { value, _ in
    guard value.bool == nil else { return nil }
    guard value.text != nil || value.isNull else {
      return Violation(value, "\(value.pythonRepresentation) is not of type 'boolean', 'string', 'null'")
    }
    guard keystoneTruths.array?.contains(value) != true else { return nil }
    return Violation(
      value, "\(value.pythonRepresentation) is not one of \(keystoneTruths.pythonRepresentation)")
  }

  private static let keystoneTruths: JSON = [
    true, "True", "TRUE", "true", false, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on", "ON", "off",
    "OFF", "yes", "no",
  ]

  /// keystone.common.validation.parameter_types.name.
  static let keystoneName = name(longest: 255)

  /// The same of another length.
  static func name(longest: Int) -> Schema {
    .string(1...longest, format: .pattern(#"[\S]+"#) { $0.unicodeScalars.contains { !$0.properties.isWhitespace } })
  }

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
