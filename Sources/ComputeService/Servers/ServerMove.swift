import OpenStackAPI
import Persistence

/// What became of a server's resize or migration, as administrators follow it (Compute API, "Migrations").
struct ServerMove: Sendable, RowDecodable {
  let id: Int
  let uuid, server, projectID, userID, type, status: String
  let oldFlavor, newFlavor: Int?
  let source, destination: String?
  let createdAt: Timestamp
  let updatedAt: Timestamp?

  static let columns = """
    id, uuid, instance_uuid, project_id, user_id, migration_type, status, old_flavor, new_flavor, source_compute, \
    dest_compute, created_at, updated_at
    """

  init(row: inout Row) throws {
    id = try row.next()
    uuid = try row.next()
    server = try row.next()
    projectID = try row.next()
    userID = try row.next()
    type = try row.next()
    status = try row.next()
    oldFlavor = try row.next()
    newFlavor = try row.next()
    source = try row.next()
    destination = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  static let migration = """
    CREATE TABLE server_moves (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      uuid TEXT NOT NULL UNIQUE,
      instance_uuid TEXT NOT NULL,
      project_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      migration_type TEXT NOT NULL,
      status TEXT NOT NULL,
      old_flavor INTEGER,
      new_flavor INTEGER,
      source_compute TEXT,
      dest_compute TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER
    ) STRICT;
    CREATE INDEX server_moves_by_creation ON server_moves (created_at, id);
    CREATE INDEX server_moves_by_server ON server_moves (instance_uuid, status);
    CREATE INDEX server_moves_by_project ON server_moves (project_id, created_at, id);
    """
}

extension ServerMove {
  /// Begins the record of a move, from a flavor to the one that the server is to have.
  static func record(
    _ type: String, _ status: String, of server: Server, from old: String?, to new: String?, on host: String?,
    _ db: Connection, _ world: World
  ) throws {
    try db.execute(
      """
      INSERT INTO server_moves (uuid, instance_uuid, project_id, user_id, migration_type, status, old_flavor,
        new_flavor, source_compute, dest_compute, created_at)
      VALUES (?, ?, ?, ?, ?, ?, (SELECT id FROM flavors WHERE flavorid = ?), (SELECT id FROM flavors WHERE flavorid = ?),
        ?, ?, ?)
      """, world.identifiers.uuid(), server.id, server.projectID, server.userID, type, status, old, new,
      server.host, host, world.now.microseconds)
  }

  /// What was in one status is in another now.
  static func advance(_ server: String, from old: String, to new: String, _ db: Connection, _ world: World) throws {
    try db.execute(
      "UPDATE server_moves SET status = ?, updated_at = ? WHERE instance_uuid = ? AND status = ?", new,
      world.now.microseconds, server, old)
  }
}

extension ServerMove {
  private static func host(_ name: StaticString, _ value: @escaping @Sendable (ServerMove) -> String?)
    -> Field<ServerMove>
  {
    Field(name) { move, call, json in
      let isShown = call.isAllowed("os_compute_api:os-migrations:index:host")
      (isShown ? value(move) : nil).write(to: &json)
    }
  }

  private static let view = View<ServerMove>([
    Field("id", \.id),
    Field("uuid", \.uuid, since: "2.59"),
    host("source_compute", \.source),
    host("dest_compute", \.destination),
    host("source_node", \.source),
    host("dest_node", \.destination),
    host("dest_host", { $0.destination.map { _ in "127.0.0.1" } }),
    Field("old_instance_type_id", \.oldFlavor),
    Field("new_instance_type_id", \.newFlavor),
    Field("instance_uuid", \.server),
    Field("status", \.status),
    Field("migration_type", \.type, since: "2.23"),
    Field("user_id", \.userID, since: "2.80"),
    Field("project_id", \.projectID, since: "2.80"),
    Field("created_at", { $0.createdAt.text(.microseconds) }),
    Field("updated_at", { $0.updatedAt?.text(.microseconds) }),
  ])

  /// Filters that name a column.
  private static let exact = ["instance_uuid", "source_compute", "status", "migration_type", "user_id", "project_id"]

  private static let query = Query(
    ["hidden", "host", "instance_uuid", "source_compute", "status", "migration_type"].map { QueryParameter($0) }
      + QueryParameter.paging(since: "2.59", single: true) + [
        QueryParameter("changes-since", .string(format: .dateTime), since: "2.59", single: true),
        QueryParameter("changes-before", .string(format: .dateTime), since: "2.66", single: true),
        QueryParameter("user_id", since: "2.80", single: true),
        QueryParameter("project_id", since: "2.80", single: true),
      ], refusesUnknownSince: "2.59")

  static let routes: [Route] = [
    .get("/os-migrations", "os_compute_api:os-migrations:index", .projectManager, query: query, run: index)
  ]

  /// Managers may ask for their own project's alone, by name.
  private static func index(_ call: Call) throws -> Response {
    let own = try call.caller.projectID
    let named = QueryParameters(parsing: call.exchange.request.query)["project_id"]
    if named == nil || named != own { try call.authorize(rule: "os_compute_api:os-migrations:index:all_projects") }
    var listing = Listing(columns, from: "server_moves", key: "uuid")
    listing.conditions = try Changes(call.query).conditions
    // Before 2.80 the schema let the project pass, and Nova filtered by it.
    if let named { listing.conditions.append(Condition("project_id = ?", named)) }
    for name in exact where name != "project_id" {
      if let value = call.query[name] { listing.conditions.append(Condition("\(name) = ?", value)) }
    }
    if let host = call.query["host"] {
      listing.conditions.append(Condition("(source_compute = ? OR dest_compute = ?)", host, host))
    }
    let isNewestFirst = call.version >= "2.59"
    listing.order = [
      SortOrder("created_at", descending: isNewestFirst), SortOrder("id", descending: isNewestFirst),
    ]
    return try Collection<ServerMove>(
      name: "migrations", linksName: "migrations_links", path: "/os-migrations", listing: listing, id: \.uuid,
      unknownMarker: { "Marker \($0) could not be found." }, linksSince: "2.59"
    ).page(view, call)
  }
}
