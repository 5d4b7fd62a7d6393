import OpenStackAPI
import Persistence

/// The end of a server, at once or after an interval in which it can be restored (Compute API, "Delete Server",
/// "Force-Delete Server", "Restore Soft-Deleted Instance").
extension Server {
  static let deferred: [Route] = [
    .action("/servers/:id/action", "forceDelete", "os_compute_api:os-deferred-delete:force") { call in
      try await end(by: { _ in .delete }, call)
    }.makingRoom,
    .action("/servers/:id/action", "restore", "os_compute_api:os-deferred-delete:restore", run: restore),
  ]

  /// `DELETE /servers/{id}`: with an interval of reclaim, a server that ran can be restored.
  static func delete(_ call: Call) async throws -> Response {
    let isDeferred = call.world.compute.reclaimInstanceInterval > 0
    return try await end(by: { isDeferred && $0.launchedAt != nil ? .softDelete : .delete }, call)
  }

  /// Nova takes a request to delete what is being deleted, and does nothing.
  private static func end(
    by lifecycle: @escaping @Sendable (Server) -> ServerLifecycle, _ call: Call
  ) async throws -> Response {
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      let lifecycle = lifecycle(server)
      try lifecycle.check(server, call)
      if server.state.task == .deleting || server.state.task == .softDeleting { return }
      try discardShelvedImage(of: server.id, db, call.world)
      try lifecycle.begin(server.id, call, db)
    }
    return .empty
  }

  /// A deleted server waits for the end of the interval.
  static func awaitReclaim(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try ServerLifecycle.reclaim.plan(
      transition.resource, after: .seconds(world.compute.reclaimInstanceInterval), db, world)
  }

  private static func restore(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try ServerLifecycle.restore.check(server, call)
      try QuotaCheck(project: server.projectID, user: server.userID, db, call.world).reserve(
        instances: 1, cores: server.flavor.vcpus, ram: server.flavor.ram)
      try ServerLifecycle.restore.begin(server.id, call, db)
    }
    return .empty
  }
}
