import OpenStackAPI
import Persistence

/// Servers that give up their place on a host and come back from an image (Compute API, "Shelve Server").
extension Server {
  static let shelving: [Route] = [
    .action("/servers/:id/action", "shelve", "os_compute_api:os-shelve:shelve", run: shelve),
    .action("/servers/:id/action", "shelveOffload", "os_compute_api:os-shelve:shelve_offload", .admin) { call in
      try await begin(.shelveOffload, call)
    },
    .action(
      "/servers/:id/action", "unshelve", "os_compute_api:os-shelve:unshelve", body: unshelveBody, run: unshelve),
  ]

  static let migrationOfShelving = "ALTER TABLE servers ADD COLUMN shelved_image TEXT;"

  /// Nobody looked at it before 2.77; from then on it may name a zone, since 2.91 a host, or `null` for any zone.
  private static let unshelveBody = Body(
    "unshelve",
    .byVersion { version in
      if version < "2.77" { return .any }
      let name = Schema.string(1...255, format: .name)
      return Schema.object([
        Property("availability_zone", name, since: "2.77", until: "2.90", .required),
        Property("availability_zone", Schema.string().orNull, since: "2.91"), .string("host", since: "2.91"),
      ]).orNull
    })

  private static func shelve(_ call: Call) async throws -> Response {
    let imageID = call.world.identifiers.uuid()
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try ServerLifecycle.shelve.check(server, call)
      try server.createSnapshot(imageID, name: server.name + "-shelved", call, db)
      try ServerLifecycle.shelve.begin(server.id, payload: JSON.string(imageID).jsonText, call, db)
    }
    return .empty
  }

  /// The image is made. The server leaves its host at once, later, or never, as the configuration says.
  static func completeShelving(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try completeSnapshot(transition, db, world)
    try db.execute(
      "UPDATE servers SET shelved_image = ? WHERE uuid = ?", JSON(stored: transition.payload)?.text,
      transition.resource)
    switch world.compute.shelvedOffloadTime {
    case 0: try ServerLifecycle.shelveOffload.begin(transition.resource, db, world)
    case 1...:
      try ServerLifecycle.awaitOffload.plan(
        transition.resource, after: .seconds(world.compute.shelvedOffloadTime), db, world)
    default: break
    }
  }

  static func beginOffload(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try ServerLifecycle.shelveOffload.begin(transition.resource, db, world)
  }

  static func leaveHost(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try db.execute("UPDATE servers SET host = NULL WHERE uuid = ?", transition.resource)
  }

  private static func unshelve(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try ServerLifecycle.unshelve.check(server, call)
      try server.place(call, db)
      try ServerLifecycle.unshelve.begin(server.id, payload: JSON.string(server.state.vm.rawValue).jsonText, call, db)
    }
    return .empty
  }

  /// The zone and the host that a request to unshelve asks for.
  private func place(_ call: Call, _ db: Connection) throws {
    let zone = call.version >= "2.77" ? call.input["availability_zone"] : nil
    let host = call.version >= "2.91" ? call.input["host"]?.text : nil
    guard zone != nil || host != nil else { return }
    guard state.vm == .shelvedOffloaded else {
      throw Fault.conflict(
        "Specifying an availability zone or a host when unshelving server \"\(id)\" with status \"\(state.vm.rawValue)\" "
          + "is not supported. The server status must be SHELVED_OFFLOADED.", reason: .state)
    }
    let settings = call.world.compute
    let known = try Aggregate.zone(db, call.world)
    if let name = zone?.text, !name.isEmpty, name != known {
      throw Fault.badRequest("The requested availability zone is not available")
    }
    let pinned = zone.map(\.text) ?? pinnedAvailabilityZone
    if let host {
      try call.authorize(
        ["project_id": projectID, "user_id": userID], rule: "os_compute_api:os-shelve:unshelve_to_host")
      guard host == settings.host else { throw Fault.badRequest("Compute host \(host) could not be found.") }
      if let pinned, pinned != known {
        throw Fault.conflict("Host \"\(host)\" is not in the availability zone \"\(pinned)\".")
      }
    }
    try db.execute("UPDATE servers SET pinned_availability_zone = ? WHERE id = ?", pinned, row)
  }

  /// The server is back, and its image goes; without the image a server that had left its host cannot come back.
  static func completeUnshelving(_ transition: Transition, _ db: Connection, _ world: World) throws {
    let kept =
      try db.scalar(
        "SELECT shelved_image FROM servers WHERE uuid = ?", transition.resource, as: String?.self) ?? nil
    let wasOffloaded = JSON(stored: transition.payload)?.text == VMState.shelvedOffloaded.rawValue
    let isGone = try kept.map { try world.crossings.images?.image($0, db) == nil } ?? true
    guard !wasOffloaded || !isGone else {
      throw ServerFailure(
        message: "Error during unshelve instance \(transition.resource): Unshelve attempted but the image "
          + "\(kept ?? "None") cannot be found.", leaves: .error)
    }
    try launch(transition, db, world)
    try discardShelvedImage(of: transition.resource, db, world)
  }

  static func discardShelvedImage(of id: String, _ db: Connection, _ world: World) throws {
    let kept = try db.scalar("SELECT shelved_image FROM servers WHERE uuid = ?", id, as: String?.self) ?? nil
    guard let kept else { return }
    try world.crossings.images?.discard(kept, db, world)
    try db.execute("UPDATE servers SET shelved_image = NULL WHERE uuid = ?", id)
  }
}
