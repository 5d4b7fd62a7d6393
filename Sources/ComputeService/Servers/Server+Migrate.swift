import OpenStackAPI
import Persistence

/// Moves to other hosts as a cloud of one host answers them: there is none (Compute API, "Migrate Server", "Live-Migrate
/// Server", "Evacuate Server").
extension Server {
  static let moves: [Route] = [
    .action(
      "/servers/:id/action", "migrate", "os_compute_api:os-migrate-server:migrate", .projectManager,
      body: migrateBody, run: migrate),
    .action(
      "/servers/:id/action", "os-migrateLive", "os_compute_api:os-migrate-server:migrate_live", .projectManager,
      body: liveBody, run: migrateLive),
    .action(
      "/servers/:id/action", "evacuate", "os_compute_api:os-evacuate", .admin, body: evacuateBody, returns: 200,
      run: evacuate),
  ]

  private static let host = Schema.string(1...255, format: .hostName)

  /// Before 2.56 nobody looked at it.
  private static let migrateBody = Body(
    "migrate",
    .byVersion { $0 < "2.56" ? .any : Schema.object([Property("host", host.orNull)]).orNull })

  /// A truth value or, since 2.25, the word `auto`.
  private static let block = Schema { value, version in
    if version >= "2.25", value.text == "auto" { return nil }
    return Schema.truth.check(value, version)
  }

  private static let liveBody = Body(
    "os-migrateLive",
    [
      Property("block_migration", block, .required), .truth("disk_over_commit", until: "2.24", .required),
      Property("host", host.orNull, .required), .truth("force", since: "2.30", until: "2.67"),
    ])

  private static let evacuateBody = Body(
    "evacuate",
    [
      Property("host", host), .truth("onSharedStorage", until: "2.13", .required), .string("adminPass"),
      .truth("force", since: "2.29", until: "2.67"),
    ])

  private static let unforced = Fault.badRequest("Can't force to a non-provided destination")

  private static func unknown(_ host: String) -> Fault { .badRequest("Compute host \(host) could not be found.") }

  private static func migrate(_ call: Call) async throws -> Response {
    let host = call.version < "2.56" ? nil : call.input["host"]?.text
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      if host != nil {
        try call.authorize(["project_id": server.projectID], rule: "os_compute_api:os-migrate-server:migrate:host")
      }
      try ServerLifecycle.migrate.check(server, call)
      if let host {
        guard host != server.host else {
          throw Fault.badRequest("Cannot migrate to the host where the server exists.")
        }
        throw unknown(host)
      }
      // To Nova it is a resize that says nothing of the disk.
      try db.execute(
        "UPDATE servers SET auto_disk_config = ? WHERE id = ?", DiskConfig.manual.rawValue, server.row)
      try ServerLifecycle.migrate.begin(server.id, call, db)
    }
    return .empty
  }

  /// From 2.34 on the failure shows in the log of actions; before, the request waited for it and was refused.
  private static func migrateLive(_ call: Call) async throws -> Response {
    let host = call.input["host"]?.text
    let refusal = try await call.world.write { db -> Fault? in
      let server = try find(call.parameter("id"), call, db)
      if host != nil {
        try call.authorize(
          ["project_id": server.projectID], rule: "os_compute_api:os-migrate-server:migrate_live:host")
      }
      if call.input["force"]?.truth == true, host == nil { throw unforced }
      try ServerLifecycle.migrateLive.check(server, call)
      if let host, host != call.world.compute.host { throw unknown(host) }
      guard call.version < "2.34", let entry = ServerLifecycle.migrateLive.entry else {
        try ServerLifecycle.migrateLive.begin(server.id, call, db)
        return nil
      }
      let isForced = host != nil && (call.version < "2.30" || call.input["force"]?.truth == true)
      let words =
        isForced
        ? "Unable to migrate instance (\(server.id)) to current host (\(host ?? ""))." : ServerFailure.noValidHost
      try InstanceAction.record(entry, of: server.id, call, db)
      try InstanceAction.finish(entry, of: server.id, error: words, db, call.world)
      return .badRequest(words, reason: .scheduler)
    }
    if let refusal { throw refusal }
    return .empty
  }

  /// What the log of migrations calls each kind of move.
  private static let kinds = [
    ServerLifecycle.migrate.action: "migration", ServerLifecycle.migrateLive.action: "live-migration",
    ServerLifecycle.evacuate.action: "evacuation",
  ]

  static func findNoHost(_ transition: Transition, _ db: Connection, _ world: World) throws {
    let isEvacuation = transition.action == ServerLifecycle.evacuate.action
    let server: Server? = try db.first("SELECT \(columns) FROM servers WHERE uuid = ?", transition.resource)
    if let server, let kind = kinds[transition.action] {
      // Nova names no flavors where a server is rebuilt elsewhere.
      let flavor = isEvacuation ? nil : server.flavor.id
      try ServerMove.record(kind, "error", of: server, from: flavor, to: flavor, on: nil, db, world)
    }
    throw ServerFailure(
      message: transition.action == ServerLifecycle.migrate.action
        ? "No valid host was found. No valid host found for cold migrate" : ServerFailure.noValidHost,
      leaves: isEvacuation ? .error : nil)
  }

  /// Only a host that is down is evacuated.
  private static func evacuate(_ call: Call) async throws -> Response {
    let password = try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      let password = try checkEvacuation(of: server, call)
      try ServerLifecycle.evacuate.check(server, call)
      guard try HostService.ofServers(db, call.world).isForcedDown else {
        throw Fault.badRequest("Compute service of \(call.world.compute.host) is still in use.", reason: .state)
      }
      try ServerLifecycle.evacuate.begin(server.id, call, db)
      return password
    }
    guard call.version < "2.14" else { return .empty }
    return .json { $0.member("adminPass", password) }
  }

  /// Refuses what cannot be asked for, and returns the password that the server would get: a disk that is shared keeps
  /// its own.
  private static func checkEvacuation(of server: Server, _ call: Call) throws -> String? {
    let (input, settings) = (call.input, call.world.compute)
    let host = input["host"]?.text
    let isShared = input["onSharedStorage"]?.truth == true
    if input["force"]?.truth == true, host == nil { throw unforced }
    if isShared, input["adminPass"] != nil {
      throw Fault.badRequest("admin password can't be changed on existing disk")
    }
    if let host, host != settings.host { throw Fault.notFound("Compute host \(host) not found.") }
    guard host == nil || server.host != host else { throw Fault.badRequest("The target host can't be the same one.") }
    return isShared ? nil : input["adminPass"]?.text ?? call.world.identifiers.password()
  }
}
