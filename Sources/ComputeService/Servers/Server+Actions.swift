import OpenStackAPI
import Persistence

extension Server {
  private static func route(
    _ name: String, _ operation: String, _ rule: PolicyRule = .projectMember, body: Body? = nil,
    returns: ByVersion<Int> = 202, run: @escaping Handler
  ) -> Route {
    .action("/servers/:id/action", name, operation, rule, body: body, returns: returns, run: run)
  }

  /// An action that does nothing but go its way.
  private static func route(
    _ name: String, _ operation: String, _ rule: PolicyRule = .projectMember, _ lifecycle: ServerLifecycle
  ) -> Route {
    route(name, operation, rule) { call in try await begin(lifecycle, call) }
  }

  static let actionRoutes: [Route] =
    plainRoutes + rebuilding + shelving + rescuing + backups + deferred + moves + guestRoutes

  private static let plainRoutes: [Route] = [
    route("os-start", "os_compute_api:servers:start", .projectMember, ServerLifecycle.start),
    route("os-stop", "os_compute_api:servers:stop", .projectMember, ServerLifecycle.stop),
    route("pause", "os_compute_api:os-pause-server:pause", .projectMember, ServerLifecycle.pause),
    route("unpause", "os_compute_api:os-pause-server:unpause", .projectMember, ServerLifecycle.unpause),
    route("suspend", "os_compute_api:os-suspend-server:suspend", .projectMember, ServerLifecycle.suspend),
    route("resume", "os_compute_api:os-suspend-server:resume", .projectMember, ServerLifecycle.resume),
    route("reboot", "os_compute_api:servers:reboot", body: rebootBody, run: reboot),
    route("resize", "os_compute_api:servers:resize", body: resizeBody, run: resize),
    route("confirmResize", "os_compute_api:servers:confirm_resize", returns: 204) { call in
      try await endResize(.confirmResize, call)
    },
    route("revertResize", "os_compute_api:servers:revert_resize") { call in
      try await endResize(.revertResize, call)
    },
    route("createImage", "os_compute_api:servers:create_image", body: snapshotBody, run: createImage),
    route(
      "os-getConsoleOutput", "os_compute_api:os-console-output", body: consoleBody, returns: 200,
      run: ConsoleLog.show),
    route("lock", "os_compute_api:os-lock-server:lock", body: lockBody, run: lock),
    route("unlock", "os_compute_api:os-lock-server:unlock", run: unlock),
    route("os-resetState", "os_compute_api:os-admin-actions:reset_state", .admin, body: resetBody, run: resetState),
  ]

  private static let rebootBody = Body(
    "reboot", [Property("type", .string(in: ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]), .required)])
  private static let resizeBody = Body(
    "resize",
    [
      Property("flavorRef", ServerInput.flavorRef, .required), .string("OS-DCF:diskConfig", in: ["AUTO", "MANUAL"]),
    ])
  private static let snapshotBody = Body(
    "createImage", [.string("name", 1...255, format: .name, .required), Property("metadata", .metadata)])
  private static let consoleBody = Body(
    "os-getConsoleOutput", [Property("length", Schema.integerOrDigits(-1...Int.max).orNull)])
  /// Until 2.73 brought the reason, nobody looked at what came with a lock.
  private static let lockBody = Body(
    "lock",
    .byVersion { $0 < "2.73" ? .any : Schema.object([.string("locked_reason", 1...255)]).orNull })
  private static let resetBody = Body("os-resetState", [.string("state", in: ["active", "error"], .required)])

  /// Begins an action on the server of the path, if it is allowed now.
  static func begin(_ lifecycle: ServerLifecycle, _ call: Call) async throws -> Response {
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try server.begin(lifecycle, call, db)
    }
    return .empty
  }

  /// Begins an action, if it is allowed now.
  func begin(_ lifecycle: ServerLifecycle, _ call: Call, _ db: Connection) throws {
    try lifecycle.check(self, call)
    try lifecycle.begin(id, call, db)
  }

  private static func reboot(_ call: Call) async throws -> Response {
    let isHard = call.input["type"]?.text?.uppercased() == "HARD"
    return try await begin(isHard ? .rebootHard : .rebootSoft, call)
  }

  private static func lock(_ call: Call) async throws -> Response {
    let reason = call.input["locked_reason"]?.text
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      let isOwner = try call.caller.projectID == server.projectID
      guard server.lockedBy == nil || !isOwner else { return }
      try db.execute(
        "UPDATE servers SET locked_by = ?, locked_reason = ?, updated_at = ? WHERE id = ?",
        isOwner ? "owner" : "admin", reason,
        call.now.microseconds, server.row)
      try InstanceAction.record(.init("lock", "api_lock"), of: server.id, isDone: true, call, db)
    }
    return .empty
  }

  private static func unlock(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      if server.lockedBy == "admin" {
        try call.authorize(
          ["project_id": server.projectID, "user_id": server.userID],
          rule: "os_compute_api:os-lock-server:unlock:unlock_override")
      }
      try db.execute(
        "UPDATE servers SET locked_by = NULL, locked_reason = NULL, updated_at = ? WHERE id = ?",
        call.now.microseconds, server.row)
      try InstanceAction.record(.init("unlock", "api_unlock"), of: server.id, isDone: true, call, db)
    }
    return .empty
  }

  private static func resetState(_ call: Call) async throws -> Response {
    let state = call.input["state"]?.text == "active" ? VMState.active : .error
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try Transition.cancel(db, kind: ServerLifecycle.kind, resource: server.id)
      try InstanceAction.abandon(of: server.id, db, call.world)
      try InstanceAction.record(.init("resetState"), of: server.id, isDone: true, call, db)
      try db.execute(
        "UPDATE servers SET vm_state = ?, task_state = NULL, updated_at = ? WHERE id = ?", state.rawValue,
        call.now.microseconds, server.row)
    }
    return .empty
  }
}
