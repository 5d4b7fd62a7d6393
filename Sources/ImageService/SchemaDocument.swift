import OpenStackAPI

/// A JSON schema as a value: the document that clients fetch is the one that requests are checked against.
struct SchemaDocument: Sendable {
  /// What is said of members that no property names.
  enum Additional: Sendable {
    case refused, strings
  }

  let name: String
  /// The document with all that is known.
  let raw: JSON
  /// The document as Glance shows members and tasks: names and properties.
  let minimal: JSON
  private let definitions: JSONObject?

  init(
    _ name: String, _ properties: [(key: String, value: JSON)], required: [String] = [],
    additional: Additional = .refused, links: [(rel: String, href: String)] = [], definitions: JSONObject? = nil
  ) {
    (self.name, self.definitions) = (name, definitions)
    var members = JSONObject([("name", .string(name)), ("properties", .object(JSONObject(properties)))])
    minimal = .object(members)
    members["additionalProperties"] = additional == .strings ? ["type": "string"] : false
    members["definitions"] = definitions.map(JSON.object)
    if !required.isEmpty { members["required"] = .array(required.map(JSON.string)) }
    if !links.isEmpty { members["links"] = Self.links(links) }
    raw = .object(members)
  }

  /// Whether the schema names a member.
  func hasProperty(_ name: String) -> Bool { raw["properties"]?[name] != nil }

  /// The document of a page of such things.
  func page(_ name: String, isMinimal: Bool = false) -> JSON {
    collection(name, ["type": "array", "items": isMinimal ? minimal : item], isMinimal: isMinimal)
  }

  /// The document of a dictionary of such things.
  func dictionary(_ name: String) -> JSON {
    collection(name, ["type": "object", "additionalProperties": item], isMinimal: false)
  }

  /// The document within another, which has the definitions.
  private var item: JSON {
    var members = raw.object ?? JSONObject()
    members["definitions"] = nil
    return .object(members)
  }

  private func collection(_ name: String, _ items: JSON, isMinimal: Bool) -> JSON {
    let paging = isMinimal ? [] : ["first", "next"]
    var properties = JSONObject([(name, items)])
    for link in paging + ["schema"] { properties[link] = ["type": "string"] }
    var members = JSONObject([("name", .string(name)), ("properties", .object(properties))])
    members["links"] = Self.links(paging.map { ($0, "{\($0)}") } + [("describedby", "{schema}")])
    members["definitions"] = definitions.map(JSON.object)
    return .object(members)
  }

  private static func links(_ links: [(rel: String, href: String)]) -> JSON {
    .array(links.map { ["rel": .string($0.rel), "href": .string($0.href)] })
  }

  /// Refuses what breaks the schema, in the words of Glance and python-jsonschema.
  func validate(_ value: JSON) throws(Fault) {
    guard let failure = SchemaValidator(root: raw).failure(in: value) else { return }
    throw .badRequest("Provided object does not match schema '\(name)': \(failure.text)")
  }
}

extension JSON {
  /// One property of a schema: its types and whatever else is said of it.
  static func property(
    _ types: String..., readOnly: Bool = false, description: String? = nil, where facts: (String, JSON)...
  ) -> JSON {
    var members = JSONObject()
    if !types.isEmpty { members["type"] = types.count == 1 ? .string(types[0]) : .array(types.map(JSON.string)) }
    if readOnly { members["readOnly"] = true }
    members["description"] = description.map(JSON.string)
    for (name, value) in facts { members[name] = value }
    return .object(members)
  }

  /// The words that a property may have.
  static func words(_ words: [String], orNull: Bool = false) -> JSON {
    .array((orNull ? [.null] : []) + words.map(JSON.string))
  }
}
