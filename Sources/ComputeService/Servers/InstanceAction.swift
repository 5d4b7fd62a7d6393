import OpenStackAPI
import Persistence

/// What was asked of a server and what came of it (Compute API, "Servers actions": `os-instance-actions`).
struct InstanceAction: Sendable, RowDecodable {
  let id: Int
  let serverID, action, requestID: String
  let userID, projectID: String?
  let startedAt: Timestamp
  let finishedAt: Timestamp?
  let updatedAt: Timestamp
  /// `Error` where it failed.
  let message: String?
  /// What Nova's services did for it: the names of the events, in their order, with commas between.
  let events: String
  let host: String?
  /// What an error says.
  let details: String?

  static let columns = """
    id, server_uuid, action, request_id, user_id, project_id, start_time, finish_time, updated_at, message, events, \
    host, details
    """

  init(row: inout Row) throws {
    id = try row.next()
    serverID = try row.next()
    action = try row.next()
    requestID = try row.next()
    userID = try row.next()
    projectID = try row.next()
    startedAt = try row.next()
    finishedAt = try row.next()
    updatedAt = try row.next()
    message = try row.next()
    events = try row.next()
    host = try row.next()
    details = try row.next()
  }

  static let migration = """
    CREATE TABLE instance_actions (
      id INTEGER PRIMARY KEY,
      server_uuid TEXT NOT NULL,
      action TEXT NOT NULL,
      request_id TEXT NOT NULL,
      user_id TEXT,
      project_id TEXT,
      start_time INTEGER NOT NULL,
      finish_time INTEGER,
      updated_at INTEGER NOT NULL,
      message TEXT,
      events TEXT NOT NULL,
      host TEXT,
      details TEXT
    ) STRICT;
    CREATE INDEX instance_actions_by_server ON instance_actions (server_uuid, start_time, id);
    """

  /// What an action works with, such as the image that it makes.
  static let migrationOfPayload = "ALTER TABLE instance_actions ADD COLUMN payload TEXT NOT NULL DEFAULT '{}';"

  /// What an action leaves in the log: Nova's name for it, and those of its events (nova.compute.instance_actions; the
  /// `wrap_instance_event` decorators).
  struct Entry: Sendable {
    let action: String
    let events: [String]

    init(_ action: String, _ events: String...) { (self.action, self.events) = (action, events) }
  }
}

extension InstanceAction {
  private static let view = View<InstanceAction>([
    Field("action", \.action),
    Field("instance_uuid", \.serverID),
    Field("request_id", \.requestID),
    Field("user_id", \.userID),
    Field("project_id", \.projectID),
    Field("start_time", { $0.startedAt.text(.microseconds) }),
    Field("message", \.message),
    Field("updated_at", { $0.updatedAt.text(.microseconds) }, since: "2.58"),
  ])

  /// One step of an action, as one of Nova's services took it.
  private struct Event: Sendable {
    let name: String
    let action: InstanceAction
    /// The server's project, for actions of nobody's.
    let project: String
  }

  private static let eventView = View<Event>([
    Field("event", \.name),
    Field("start_time", { $0.action.startedAt.text(.microseconds) }),
    Field("finish_time", { $0.action.finishedAt?.text(.microseconds) }),
    Field("result", { $0.action.result }),
    Field("traceback", { _ in JSON.null }, policy: eventsRule),
    Field("host", { $0.action.host }, since: "2.62", policy: eventsRule),
    Field("hostId", { Server.hostID(of: $0.action.host, project: $0.project) }, since: "2.62"),
    Field("details", { $0.action.details }, since: "2.84", policy: detailsRule),
  ])

  static let eventsRule = "os_compute_api:os-instance-actions:events"
  static let detailsRule = "os_compute_api:os-instance-actions:events:details"

  private var result: String? { finishedAt == nil ? nil : message ?? "Success" }

  static let routes: [Route] = [
    .get(
      "/servers/:server_id/os-instance-actions", "os_compute_api:os-instance-actions:list", .projectReader,
      access: .resource, query: listQuery, run: index),
    .get(
      "/servers/:server_id/os-instance-actions/:id", "os_compute_api:os-instance-actions:show", .projectReader,
      access: .resource, query: .empty, run: show),
  ]

