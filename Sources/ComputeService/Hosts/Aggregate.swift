import OpenStackAPI
import Persistence

/// Hosts that have something in common, such as an availability zone (Compute API, "Host aggregates").
struct Aggregate: Sendable, RowDecodable {
  let id: Int
  let uuid, name: String
  /// JSON array of the hosts' names.
  let hosts: String
  /// JSON object of strings; `availability_zone` is one of them.
  let metadata: String
  let createdAt: Timestamp
  var updatedAt: Timestamp?

  static let columns = "id, uuid, name, hosts, metadata, created_at, updated_at"

  init(row: inout Row) throws {
    id = try row.next()
    uuid = try row.next()
    name = try row.next()
    hosts = try row.next()
    metadata = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  static let migration = """
    CREATE TABLE aggregates (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      uuid TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE,
      hosts TEXT NOT NULL DEFAULT '[]',
      metadata TEXT NOT NULL DEFAULT '{}',
      created_at INTEGER NOT NULL,
      updated_at INTEGER
    ) STRICT;
    """

  var hostNames: [String] { JSON(stored: hosts)?.array?.compactMap(\.text) ?? [] }
  var items: JSONObject { JSON(stored: metadata)?.object ?? JSONObject() }
  var zone: String? { items["availability_zone"]?.text }
}

extension Aggregate {
  private static let created = View<Aggregate>([
    Field("id", \.id),
    Field("uuid", \.uuid, since: "2.41"),
    Field("name", \.name),
    Field("availability_zone", \.zone),
    Field("created_at", { $0.createdAt.text(.microseconds) }),
    Field("updated_at", { $0.updatedAt?.text(.microseconds) }),
    Field("deleted_at", { _ in JSON.null }),
    Field("deleted", { _ in false }),
  ])

  private static let view =
    created + [
      Field("hosts") { aggregate, _, json in json.raw(aggregate.hosts) },
      Field("metadata") { aggregate, _, json in json.raw(aggregate.metadata) },
    ]

  private static let operation = "os_compute_api:os-aggregates:"

  private static let zoneName = Schema.anyOf([.string(1...255, format: .zone), .null])

  private static let paddedName = Schema.string(format: .paddedName).and(Schema.string(1...255).check)

  private static let changed = Schema.object([Property("name", paddedName), Property("availability_zone", zoneName)])

  private static let change = changed.and { value, _ in
    guard value["name"] == nil, value["availability_zone"] == nil else { return nil }
    return Violation(value, "\(value.pythonRepresentation) is not valid under any of the given schemas")
  }

  private static let values = Schema.string(0...255).orNull

  private static func action(_ name: String, _ body: [Property], run: @escaping Handler) -> Route {
    .action(
      "/os-aggregates/:id/action", name, operation + name, .admin, access: .token, body: Body(name, body),
      returns: 200, run: run)
  }

  private static let hostName: [Property] = [.string("host", 1...255, format: .hostName, .required)]

  static let routes: [Route] = [
    .get("/os-aggregates", operation + "index", .admin, query: .empty, run: index),
    .post(
      "/os-aggregates", operation + "create", .admin,
      body: Body(
        "aggregate", [.string("name", 1...255, format: .name, .required), Property("availability_zone", zoneName)]),
      returns: 200, run: create),
    .get("/os-aggregates/:id", operation + "show", .admin, query: .empty, run: show),
    .put("/os-aggregates/:id", operation + "update", .admin, body: Body("aggregate", change), run: update),
    .delete("/os-aggregates/:id", operation + "delete", .admin, returns: 200, run: delete),
    action("add_host", hostName, run: addHost),
    action("remove_host", hostName, run: removeHost),
    action(
      "set_metadata", [Property("metadata", .map(values, name: .metadataKey), .required)], run: setMetadata),
    .post(
      "/os-aggregates/:id/images", "compute:aggregates:images", .admin, since: "2.81",
      body: Body("cache", .array(.object([.string("id", format: .uuid, .required)]), count: 1...Int.max)),
      run: cacheImages),
  ]
}

extension Aggregate {
  private static func answer(_ aggregate: Aggregate, in view: View<Aggregate> = view, _ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.key("aggregate")
      projection.write(aggregate, to: &json)
    }
  }

  private static func index(_ call: Call) throws -> Response {
    let aggregates = try call.world.read { try all($0) }
    let projection = view.projection(for: call)
    return .json { json in
      json.array("aggregates") { json in
        for aggregate in aggregates { projection.write(aggregate, to: &json) }
      }
    }
  }

  static func all(_ db: Connection) throws -> [Aggregate] {
    try db.query("SELECT \(columns) FROM aggregates ORDER BY id")
  }

  private static func show(_ call: Call) throws -> Response { answer(try call.world.read { try find(call, $0) }, call) }

  /// The aggregate of the path.
  static func find(_ call: Call, _ db: Connection) throws -> Aggregate {
    let text = call.parameter("id")
    guard let id = Int(text) else { throw Fault.badRequest("Invalid input received: id must be an integer") }
    let found: Aggregate? = try db.first("SELECT \(columns) FROM aggregates WHERE id = ?", id)
    guard let found else { throw Fault.notFound("Aggregate \(text) could not be found.") }
    return found
  }

  private static func refuse(_ name: String, besides id: Int = 0, _ db: Connection) throws {
    guard try db.exists("SELECT 1 FROM aggregates WHERE name = ? AND id <> ?", name, id) else { return }
    throw Fault.conflict("Aggregate \(name) already exists.")
  }

