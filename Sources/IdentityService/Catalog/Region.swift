import OpenStackAPI
import Persistence

/// A place that endpoints are in; places may lie in others.
struct Region: Sendable {
  let id: String
  let description: String
  let parentID: String?
  let extra: RawJSON
}

extension Region: Resource {
  static let member: StaticString = "region"
  static let collection: StaticString = "regions"
  static let table = "regions"
  static let isNamedByID = true
  static let columns = "id, description, parent_region_id, extra"

  init(row: inout Row) throws {
    id = try row.next()
    description = try row.next()
    parentID = try row.next()
    extra = try row.next()
  }

  static let view = View<Region>([
    Field("id", \.id),
    Field("description", \.description),
    Field("parent_region_id", \.parentID),
    .links("/regions/", \.id),
  ])

  static let routes: [Route] = [
    .get(
      "/regions", "identity:list_regions",
      query: Query([QueryParameter("parent_region_id", .string(1...255))], refusesUnknownSince: Version(0, 0)),
      run: list),
    .post(
      "/regions", "identity:create_region", .keystoneAdmin, body: (chosenID + attributes).creation(of: member),
      returns: 201, run: create),
    .get("/regions/:region_id", "identity:get_region", run: show("region_id")),
    .put(
      "/regions/:region_id", "identity:create_region", .keystoneAdmin,
      body: (chosenID + attributes).creation(of: member), returns: 201, run: put),
    .patch(
      "/regions/:region_id", "identity:update_region", .keystoneAdmin, body: attributes.change(of: member), run: update),
    .delete("/regions/:region_id", "identity:delete_region", .keystoneAdmin, run: delete),
  ]

  static let attributes: [Attribute] = [
    Attribute("description", Schema.string(0...255).orNull) { ($0.text ?? "").sqlValue },
    Attribute("parent_region_id", Schema.string(1...255).orNull) { $0.text.sqlValue },
  ]
  /// A region's id is its creator's choice.
  private static let chosenID = [Attribute("id", Schema.string(0...255).orNull) { $0.text.sqlValue }]
}

extension Region {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<Region>(filters: [.words("parent_region_id")]).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let id = call.input["id"]?.text ?? ""
    return try await create(id.isEmpty ? call.world.identifiers.hex() : id, call)
  }

  @Sendable private static func put(_ call: Call) async throws -> Response {
    let id = call.parameter("region_id")
    if let other = call.input["id"], other.text != id {
      throw Fault.badRequest("Conflicting region IDs specified: \"\(id)\" != \"\(other.pythonText)\"")
    }
    return try await create(id, call)
  }

  private static func create(_ id: String, _ call: Call) async throws -> Response {
    var values = attributes.values(of: call.input)
    values["id"] = id
    return try await call.world.write { [values] db in
      guard try find(id, db) == nil else { throw Fault.conflict(storing: "region", "Duplicate ID, \(id).") }
      var values = values
      if let parent = values.text("parent_region_id") { values["parent_region_id"] = try existing(parent, db).id }
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("region_id")
    try call.refuseOtherID(than: "region_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in
      var values = values
      if let name = values.text("parent_region_id") {
        let parent = try existing(name, db).id
        try refuseCircle(existing(id, db).id, below: parent, db)
        values["parent_region_id"] = parent
      }
      return try change(id, values, db)
    }.response(call)
  }

  /// The id of a region that a request names in any case, for the rows that refer to it.
  static func settle(_ values: inout RowValues, _ db: Connection) throws {
    guard let name = values.text("region_id"), let region = try find(name, db) else { return }
    values["region_id"] = region.id
  }

  /// A region cannot lie in itself, however many steps away.
  private static func refuseCircle(_ id: String, below parent: String, _ db: Connection) throws {
    var next: String? = parent
    while let region = next {
      guard region != id else {
        throw Fault.badRequest(
          "The specified parent region \(region) would create a circular region hierarchy.", reason: .state)
      }
      next = try find(region, db)?.parentID
    }
  }

  /// The regions inside go with it, unless there are endpoints somewhere.
  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("region_id")
    try await call.world.write { db in
      let region = try existing(id, db)
      guard try !db.exists(inUse, region.id) else {
        throw Fault.forbidden(
          "Unable to delete region \(id) because it or its child regions have associated endpoints.", reason: .state)
      }
      try region.remove(db)
    }
    return .empty
  }

  private static let inUse = """
    WITH RECURSIVE inside (id) AS (
      SELECT ?1 UNION SELECT regions.id FROM regions JOIN inside ON parent_region_id = inside.id
    )
    SELECT 1 FROM endpoints WHERE region_id IN (SELECT id FROM inside)
    """
}