  private static let listQuery = Query(
    QueryParameter.paging(since: "2.58", single: true) + [
      QueryParameter("changes-since", .string(format: .dateTime), since: "2.58", single: true),
      QueryParameter("changes-before", .string(format: .dateTime), since: "2.66", single: true),
    ], refusesUnknownSince: "2.58")
}

extension InstanceAction {
  /// The server, whose log outlives it since 2.21.
  private static func subject(_ call: Call, _ db: Connection) throws -> Server {
    try Server.find(call.parameter("server_id"), call, db, evenDeleted: call.version >= "2.21")
  }

  private static func index(_ call: Call) throws -> Response {
    let server = try call.world.read { try subject(call, $0) }
    var listing = Listing(columns, from: "instance_actions", key: "request_id")
    let own = Condition("server_uuid = ?", server.id)
    listing.conditions = try [own] + Changes(call.query).conditions
    listing.order = [SortOrder("start_time", descending: true), SortOrder("id", descending: true)]
    return try Collection<InstanceAction>(
      name: "instanceActions", linksName: "links", path: "/servers/\(server.id)/os-instance-actions",
      listing: listing, markersAmong: [own], id: \.requestID,
      unknownMarker: { "Marker \($0) could not be found." }, linksSince: "2.58"
    ).page(view, call)
  }

  private static func show(_ call: Call) throws -> Response {
    let id = call.parameter("id")
    let (server, action): (Server, InstanceAction?) = try call.world.read { db in
      let server = try subject(call, db)
      let action: InstanceAction? = try db.first(
        "SELECT \(columns) FROM instance_actions WHERE server_uuid = ? AND request_id = ? ORDER BY id DESC LIMIT 1",
        server.id, id)
      return (server, action)
    }
    guard let action else { throw Fault.notFound("Action \(id) not found") }
    let (projection, events) = (view.projection(for: call), eventView.projection(for: call))
    let showsEvents = call.version >= "2.51" || call.isAllowed(eventsRule)
    return .json { json in
      json.object("instanceAction") { json in
        projection.writeMembers(of: action, to: &json)
        guard showsEvents else { return }
        json.array("events") { json in
          for event in action.begun(server.projectID) { events.write(event, to: &json) }
        }
      }
    }
  }

  /// The events so far, the newest first.
  private func begun(_ project: String) -> [Event] {
    let names = events.split(separator: ",").map(String.init)
    let begun = finishedAt == nil ? Array(names.prefix(1)) : names
    return begun.reversed().map { Event(name: $0, action: self, project: projectID ?? project) }
  }
}

extension InstanceAction {
  /// Writes that an action begins, in the transaction that begins it; `isDone` for one that takes no time.
  static func record(
    _ entry: Entry, of server: String, isDone: Bool = false, payload: String = "{}", _ call: Call, _ db: Connection
  ) throws {
    let now = call.now.microseconds
    try db.execute(
      """
      INSERT INTO instance_actions (server_uuid, action, request_id, user_id, project_id, start_time, finish_time,
        updated_at, events, host, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      server, entry.action, call.requestID, try call.caller.user.id, try call.caller.projectID, now,
      isDone ? now : nil, now, entry.events.joined(separator: ","), call.world.compute.host, payload)
  }

  /// The request that began what is under way for a server.
  static func request(of entry: Entry, _ server: String, _ db: Connection) throws -> String? {
    try db.first(
      "SELECT request_id FROM instance_actions WHERE server_uuid = ? AND action = ? AND finish_time IS NULL", server,
      entry.action)
  }

  /// Writes that what was under way for a server ended; with an error's words, that it failed.
  static func finish(_ entry: Entry, of server: String, error: String? = nil, _ db: Connection, _ world: World) throws {
    let now = world.now.microseconds
    try db.execute(
      """
      UPDATE instance_actions SET finish_time = ?, updated_at = ?, message = ?, details = ?
      WHERE server_uuid = ? AND action = ? AND finish_time IS NULL
      """,
      now, now, error == nil ? nil : "Error", error, server, entry.action)
  }

  /// Writes that another action took over from what was under way.
  static func abandon(of server: String, _ db: Connection, _ world: World) throws {
    let now = world.now.microseconds
    try db.execute(
      """
      UPDATE instance_actions SET finish_time = ?, updated_at = ?, message = 'Error'
      WHERE server_uuid = ? AND finish_time IS NULL
      """, now, now, server)
  }
}