  private static func create(_ call: Call) async throws -> Response {
    let name = call.input["name"]?.text ?? ""
    let metadata: JSON = call.input["availability_zone"]?.text.map { ["availability_zone": .string($0)] } ?? [:]
    let uuid = call.world.identifiers.uuid()
    let aggregate = try await call.world.write { db in
      try refuse(name, db)
      try db.execute(
        "INSERT INTO aggregates (uuid, name, metadata, created_at) VALUES (?, ?, ?, ?)", uuid, name, metadata.jsonText,
        call.now.microseconds)
      return try db.first("SELECT \(columns) FROM aggregates WHERE uuid = ?", uuid, as: Aggregate.self)
    }
    guard let aggregate else { throw Fault.unexpected }
    return answer(aggregate, in: created, call)
  }

  /// Stores what changed, and reads it again. Hosts and metadata have rows of their own in Nova, which do not touch the
  /// aggregate's; a name that stays is no change either.
  func store(
    name: String? = nil, hosts: [String]? = nil, items: JSONObject? = nil, _ call: Call, _ db: Connection
  )
    throws -> Aggregate
  {
    let isRenamed = name != nil && name != self.name
    try db.execute(
      "UPDATE aggregates SET name = ?, hosts = ?, metadata = ?, updated_at = ? WHERE id = ?", name ?? self.name,
      hosts?.jsonText ?? self.hosts, items.map { JSON.object($0).jsonText } ?? metadata,
      isRenamed ? call.now.microseconds : updatedAt?.microseconds, id)
    var changed = try Self.find(call, db)
    // The answer to a change of the metadata says now, and nobody sees that again (nova.compute.api,
    // `update_aggregate_metadata`).
    if items != nil { changed.updatedAt = call.now }
    return changed
  }

  static func change(
    _ call: Call, _ body: @escaping @Sendable (Aggregate, Connection) throws -> Aggregate
  ) async throws -> Response {
    answer(try await call.world.write { db in try body(find(call, db), db) }, call)
  }

  private static func update(_ call: Call) async throws -> Response {
    try await change(call) { aggregate, db in
      let name = call.input["name"]?.text.map(\.trimmed)
      if let name { try refuse(name, besides: aggregate.id, db) }
      guard let zone = call.input["availability_zone"] else { return try aggregate.store(name: name, call, db) }
      try aggregate.refuse(zone, "Cannot update aggregate", db, call.world)
      var items = aggregate.items
      items["availability_zone"] = zone
      return try aggregate.store(name: name, items: items, call, db)
    }
  }

  /// `null` takes a key away.
  private static func setMetadata(_ call: Call) async throws -> Response {
    try await change(call) { aggregate, db in
      var items = aggregate.items
      for (key, value) in call.input["metadata"]?.object?.members ?? [] {
        if key == "availability_zone" {
          try aggregate.refuse(value, "Cannot update metadata of aggregate", db, call.world)
        }
        items[key] = value.isNull ? JSON?.none : value
      }
      return try aggregate.store(items: items, call, db)
    }
  }

  /// Nova's `is_safe_to_update_az`: a host is in one zone, and does not change it under its servers.
  private func refuse(_ zone: JSON, _ what: String, _ db: Connection, _ world: World) throws {
    func refusal(_ reason: String) -> Fault { .badRequest("\(what) \(id). Reason: \(reason).") }
    guard let text = zone.text, !text.isEmpty else {
      throw refusal("Aggregate \(name) does not support empty named availability zone")
    }
    guard hostNames.contains(world.compute.host) else { return }
    let others = try otherZones(than: text, db, world)
    if !others.isEmpty { throw refusal(Self.conflict(others)) }
    if text != self.zone, try Self.hasServers(db) {
      throw refusal("One or more hosts contain instances in this zone")
    }
  }

  static func conflict(_ zones: [String]) -> String {
    "One or more hosts already in availability zone(s) \(JSON.array(zones.map(JSON.string)).pythonRepresentation)"
  }

  /// The zones that the host is in by other aggregates.
  func otherZones(than zone: String, _ db: Connection, _ world: World) throws -> [String] {
    try Self.all(db).filter { $0.id != id && $0.hostNames.contains(world.compute.host) }.compactMap(\.zone)
      .filter { $0 != zone }
  }

  private static func hasServers(_ db: Connection) throws -> Bool { (try QuotaUsage.ofAll(db)?.instances ?? 0) > 0 }

  private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let aggregate = try find(call, db)
      guard aggregate.hostNames.isEmpty else {
        throw Fault.badRequest(
          "Cannot remove host from aggregate \(aggregate.id). Reason: Host aggregate is not empty.")
      }
      try db.execute("DELETE FROM aggregates WHERE id = ?", aggregate.id)
    }
    return .empty
  }
}

extension StringFormat {
  /// A name that may have blanks at its ends, which are dropped.
  static let paddedName = StringFormat(isWholeMessage: true) { text in
    isPrintable(text) && !text.trimmed.isEmpty
  } message: { _ in
    "An invalid 'name' value was provided. The name must be: printable characters with at least one non space character"
  }.trimmedIfLenient()

  /// A zone's name: a name without colons.
  static let zone = StringFormat(isWholeMessage: true) { text in
    name.accepts(text) && !text.utf8.contains(UInt8(ascii: ":"))
  } message: { _ in
    "An invalid 'availability_zone' value was provided. The name must be: printable characters except :. Can not start "
      + "or end with whitespace."
  }.trimmedIfLenient()
}
