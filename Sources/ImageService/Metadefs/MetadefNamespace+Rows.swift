import OpenStackAPI
import Persistence

extension MetadefNamespace: RowDecodable {
  static let columns =
    "id, namespace, display_name, description, visibility, protected, owner, created_at, updated_at"

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    displayName = try row.next()
    description = try row.next()
    visibility = try row.next()
    isProtected = try row.next()
    owner = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  static func find(_ name: String, _ db: Connection) throws -> MetadefNamespace? {
    try db.first("SELECT \(columns) FROM metadef_namespaces WHERE namespace = ?", name)
  }

  private var values: [any Bindable] {
    [name, displayName, description, visibility, isProtected, owner, createdAt.microseconds, updatedAt.microseconds]
  }

  /// Adds the namespace and answers it with its id.
  func inserted(_ db: Connection) throws -> MetadefNamespace {
    var namespace = self
    let conflict = Fault.conflict("The metadata definition namespace=\(name) already exists.")
    try Metadefs.inserting(orThrow: conflict) {
      try db.execute(
        """
        INSERT INTO metadef_namespaces
          (namespace, display_name, description, visibility, protected, owner, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, values)
    }
    namespace.id = try db.scalar("SELECT last_insert_rowid()") ?? 0
    return namespace
  }

  func save(_ db: Connection) throws {
    let conflict = Fault.conflict(
      "Invalid update. It would result in a duplicate metadata definition namespace with the same name of \(name)")
    try Metadefs.inserting(orThrow: conflict) {
      try db.execute(
        """
        UPDATE metadef_namespaces SET namespace = ?, display_name = ?, description = ?, visibility = ?, protected = ?,
          owner = ?, created_at = ?, updated_at = ? WHERE id = ?
        """, values + [id])
    }
  }
}

extension MetadefNamespace {
  private static let sortable: Set = [
    "id", "namespace", "display_name", "description", "visibility", "protected", "owner", "created_at", "updated_at",
  ]

  /// `GET /v2/metadefs/namespaces`: newest first, a page at a time, each with its resource types.
  @Sendable static func list(_ call: Call) throws -> Response {
    let limit = try min(
      call.query["limit"].map { try Metadefs.limit($0) } ?? ImageLimits.page, ImageLimits.longestPage)
    let listing = try listing(call)
    try call.authorize(in: nil)
    try call.authorize(in: nil, rule: "list_metadef_resource_types")
    return try call.world.read { db in
      let found: [MetadefNamespace] = try listing.page(db, after: marker(call, db), limit: limit) ?? []
      let shown = found.filter { call.isAllowed("get_metadef_namespace", $0.target) }
      let types = try shown.map { try MetadefResourceType.all(of: $0, db) }
      return .json { json in
        let fields = view.projection(for: call)
        json.array("namespaces") { json in
          for (namespace, types) in zip(shown, types) {
            json.object { json in
              fields.writeMembers(of: namespace, to: &json)
              MetadefResourceType.write(types, call, ifAny: true, to: &json)
            }
          }
        }
        if let last = shown.last, shown.count == limit {
          json.member("next", call.pagePath("/v2/metadefs/namespaces", marker: last.name))
        }
        json.member("schema", "/v2/schemas/metadefs/namespaces")
        json.member("first", call.pagePath("/v2/metadefs/namespaces"))
      }
    }
  }

  private static func listing(_ call: Call) throws -> Listing {
    let isDescending = try Metadefs.isDescending(call.query)
    let key = call.query["sort_key"] ?? "created_at"
    guard sortable.contains(key) else { throw Fault.badRequest("Sort key supplied was not valid.") }
    var listing = Listing(columns, from: "metadef_namespaces", key: "id")
    listing.order = ([key] + ["created_at"].filter { $0 != key && key != "id" }).map {
      SortOrder($0, descending: isDescending, nullable: ["display_name", "description", "owner"].contains($0))
    }
    let caller = try call.caller
    if !caller.isAdmin {
      listing.conditions.append(
        Condition("(visibility = 'public' OR owner IS NULL OR owner = ?)", caller.projectID))
    }
    if let visibility = try Metadefs.checkVisibility(call.query, in: ["public", "private"]) {
      listing.conditions.append(Condition("visibility = ?", visibility))
    }
    if let types = call.query["resource_types"] {
      let names = types.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let isNamed = Condition.isOne("metadef_resource_types.name", of: names)
      listing.conditions.append(
        isNamed.within(
          """
          id IN (SELECT namespace_id FROM metadef_associations
          JOIN metadef_resource_types ON metadef_resource_types.id = resource_type_id WHERE
          """))
    }
    return listing
  }

  /// The row after which a page begins.
  private static func marker(_ call: Call, _ db: Connection) throws -> String? {
    guard let name = call.query["marker"], !name.isEmpty else { return nil }
    guard let namespace = try find(name, db) else { throw absent(name) }
    guard try namespace.isVisible(to: call.caller) else {
      throw Fault.forbidden("Forbidding request, metadata definition namespace=\(name) is not visible.")
    }
    return String(namespace.id)
  }
}
