import OpenStackAPI
import Persistence

/// A kind of resource that a namespace's properties are for (Image API, "Metadata definition resource types"). Types
/// come into being with their first association, and stay.
struct MetadefResourceType: Sendable {
  let name: String
  let prefix: String?
  let target: String?
  let createdAt: Timestamp
  let updatedAt: Timestamp
}

extension MetadefResourceType {
  static let view = View<MetadefResourceType>([
    Field("name", \.name),
    Field("prefix", ifPresent: \.prefix),
    Field("properties_target", ifPresent: \.target),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
  ])

  /// What a client says of an association, checked.
  struct Draft: Sendable {
    let name: String
    let prefix: String?
    let target: String?

    init(_ body: JSON) throws(Fault) {
      guard let name = body["name"]?.text else { throw .badRequest("Mandatory field missing: name") }
      (self.name, prefix, target) = (name, body["prefix"]?.text, body["properties_target"]?.text)
    }

    func insert(in namespace: MetadefNamespace, at moment: Timestamp, _ db: Connection) throws {
      try db.execute(
        "INSERT INTO metadef_resource_types (name, created_at, updated_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        name, moment.microseconds, moment.microseconds)
      let conflict = Fault.conflict(
        "The metadata definition resource-type association of resource-type=\(name) to namespace=\(namespace.name) "
          + "already exists.")
      try Metadefs.inserting(orThrow: conflict) {
        try db.execute(
          """
          INSERT INTO metadef_associations
            (namespace_id, resource_type_id, prefix, properties_target, created_at, updated_at)
          SELECT ?, id, ?, ?, ?, ? FROM metadef_resource_types WHERE name = ?
          """, namespace.id, prefix, target, moment.microseconds, moment.microseconds, name)
      }
    }
  }

  private static let collection = "/metadefs/namespaces/:namespace/resource_types"

  static let routes: [Route] = [
    .get("/metadefs/resource_types", "list_metadef_resource_types", Metadefs.reader, access: .resource, run: list)
      .after(Metadefs.refuseBody),
    .get(collection, "list_metadef_resource_types", Metadefs.reader, access: .resource, run: listOfNamespace)
      .after(Metadefs.refuseBody),
    .post(
      collection, "add_metadef_resource_type_association", .admin, access: .resource, body: .unchecked, returns: 201,
      run: create),
    .delete(
      collection + "/:resource_type", "remove_metadef_resource_type_association", .admin, access: .resource,
      run: delete
    ).after(Metadefs.refuseBody),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.authorize(in: nil)
    let types: [MetadefResourceType] = try call.world.read { db in
      try db.query("SELECT name, NULL, NULL, created_at, updated_at FROM metadef_resource_types ORDER BY id")
    }
    return .json { json in
      json.array("resource_types") { json in
        for type in types { view.projection(for: call).write(type, to: &json) }
      }
    }
  }

  @Sendable private static func listOfNamespace(_ call: Call) throws -> Response {
    let types = try call.world.read { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      return call.isAllowed("get_metadef_resource_type", namespace.target) ? try all(of: namespace, db) : []
    }
    return .json { json in write(types, call, ifAny: false, to: &json) }
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.resourceType, readOnly: ["created_at", "updated_at"])
    let draft = try Draft(.object(body))
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      try draft.insert(in: namespace, at: call.now, db)
    }
    let type = MetadefResourceType(
      name: draft.name, prefix: draft.prefix, target: draft.target, createdAt: call.now, updatedAt: call.now)
    return .json { json in view.projection(for: call).writeMembers(of: type, to: &json) }
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let name = call.parameter("resource_type")
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      guard try all(of: namespace, db).contains(where: { $0.name == name }) else {
        throw Fault.notFound("Failed to find resource type \(name) to delete")
      }
      try namespace.refuseIfProtected("resource-type-association", name)
      try db.execute(
        """
        DELETE FROM metadef_associations WHERE namespace_id = ?
          AND resource_type_id = (SELECT id FROM metadef_resource_types WHERE name = ?)
        """, namespace.id, name)
    }
    return .empty
  }
}

extension MetadefResourceType: RowDecodable {
  init(row: inout Row) throws {
    name = try row.next()
    prefix = try row.next()
    target = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  static func all(of namespace: MetadefNamespace, _ db: Connection) throws -> [MetadefResourceType] {
    try db.query(
      """
      SELECT t.name, a.prefix, a.properties_target, a.created_at, a.updated_at
      FROM metadef_associations a JOIN metadef_resource_types t ON t.id = a.resource_type_id
      WHERE a.namespace_id = ? ORDER BY a.resource_type_id
      """, namespace.id)
  }

  /// A namespace's association with a type, or why there is none.
  static func find(_ name: String, in namespace: MetadefNamespace, _ db: Connection) throws -> MetadefResourceType {
    guard try db.exists("SELECT 1 FROM metadef_resource_types WHERE name = ?", name) else {
      throw Fault.notFound("The metadata definition resource-type with name=\(name), was not found.")
    }
    guard let type = try all(of: namespace, db).first(where: { $0.name == name }) else {
      throw Fault.notFound(
        "The metadata definition resource-type association of resource-type=\(name) to namespace=\(namespace.name), "
          + "was not found.")
    }
    return type
  }

  /// Writes the member `resource_type_associations`.
  static func write(_ types: [MetadefResourceType], _ call: Call, ifAny: Bool, to json: inout JSONWriter) {
    guard !ifAny || !types.isEmpty else { return }
    json.array("resource_type_associations") { json in
      for type in types { view.projection(for: call).write(type, to: &json) }
    }
  }
}
