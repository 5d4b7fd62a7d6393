import OpenStackAPI
import Persistence

extension Server {
  static let routes: [Route] = [
    .get("/servers", "os_compute_api:servers:index", .projectReader, query: listQuery, run: list),
    .get("/servers/detail", "os_compute_api:servers:detail", .projectReader, query: listQuery, run: listDetail),
    .post(
      "/servers", "os_compute_api:servers:create", .projectMember, body: ServerInput.creation, returns: 202,
      run: create),
    .get(
      "/servers/:id", "os_compute_api:servers:show", .projectReader, access: .resource, query: .empty, run: show),
    .put(
      "/servers/:id", "os_compute_api:servers:update", .projectMember, access: .resource, body: ServerInput.change,
      run: update),
    .delete(
      "/servers/:id", "os_compute_api:servers:delete", .projectMember, access: .resource, query: .empty, run: delete),
  ]

  private static func show(_ call: Call) throws -> Response {
    let server = try call.world.read { try find(call.parameter("id"), call, $0) }
    return answer(server, in: detail, call)
  }

  static func answer(_ server: Server, in view: View<Server>, _ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.key("server")
      projection.write(server, to: &json)
    }
  }

  private static func update(_ call: Call) async throws -> Response {
    let server = try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try server.apply(call.input, call, db)
      return try find(server.id, call, db)
    }
    return answer(server, in: call.version < "2.75" ? changed : detail, call)
  }

  /// The texts of a server that can change, and their columns.
  static let changeable = [
    ("name", "display_name"), ("accessIPv4", "access_ip_v4"), ("accessIPv6", "access_ip_v6"),
    ("OS-DCF:diskConfig", "auto_disk_config"), ("description", "display_description"), ("hostname", "hostname"),
  ]

  /// Stores the texts that a request gives.
  func store(_ input: JSON, of columns: [(String, String)], _ db: Connection) throws {
    for (member, column) in columns {
      guard let value = input[member] else { continue }
      let text = member == "accessIPv6" ? value.text.map(IPv6.shortened) : value.text
      try db.execute("UPDATE servers SET \(column) = ? WHERE id = ?", text, row)
    }
  }

  private func apply(_ input: JSON, _ call: Call, _ db: Connection) throws {
    try store(input, of: Self.changeable, db)
    if let zone = input["pinned_availability_zone"] { try pin(to: zone.text, db) }
    try db.execute("UPDATE servers SET updated_at = ? WHERE id = ?", call.now.microseconds, row)
  }

  /// A server can be pinned to the zone it is in, or to none.
  private func pin(to zone: String?, _ db: Connection) throws {
    if let zone, zone != availabilityZone {
      throw Fault.conflict(
        "Server can only be pinned to its current availability zone '\(availabilityZone ?? "")', but '\(zone)' was "
          + "requested.")
    }
    try db.execute("UPDATE servers SET pinned_availability_zone = ? WHERE id = ?", zone, row)
  }

  /// Right after the request a server is in no cell yet, and what asks for its host does not find it; after that it is
  /// not ready until it has one.
  func refuseWithoutHost() throws {
    guard host == nil else { return }
    guard state.task != .scheduling else { throw Fault.notFound("Instance \(id) could not be found.") }
    throw Fault.conflict("Instance \(id) is not ready", reason: .state)
  }

  /// A locked server takes orders from administrators only.
  func refuseLocked(_ call: Call) throws {
    guard lockedBy != nil, try !call.caller.isAdmin else { return }
    throw Fault.conflict("Instance \(id) is locked", reason: .state).because([
      "server": .string(id), "locked_by": lockedBy.map(JSON.string) ?? .null,
    ])
  }
}
