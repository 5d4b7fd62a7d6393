import OpenStackAPI
import Persistence

/// Words that a user sorts servers by (Compute API, "Server tags").
enum ServerTags {
  private static let path = "/servers/:server_id/tags"
  private static let operation = "os_compute_api:os-server-tags:"
  private static let tag = Schema.string(1...60, format: .tag)
  private static let maximum = 50

  static let routes: [Route] = [
    .get(path, operation + "index", .projectReader, since: "2.26", access: .resource, run: index),
    .put(
      path, operation + "update_all", .projectMember, since: "2.26", access: .resource,
      body: Body("tags", .array(tag, count: 0...maximum)), run: replace),
    .delete(path, operation + "delete_all", .projectMember, since: "2.26", access: .resource, run: deleteAll),
    .get(
      path + "/:tag", operation + "show", .projectReader, since: "2.26", access: .resource, returns: 204, run: show),
    .put(
      path + "/:tag", operation + "update", .projectMember, since: "2.26", access: .resource,
      body: Body(unwrapped: .null), returns: 201, run: update),
    .delete(path + "/:tag", operation + "delete", .projectMember, since: "2.26", access: .resource, run: delete),
  ]

  /// The server of the path. Nova looks it up among all projects', and only then asks whether the caller may.
  private static func find(_ call: Call, _ db: Connection) throws -> Server {
    let id = call.parameter("server_id")
    let found: Server? = try db.first("SELECT \(Server.columns) FROM servers WHERE uuid = ?", id)
    guard let found else { throw Fault.notFound("Instance \(id) has no mapping to a cell.") }
    try call.authorize(["project_id": found.projectID, "user_id": found.userID])
    guard !found.isDeleted else { throw Fault.notFound("Instance \(id) could not be found.") }
    return found
  }

  private static func tags(of server: Server) -> [String] {
    JSON(stored: server.tags)?.array?.compactMap(\.text) ?? []
  }

  private static func index(_ call: Call) throws -> Response {
    let server = try call.world.read { try find(call, $0) }
    return .json { json in
      json.key("tags")
      json.raw(server.tags)
    }
  }

  private static func show(_ call: Call) throws -> Response {
    let server = try call.world.read { try find(call, $0) }
    let tag = call.parameter("tag")
    guard tags(of: server).contains(tag) else { throw Fault.notFound("Server \(server.id) has no tag '\(tag)'") }
    return .empty
  }

  private static let writable: Set<VMState> = [.active, .paused, .suspended, .stopped]

  /// Changes the tags of the server of the path, in the states in which Nova lets it. Locks do not matter here.
  private static func change(
    _ verb: String, _ call: Call, _ body: @escaping @Sendable (Server, [String]) throws -> [String]
  ) async throws -> (before: [String], after: [String]) {
    try await call.world.write { db in
      let server = try find(call, db)
      guard writable.contains(server.state.vm) else {
        throw Fault.conflict(
          "Cannot '\(verb)' instance \(server.id) while it is in vm_state \(server.state.vm.rawValue)",
          reason: .state)
      }
      let before = tags(of: server)
      let after = try Set(body(server, before)).sorted()
      try db.execute("UPDATE servers SET tags = ? WHERE id = ?", after.jsonText, server.row)
      return (before, after)
    }
  }

  private static func replace(_ call: Call) async throws -> Response {
    let given = call.input.array?.compactMap(\.text) ?? []
    let tags = try await change("update tags", call) { _, _ in given }.after
    return .json { json in json.member("tags", tags) }
  }

  /// A tag that is there already is no news: 204. Nova counts before it looks.
  private static func update(_ call: Call) async throws -> Response {
    let tag = call.parameter("tag")
    let (before, _) = try await change("update tag", call) { _, tags in
      try refuse(tag, call.version)
      guard tags.count < maximum else {
        throw Fault.badRequest("The number of tags exceeded the per-server limit \(maximum)")
      }
      return tags + [tag]
    }
    guard !before.contains(tag) else { return Response(status: 204) }
    let place = call.parameter("server_id") + "/tags/" + tag.percentEncoded
    return Response(headers: [("Location", call.link("/servers/", place))])
  }

  private static func refuse(_ given: String, _ version: Version) throws {
    guard let violation = tag.check(.string(given), version) else { return }
    throw Fault.badRequest(
      "Tag '\(given)' is invalid. It must be a non empty string without characters '/' and ','. Validation error "
        + "message: \(violation.detail)")
  }

  private static func delete(_ call: Call) async throws -> Response {
    let tag = call.parameter("tag")
    _ = try await change("delete tag", call) { server, tags in
      guard tags.contains(tag) else { throw Fault.notFound("Instance \(server.id) has no tag '\(tag)'") }
      return tags.filter { $0 != tag }
    }
    return .empty
  }

  private static func deleteAll(_ call: Call) async throws -> Response {
    _ = try await change("delete tags", call) { _, _ in [] }
    return .empty
  }
}
