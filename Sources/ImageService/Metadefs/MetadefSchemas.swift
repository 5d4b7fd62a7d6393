import OpenStackAPI

/// The schemas of metadata definitions: names, types and bounds are those of glance/api/v2/metadef_*.py.
enum MetadefSchemas {
  private static let text: JSON = .property("string")
  private static let name: JSON = .property("string", where: ("maxLength", 80))
  private static let link: JSON = .property("string", readOnly: true)
  private static let stringArray = reference("stringArray")

  private static func reference(_ definition: String) -> JSON { ["$ref": .string("#/definitions/\(definition)")] }

  private static func moment(_ description: String) -> JSON {
    .property("string", readOnly: true, description: description, where: ("format", "date-time"))
  }

  /// A member of a definition: what a resource can say of itself under one name.
  private static let propertyMembers: [(key: String, value: JSON)] = [
    ("name", name), ("title", text), ("description", text), ("operators", .property("array", where: ("items", text))),
    ("type", .property("string", where: ("enum", types))), ("required", stringArray),
    ("minimum", .property("number")), ("maximum", .property("number")), ("maxLength", reference("positiveInteger")),
    ("minLength", reference("positiveIntegerDefault0")), ("pattern", .property("string", where: ("format", "regex"))),
    ("enum", .property("array")), ("readonly", .property("boolean")), ("default", .object(JSONObject())),
    ("items", .property("object", where: ("properties", items))), ("maxItems", reference("positiveInteger")),
    ("minItems", reference("positiveIntegerDefault0")),
    ("uniqueItems", .property("boolean", where: ("default", false))),
    ("additionalItems", .property("boolean")),
  ]

  private static let types: JSON = ["array", "boolean", "integer", "number", "object", "string", nil]
  private static let items: JSON = ["type": .property("string", where: ("enum", types)), "enum": .property("array")]

  private static func numbers(strings: JSON) -> [(key: String, value: JSON)] {
    [
      ("positiveInteger", .property("integer", where: ("minimum", 0))),
      ("positiveIntegerDefault0", ["allOf": [reference("positiveInteger"), ["default": 0]]]),
      ("stringArray", strings),
    ]
  }

  private static let definitions: JSONObject = {
    let property = JSON.property(
      "object", where: ("required", ["title", "type"]), ("properties", .object(JSONObject(propertyMembers))))
    return JSONObject(
      numbers(strings: .property("array", where: ("items", text), ("uniqueItems", true)))
        + [("property", .property("object", where: ("additionalProperties", property)))])
  }()

  static let property = SchemaDocument(
    "property", propertyMembers, required: ["type", "title", "name"], definitions: propertyDefinitions)

  /// A property in a dictionary, where its name is the key.
  static let namedProperty = SchemaDocument(
    "property", propertyMembers, required: ["type", "title"], definitions: propertyDefinitions)

  private static let propertyDefinitions = JSONObject(
    numbers(strings: .property("array", where: ("items", text), ("minItems", 1), ("uniqueItems", true))))

  static let object = SchemaDocument(
    "object",
    [
      ("name", name), ("description", text), ("required", stringArray), ("properties", reference("property")),
      ("schema", link), ("self", link), ("created_at", moment("When the object was made")),
      ("updated_at", moment("When the object last changed")),
    ], required: ["name"], definitions: definitions)

  static let tag = SchemaDocument(
    "tag",
    [
      ("name", name), ("created_at", moment("When the tag was made")),
      ("updated_at", moment("When the tag last changed")),
    ], required: ["name"])

  /// What `POST .../tags` takes.
  static let tagList = SchemaDocument(
    "tags",
    [
      (
        "tags",
        .property(
          "array",
          where: (
            "items",
            .property(
              "object", where: ("properties", ["name": text]), ("required", ["name"]), ("additionalProperties", false))
          ))
      )
    ], required: ["tags"])

  static let resourceType = SchemaDocument(
    "resource_type_association",
    [
      ("name", .property("string", description: "A type of Heat's naming", where: ("maxLength", 80))),
      ("prefix", .property("string", description: "What property names begin with there", where: ("maxLength", 80))),
      (
        "properties_target",
        .property("string", description: "Which of the resource's key-value sets is meant", where: ("maxLength", 80))
      ),
      ("created_at", moment("When the type was associated")),
      ("updated_at", moment("When the association last changed")),
    ], required: ["name"])

  static let namespace = SchemaDocument(
    "namespace", namespaceProperties + namespaceContents, required: ["namespace"], definitions: definitions)

  private static let namespaceProperties: [(key: String, value: JSON)] = [
    ("namespace", .property("string", description: "The namespace's unique text", where: ("maxLength", 80))),
    ("display_name", .property("string", description: "A name for people", where: ("maxLength", 80))),
    ("description", .property("string", description: "What it is for", where: ("maxLength", 500))),
    ("visibility", .property("string", description: "Who can see it", where: ("enum", .words(["public", "private"])))),
    ("protected", .property("boolean", description: "Whether it is safe from deletion")),
    ("owner", .property("string", description: "The project it belongs to", where: ("maxLength", 255))),
    ("created_at", moment("When it was made")), ("updated_at", moment("When it last changed")),
    ("schema", link), ("self", link),
  ]

  private static let namespaceContents: [(key: String, value: JSON)] = [
    ("resource_type_associations", list(of: ["name": text, "prefix": text, "properties_target": text])),
    ("properties", reference("property")),
    (
      "objects",
      list(of: ["name": text, "description": text, "required": stringArray, "properties": reference("property")])
    ),
    ("tags", list(of: ["name": text])),
  ]

  private static func list(of properties: JSON) -> JSON {
    .property("array", where: ("items", .property("object", where: ("properties", properties))))
  }
}
