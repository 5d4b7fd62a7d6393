import OpenStackAPI

/// A JSON schema as a value: the document that clients fetch is the one that requests are checked against.
struct SchemaDocument: Sendable {
  /// What is said of members that no property names.
  enum Additional: Sendable {
    case refused, strings
  }

  let name: String
  let properties: JSONObject
  var required: [String] = []
  var additional: Additional = .refused
  var links: [(rel: String, href: String)] = []
  var definitions: JSONObject?

  init(_ name: String, _ properties: [(key: String, value: JSON)]) {
    (self.name, self.properties) = (name, JSONObject(properties))
  }

  /// The document with all that is known.
  var raw: JSON {
    var members = head
    members["additionalProperties"] = additional == .strings ? ["type": "string"] : false
    members["definitions"] = definitions.map(JSON.object)
    if !required.isEmpty { members["required"] = .array(required.map(JSON.string)) }
    if !links.isEmpty { members["links"] = Self.links(links) }
    return .object(members)
  }

  /// The document as Glance shows members and tasks: names and properties.
  var minimal: JSON { .object(head) }

  private var head: JSONObject { JSONObject([("name", .string(name)), ("properties", .object(properties))]) }

  /// The document of a page of such things.
  func page(_ name: String, isMinimal: Bool = false) -> JSON {
    var item = self
    item.definitions = nil
    return collection(name, ["type": "array", "items": isMinimal ? item.minimal : item.raw], isMinimal: isMinimal)
  }

  /// The document of a dictionary of such things.
  func dictionary(_ name: String) -> JSON {
    var item = self
    item.definitions = nil
    return collection(name, ["type": "object", "additionalProperties": item.raw], isMinimal: false)
  }

  private func collection(_ name: String, _ items: JSON, isMinimal: Bool) -> JSON {
    let text: JSON = ["type": "string"]
    let paging = isMinimal ? [] : ["first", "next"]
    var properties = JSONObject([(name, items)])
    for link in paging + ["schema"] { properties[link] = text }
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
