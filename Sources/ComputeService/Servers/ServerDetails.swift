import OpenStackAPI
import Persistence

/// What can be asked of a server besides itself, where a cloud without guests' passwords and a second host has
/// little to say (Compute API, "Servers password", "Server topology", "Migrations").
enum ServerDetails {
  static let routes: [Route] = [
    .get(
      "/servers/:server_id/os-server-password", "os_compute_api:os-server-password:show", .projectReader,
      access: .resource, query: .empty
    ) { call in
      _ = try server(call)
      return .json { json in json.member("password", "") }
    },
    .delete(
      "/servers/:server_id/os-server-password", "os_compute_api:os-server-password:clear", .projectMember,
      access: .resource
    ) { call in
      _ = try server(call)
      return .empty
    },
    .get(
      "/servers/:server_id/topology", "compute:server:topology:index", .projectReader, since: "2.78",
      access: .resource, query: .empty, run: NUMATopology.show),
    .get(
      "/servers/:server_id/migrations", "os_compute_api:servers:migrations:index", .projectManager, since: "2.23",
      access: .resource, query: .empty
    ) { call in
      _ = try server(call)
      return .json { json in json.array("migrations") { _ in } }
    },
    .get(
      "/servers/:server_id/migrations/:id", "os_compute_api:servers:migrations:show", .admin, since: "2.23",
      access: .resource, query: .empty
    ) { call in
      let server = try server(call)
      throw Fault.notFound(
        "In-progress live migration \(call.parameter("id")) is not found for server \(server.id).")
    },
    .delete(
      "/servers/:server_id/migrations/:id", "os_compute_api:servers:migrations:delete", .projectManager,
      since: "2.24", access: .resource, returns: 202, run: abort),
    .action(
      "/servers/:server_id/migrations/:id/action", "force_complete",
      "os_compute_api:servers:migrations:force_complete", .projectManager, since: "2.22",
      body: Body("force_complete", .null), run: forceComplete),
  ]

  static func server(_ call: Call) throws -> Server {
    try call.world.read { try Server.find(call.parameter("server_id"), call, $0) }
  }

  /// The server of the path, which no live migration keeps busy: whatever is to be done to one is refused.
  private static func unmoved(_ call: Call, verb: String) throws -> Server {
    let server = try server(call)
    try server.refuseLocked(call)
    guard server.state.task == .migrating else {
      let task = server.state.task?.rawValue ?? "None"
      throw Fault.conflict(
        "Cannot '\(verb)' instance \(server.id) while it is in task_state \(task)", reason: .state)
    }
    return server
  }

  private static func missing(_ server: Server, _ call: Call) -> String {
    "Migration \(call.parameter("id")) not found for instance \(server.id)"
  }

  private static func abort(_ call: Call) throws -> Response {
    throw Fault.notFound(missing(try unmoved(call, verb: "abort live migration"), call))
  }

  private static func forceComplete(_ call: Call) throws -> Response {
    throw Fault.badRequest(missing(try unmoved(call, verb: "force_complete"), call))
  }
}
