import OpenStackAPI
import Persistence

/// A property of a namespace: a name with the JSON schema of its values (Image API, "Metadata definition properties").
struct MetadefProperty: Sendable {
  let name: String
  let definition: PropertyDefinition

  init(name: String, definition: JSON) throws(Fault) {
    (self.name, self.definition) = (name, try PropertyDefinition(definition))
  }
}

extension MetadefProperty {
  private static let readOnly = ["created_at", "updated_at"]
  private static let collection = "/metadefs/namespaces/:namespace/properties"
  private static let member = collection + "/:property_name"

  static let routes: [Route] = [
    .get(collection, "get_metadef_properties", Metadefs.reader, access: .resource, run: list)
      .after(Metadefs.refuseBody),
    .post(
      collection, "add_metadef_property", .admin, access: .resource, body: .unchecked, returns: 201, run: create),
    .get(member, "get_metadef_property", Metadefs.reader, access: .resource, run: show),
    .put(member, "modify_metadef_property", .admin, access: .resource, body: .unchecked, run: update),
    .delete(member, "remove_metadef_property", .admin, access: .resource, run: delete),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    let properties = try call.world.read { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      return try all(of: namespace, db)
    }
    return .json { json in write(properties, prefix: "", to: &json) }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      var name = call.parameter("property_name")
      if let type = call.query["resource_type"], !type.isEmpty {
        try call.authorize(in: namespace, rule: "get_metadef_resource_type")
        let prefix = try MetadefResourceType.find(type, in: namespace, db).prefix
        guard let prefix, !prefix.isEmpty, name.hasPrefix(prefix) else {
          throw Fault.notFound(
            "Property \(name) does not start with the expected resource type association prefix of "
              + "'\(prefix ?? "None")'.")
        }
        name = String(name.dropFirst(prefix.count))
      }
      return try find(name, in: namespace, db).response
    }
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let property = try input(call)
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      try property.insert(in: namespace, db)
    }
    return property.response
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let property = try input(call)
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      let old = try find(call.parameter("property_name"), in: namespace, db)
      let conflict = Fault.conflict(
        "Invalid update. It would result in a duplicate metadata definition property with the same "
          + "name=\(property.name) in namespace=\(namespace.name).")
      try Metadefs.inserting(orThrow: conflict) {
        try db.execute(
          "UPDATE metadef_properties SET name = ?, definition = ? WHERE namespace_id = ? AND name = ?",
          property.name, property.definition.json.jsonText, namespace.id, old.name)
      }
    }
    return property.response
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      let property = try find(call.parameter("property_name"), in: namespace, db)
      try namespace.refuseIfProtected("property", property.name)
      try db.execute(
        "DELETE FROM metadef_properties WHERE namespace_id = ? AND name = ?", namespace.id, property.name)
    }
    return .empty
  }

  private static func input(_ call: Call) throws(Fault) -> MetadefProperty {
    let body = try Metadefs.input(call, MetadefSchemas.property, readOnly: readOnly)
    return try MetadefProperty(name: body["name"]?.text ?? "", definition: .object(body))
  }

  private var response: Response {
    .json { json in definition.writeMembers(name: name, prefix: "", to: &json) }
  }
}

extension MetadefProperty: RowDecodable {
  init(row: inout Row) throws {
    name = try row.next()
    definition = try PropertyDefinition(JSON(parsing: Array(row.next(String.self).utf8)))
  }

  static func all(of namespace: MetadefNamespace, _ db: Connection) throws -> [MetadefProperty] {
    try db.query("SELECT name, definition FROM metadef_properties WHERE namespace_id = ? ORDER BY id", namespace.id)
  }

  private static func find(_ name: String, in namespace: MetadefNamespace, _ db: Connection) throws
    -> MetadefProperty
  {
    let sql = "SELECT name, definition FROM metadef_properties WHERE namespace_id = ? AND name = ?"
    guard let property: MetadefProperty = try db.first(sql, namespace.id, name) else {
      throw Fault.notFound("Could not find property \(name)")
    }
    return property
  }

  func insert(in namespace: MetadefNamespace, _ db: Connection) throws {
    let conflict = Fault.conflict(
      "A metadata definition property with name=\(name) already exists in namespace=\(namespace.name).")
    try Metadefs.inserting(orThrow: conflict) {
      try db.execute(
        "INSERT INTO metadef_properties (namespace_id, name, definition) VALUES (?, ?, ?)", namespace.id, name,
        definition.json.jsonText)
    }
  }

  /// Writes the member `properties`: definitions by name.
  static func write(_ properties: [MetadefProperty], prefix: String, to json: inout JSONWriter) {
    json.object("properties") { json in
      for property in properties {
        json.key(prefix + property.name)
        json.object { json in property.definition.writeMembers(name: nil, prefix: prefix, to: &json) }
      }
    }
  }
}

/// The JSON schema of a property's values, in the types that Glance keeps
/// (glance/api/v2/model/metadef_property_type.py).
struct PropertyDefinition: Sendable {
  let json: JSON

  private static let texts: Set = ["name", "type", "title", "description", "pattern", "default"]
  private static let lists: Set = ["operators", "enum"]
  private static let truths: Set = ["readonly", "confidential", "uniqueItems", "additionalItems"]
  private static let numbers: Set = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"]

  init(_ json: JSON) throws(Fault) {
    for (name, value) in json.object?.members ?? [] {
      guard Self.fits(name, value) else {
        throw .badRequest("Invalid input for field/attribute \(name). Value: '\(value.pythonText)'.")
      }
    }
    self.json = json
  }

  private static func fits(_ name: String, _ value: JSON) -> Bool {
    if texts.contains(name) { return value.text != nil }
    if lists.contains(name) { return value.array?.allSatisfy { $0.text != nil } ?? false }
    if truths.contains(name) { return value.bool != nil }
    if numbers.contains(name) { return value.integer != nil }
    return name == "items" && value.object != nil
  }

  /// Writes the members into an open object, with a name of the caller's where one is given.
  func writeMembers(name: String?, prefix: String, to json: inout JSONWriter) {
    if let name { json.member("name", name) }
    for (key, value) in self.json.object?.members ?? [] where key != "name" || name == nil {
      json.key(key)
      value.write(to: &json)
    }
  }
}
