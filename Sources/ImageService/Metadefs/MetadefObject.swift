import OpenStackAPI
import Persistence

/// An object: a group of properties in a namespace (Image API, "Metadata definition objects").
struct MetadefObject: Sendable {
  let name: String
  let description: String?
  let required: [JSON]?
  let properties: JSON?
  let createdAt: Timestamp
  let updatedAt: Timestamp
}

extension MetadefObject {
  /// What a client says of an object, checked.
  struct Draft: Sendable {
    let name: String
    let body: JSON

    init(_ body: JSON) throws(Fault) {
      guard let name = body["name"]?.text else { throw .badRequest("Mandatory field missing: name") }
      for (_, definition) in body["properties"]?.object?.members ?? [] { _ = try PropertyDefinition(definition) }
      (self.name, self.body) = (name, body)
    }

    func object(created: Timestamp, updated: Timestamp) -> MetadefObject {
      MetadefObject(
        name: name, description: body["description"]?.text, required: body["required"]?.array,
        properties: body["properties"], createdAt: created, updatedAt: updated)
    }

    func insert(in namespace: MetadefNamespace, at moment: Timestamp, _ db: Connection) throws {
      let conflict = Fault.conflict(
        "A metadata definition object with name=\(name) already exists in namespace=\(namespace.name).")
      try Metadefs.inserting(orThrow: conflict) {
        try db.execute(
          """
          INSERT INTO metadef_objects (namespace_id, name, description, required, properties, created_at, updated_at)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """, [namespace.id] + columns + [moment.microseconds, moment.microseconds])
      }
    }

    var columns: [any Bindable] {
      [
        name, body["description"]?.text, (body["required"] ?? []).jsonText, (body["properties"] ?? [:]).jsonText,
      ]
    }
  }

  private static let readOnly = ["self", "schema", "created_at", "updated_at"]
  private static let collection = "/metadefs/namespaces/:namespace/objects"
  private static let member = collection + "/:object_name"

  static let routes: [Route] = [
    .get(collection, "get_metadef_objects", Metadefs.reader, access: .resource, run: list),
    .post(collection, "add_metadef_object", .admin, access: .resource, body: .unchecked, returns: 201, run: create),
    .get(member, "get_metadef_object", Metadefs.reader, access: .resource, run: show).after(Metadefs.refuseBody),
    .put(member, "modify_metadef_object", .admin, access: .resource, body: .unchecked, run: update),
    .delete(member, "delete_metadef_object", .admin, access: .resource, run: delete).after(Metadefs.refuseBody),
  ]

  /// Glance checks what pages there should be and answers all.
  @Sendable private static func list(_ call: Call) throws -> Response {
    _ = try Metadefs.isDescending(call.query)
    _ = try Metadefs.checkVisibility(call.query, in: ["public", "private", "shared"])
    _ = try call.query["limit"].map { try Metadefs.limit($0, least: 1) }
    return try call.world.read { db in
      let namespace = try call.namespace(db, missing: MetadefNamespace.absent)
      try call.authorize(in: namespace)
      let objects = call.isAllowed("get_metadef_object", namespace.target) ? try all(of: namespace, db) : []
      return .json { json in
        json.array("objects") { json in
          for object in objects { object.write(in: namespace.name, prefix: "", to: &json) }
        }
        json.member("schema", "v2/schemas/metadefs/objects")
      }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { db in
      let namespace = try call.namespace(db, missing: MetadefNamespace.absent)
      try call.authorize(in: namespace)
      return try find(call.parameter("object_name"), in: namespace, db).response(in: namespace)
    }
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.object, readOnly: readOnly)
    for (_, definition) in body["properties"]?.object?.members ?? [] {
      try MetadefSchemas.namedProperty.validate(definition)
    }
    let draft = try Draft(.object(body))
    let namespace = try await call.world.write { db in
      let namespace = try call.namespace(db, missing: MetadefNamespace.absent)
      try call.authorize(in: namespace)
      try draft.insert(in: namespace, at: call.now, db)
      return namespace
    }
    return draft.object(created: call.now, updated: call.now).response(in: namespace)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.object, readOnly: readOnly)
    let draft = try Draft(.object(body))
    return try await call.world.write { db in
      let namespace = try call.namespace(db, missing: MetadefNamespace.absent)
      try call.authorize(in: namespace)
      let old = try find(call.parameter("object_name"), in: namespace, db)
      let conflict = Fault.conflict(
        "Invalid update. It would result in a duplicate metadata definition object with the same "
          + "name=\(draft.name) in namespace=\(namespace.name).")
      try Metadefs.inserting(orThrow: conflict) {
        try db.execute(
          """
          UPDATE metadef_objects SET name = ?, description = ?, required = ?, properties = ?, updated_at = ?
          WHERE namespace_id = ? AND name = ?
          """, draft.columns + [call.now.microseconds, namespace.id, old.name])
      }
      return draft.object(created: old.createdAt, updated: old.updatedAt).response(in: namespace)
    }
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let namespace = try call.namespace(db, missing: MetadefNamespace.absent)
      try call.authorize(in: namespace)
      let object = try find(call.parameter("object_name"), in: namespace, db)
      try namespace.refuseIfProtected("object", object.name)
      try db.execute("DELETE FROM metadef_objects WHERE namespace_id = ? AND name = ?", namespace.id, object.name)
    }
    return .empty
  }

  private func response(in namespace: MetadefNamespace) -> Response {
    .json { json in writeMembers(in: namespace.name, prefix: "", to: &json) }
  }
}

extension MetadefObject: RowDecodable {
  private static let columns = "name, description, required, properties, created_at, updated_at"

  init(row: inout Row) throws {
    name = try row.next()
    description = try row.next()
    required = try JSON(parsing: Array(row.next(String.self).utf8)).array
    properties = try JSON(parsing: Array(row.next(String.self).utf8))
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  static func all(of namespace: MetadefNamespace, _ db: Connection) throws -> [MetadefObject] {
    try db.query("SELECT \(columns) FROM metadef_objects WHERE namespace_id = ? ORDER BY id", namespace.id)
  }

  private static func find(_ name: String, in namespace: MetadefNamespace, _ db: Connection) throws -> MetadefObject {
    let sql = "SELECT \(columns) FROM metadef_objects WHERE namespace_id = ? AND name = ?"
    guard let object: MetadefObject = try db.first(sql, namespace.id, name) else {
      throw Fault.notFound("Could not find metadata object \(name)")
    }
    return object
  }

  func write(in namespace: String, prefix: String, to json: inout JSONWriter) {
    json.object { json in writeMembers(in: namespace, prefix: prefix, to: &json) }
  }

  private func writeMembers(in namespace: String, prefix: String, to json: inout JSONWriter) {
    json.member("name", name)
    if let required { json.member("required", required.map { prefix + ($0.text ?? "") }) }
    if let description { json.member("description", description) }
    if let properties {
      json.object("properties") { json in
        for (name, definition) in properties.object?.members ?? [] {
          json.key(prefix + name)
          definition.write(to: &json)
        }
      }
    }
    json.member("created_at", createdAt.text(.seconds))
    json.member("updated_at", updatedAt.text(.seconds))
    json.member("self", "/v2/metadefs/namespaces/\(namespace)/objects/\(name)")
    json.member("schema", "/v2/schemas/metadefs/object")
  }
}
