import OpenStackAPI
import Persistence

/// A tag of a namespace: a word that resources can carry (Image API, "Metadata definition tags").
struct MetadefTag: Sendable {
  let name: String
  let createdAt: Timestamp
  let updatedAt: Timestamp
}

extension MetadefTag {
  static let view = View<MetadefTag>([
    Field("name", \.name),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
  ])

  private static let readOnly = ["created_at", "updated_at"]
  private static let collection = "/metadefs/namespaces/:namespace/tags"
  private static let member = collection + "/:tag_name"

  static let routes: [Route] = [
    .get(collection, "get_metadef_tags", Metadefs.reader, access: .resource, run: list),
    .post(collection, "add_metadef_tags", .admin, access: .resource, body: .unchecked, returns: 201, run: createAll),
    .get(member, "get_metadef_tag", Metadefs.reader, access: .resource, run: show).after(Metadefs.refuseBody),
    .post(member, "add_metadef_tag", .admin, access: .resource, returns: 201, run: create)
      .after(Metadefs.refuseBody),
    .put(member, "modify_metadef_tag", .admin, access: .resource, body: .unchecked, run: update),
    .delete(member, "delete_metadef_tag", .admin, access: .resource, run: delete).after(Metadefs.refuseBody),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    let isDescending = try Metadefs.isDescending(call.query)
    _ = try Metadefs.checkVisibility(call.query, in: ["public", "private", "shared"])
    let limit = try call.query["limit"].flatMap { $0.isEmpty ? nil : try Metadefs.limit($0) } ?? Int(Int32.max)
    let key = call.query["sort_key"] ?? "created_at"
    guard ["id", "name", "created_at", "updated_at", "namespace_id"].contains(key) else {
      throw Fault.badRequest("Sort key supplied was not valid.")
    }
    let names = try call.world.read { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      var listing = Listing(columns, from: "metadef_tags", key: "id")
      listing.conditions = [Condition("namespace_id = ?", namespace.id)]
      listing.order = [SortOrder(key, descending: isDescending), SortOrder("created_at", descending: isDescending)]
      let tags: [MetadefTag] =
        try listing.page(db, after: marker(call.query["marker"], namespace, db), limit: limit) ?? []
      return tags.map(\.name)
    }
    return .json { json in write(names, to: &json) }
  }

  private static func marker(_ name: String?, _ namespace: MetadefNamespace, _ db: Connection) throws -> String? {
    guard let name, !name.isEmpty else { return nil }
    _ = try find(name, in: namespace, db)
    let sql = "SELECT id FROM metadef_tags WHERE namespace_id = ? AND name = ?"
    return try db.scalar(sql, namespace.id, name, as: Int.self).map(String.init)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let tag = try call.world.read { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      return try find(call.parameter("tag_name"), in: namespace, db)
    }
    return tag.response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let name = call.parameter("tag_name")
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try MetadefSchemas.tag.validate(["name": .string(name)])
      try call.authorize(in: namespace)
      try insert(name, in: namespace, at: call.now, db)
    }
    return MetadefTag(name: name, createdAt: call.now, updatedAt: call.now).response(call)
  }

  /// All tags at once: they replace those that are there, unless the client wants them added.
  @Sendable private static func createAll(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.tagList, readOnly: readOnly)
    let names = try (body["tags"]?.array ?? []).map { try name(in: $0) }
    let appends =
      call.exchange.request.headers["X-Openstack-Append"].flatMap { $0.trimmed.booleanWord } ?? false
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      if !appends, !names.isEmpty { try db.execute("DELETE FROM metadef_tags WHERE namespace_id = ?", namespace.id) }
      for name in names { try insert(name, in: namespace, at: call.now, db) }
    }
    return .json { json in write(names, to: &json) }
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.tag, readOnly: readOnly)
    let name = body["name"]?.text ?? ""
    let old = try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      let old = try find(call.parameter("tag_name"), in: namespace, db)
      try Metadefs.inserting(orThrow: duplicate(name, namespace)) {
        try db.execute(
          "UPDATE metadef_tags SET name = ?, updated_at = ? WHERE namespace_id = ? AND name = ?", name,
          call.now.microseconds, namespace.id, old.name)
      }
      return old
    }
    return MetadefTag(name: name, createdAt: old.createdAt, updatedAt: old.updatedAt).response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      let tag = try find(call.parameter("tag_name"), in: namespace, db)
      try namespace.refuseIfProtected("tag", tag.name)
      try db.execute("DELETE FROM metadef_tags WHERE namespace_id = ? AND name = ?", namespace.id, tag.name)
    }
    return .empty
  }

  private func response(_ call: Call) -> Response {
    .json { json in Self.view.projection(for: call).writeMembers(of: self, to: &json) }
  }
}

extension MetadefTag: RowDecodable {
  private static let columns = "name, created_at, updated_at"

  init(row: inout Row) throws {
    name = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  static func names(of namespace: MetadefNamespace, _ db: Connection) throws -> [String] {
    let sql = "SELECT \(columns) FROM metadef_tags WHERE namespace_id = ? ORDER BY created_at DESC, id DESC"
    return try db.query(sql, namespace.id, as: MetadefTag.self).map(\.name)
  }

  private static func find(_ name: String, in namespace: MetadefNamespace, _ db: Connection) throws -> MetadefTag {
    let sql = "SELECT \(columns) FROM metadef_tags WHERE namespace_id = ? AND name = ?"
    guard let tag: MetadefTag = try db.first(sql, namespace.id, name) else {
      throw Fault.notFound("Could not find metadata tag \(name)")
    }
    return tag
  }

  private static func duplicate(_ name: String, _ namespace: MetadefNamespace) -> Fault {
    .conflict(
      "A metadata tag with name=\(name) already exists in namespace=\(namespace.name). (Please note that metadata tag "
        + "names are case insensitive).")
  }

  static func insert(_ name: String, in namespace: MetadefNamespace, at moment: Timestamp, _ db: Connection) throws {
    try Metadefs.inserting(orThrow: duplicate(name, namespace)) {
      try db.execute(
        "INSERT INTO metadef_tags (namespace_id, name, created_at, updated_at) VALUES (?, ?, ?, ?)", namespace.id,
        name, moment.microseconds, moment.microseconds)
    }
  }

  /// The name in an element of a list of tags.
  static func name(in entry: JSON) throws(Fault) -> String {
    guard let name = entry["name"]?.text else { throw .badRequest("Mandatory field missing: name") }
    return name
  }

  static func write(_ names: [String], to json: inout JSONWriter) {
    json.array("tags") { json in
      for name in names { json.object { json in json.member("name", name) } }
    }
  }
}
