import OpenStackAPI
import Persistence

/// Keys and values that a user keeps with a server (Compute API, "Server metadata").
enum ServerMetadata {
  static let routes: [Route] = [
    .get(
      "/servers/:server_id/metadata", "os_compute_api:server-metadata:index", .projectReader, access: .resource,
      query: .empty, run: index),
    .post(
      "/servers/:server_id/metadata", "os_compute_api:server-metadata:create", .projectMember, access: .resource,
      body: Body("metadata", .metadata), returns: 200, run: create),
    .put(
      "/servers/:server_id/metadata", "os_compute_api:server-metadata:update_all", .projectMember, access: .resource,
      body: Body("metadata", .metadata), run: replace),
    .get(
      "/servers/:server_id/metadata/:key", "os_compute_api:server-metadata:show", .projectReader, access: .resource,
      query: .empty, run: show),
    .put(
      "/servers/:server_id/metadata/:key", "os_compute_api:server-metadata:update", .projectMember,
      access: .resource, body: Body("meta", oneItem), run: update),
    .delete(
      "/servers/:server_id/metadata/:key", "os_compute_api:server-metadata:delete", .projectMember,
      access: .resource, query: .empty, run: delete),
  ]

  private static let oneItem = Schema.object(
    [], additional: .matching(.string(0...255), name: .metadataKey), atMost: 1, atLeast: 1)

  private static func items(_ server: Server) -> JSONObject {
    JSON(stored: server.metadata)?.object ?? JSONObject()
  }

  private static func read(_ call: Call) throws -> JSONObject {
    try items(call.world.read { try Server.find(call.parameter("server_id"), call, $0) })
  }

  private static func index(_ call: Call) throws -> Response {
    let items = try read(call)
    return .json { json in json.member("metadata", JSON.object(items)) }
  }

  private static func show(_ call: Call) throws -> Response {
    let key = call.parameter("key")
    guard let value = try read(call)[key] else { throw missing }
    return .json { json in json.member("meta", JSON.object(JSONObject([(key, value)]))) }
  }

  private static let missing = Fault.notFound("Metadata item was not found")

  private static func create(_ call: Call) async throws -> Response {
    let all = try await change(call) { items in
      for (key, value) in call.input.object?.members ?? [] { items[key] = value }
    }
    return .json { json in json.member("metadata", JSON.object(all)) }
  }

  private static func replace(_ call: Call) async throws -> Response {
    let all = try await change(call) { items in items = call.input.object ?? JSONObject() }
    return .json { json in json.member("metadata", JSON.object(all)) }
  }

  private static func update(_ call: Call) async throws -> Response {
    let key = call.parameter("key")
    guard let value = call.input[key] else { throw Fault.badRequest("Request body and URI mismatch") }
    _ = try await change(call) { items in items[key] = value }
    return .json { json in json.member("meta", JSON.object(JSONObject([(key, value)]))) }
  }

  private static func delete(_ call: Call) async throws -> Response {
    let key = call.parameter("key")
    _ = try await change(call) { items in
      guard items[key] != nil else { throw missing }
      items[key] = nil
    }
    return .empty
  }

  private static let writable: Set<VMState> = [.active, .paused, .suspended, .stopped]

  /// Changes the items of the server of the path; Nova takes changes in four states, whatever the task.
  private static func change(
    _ call: Call, _ body: @escaping @Sendable (inout JSONObject) throws -> Void
  ) async throws -> JSONObject {
    try await call.world.write { db in
      let server = try Server.find(call.parameter("server_id"), call, db)
      try server.refuseLocked(call)
      guard writable.contains(server.state.vm) else {
        let verb = call.route.method == .delete ? "delete metadata" : "update metadata"
        throw Fault.conflict(
          "Cannot '\(verb)' instance \(server.id) while it is in vm_state \(server.state.vm.rawValue)",
          reason: .state)
      }
      var items = items(server)
      try body(&items)
      let limits = try QuotaLimits.of(call, db)
      guard limits.allow(items.members.count, of: .metadataItems) else {
        throw Fault.forbidden(
          "Maximum number of metadata items exceeds \(limits[.metadataItems])", reason: .quota)
      }
      try db.execute(
        "UPDATE servers SET metadata = ?, updated_at = ? WHERE id = ?", JSON.object(items).jsonText,
        call.now.microseconds, server.row)
      return items
    }
  }
}
