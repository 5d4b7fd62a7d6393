import OpenStackAPI
import Persistence

extension Server {
  /// `resize`: the wrong state comes before the wrong flavor, as in Nova.
  static func resize(_ call: Call) async throws -> Response {
    let id = call.input["flavorRef"]?.pythonText ?? ""
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try ServerLifecycle.resize.check(server, call)
      let diskConfig = try server.diskConfigForResize(call)
      guard let flavor = try Flavor.named(id, usableBy: call.caller, db) else {
        throw BootRequest.unknown(flavor: id)
      }
      try server.refuseResize(to: flavor, call, db)
      try db.execute(
        "UPDATE servers SET old_vm_state = ?, auto_disk_config = ? WHERE id = ?", server.state.vm.rawValue,
        diskConfig.rawValue, server.row)
      try ServerMove.record(
        "resize", "migrating", of: server, from: server.flavor.id, to: flavor.id, on: server.host, db,
        call.world)
      try ServerLifecycle.resize.begin(
        server.id, payload: EmbeddedFlavor(flavor).json.jsonText, call, db)
    }
    return .empty
  }

  /// What is left out is manual: neither the server nor its image counts here.
  private func diskConfigForResize(_ call: Call) throws -> DiskConfig {
    let property = JSON(stored: imageProperties)?[DiskConfig.property]?.text
    return try DiskConfig.asked(in: call.input, image: imageID, property: property) ?? .manual
  }

  private func refuseResize(to flavor: Flavor, _ call: Call, _ db: Connection) throws {
    guard flavor.disk > 0 || self.flavor.disk == 0 else {
      throw Fault.badRequest(
        "Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.")
    }
    guard flavor.id != self.flavor.id else {
      throw Fault.badRequest("When resizing, instances must change flavor!")
    }
    if flavor.isDisabled { throw BootRequest.unknown(flavor: flavor.id) }
    try QuotaCheck(project: projectID, user: userID, db, call.world).reserve(
      instances: 0, cores: flavor.vcpus - self.flavor.vcpus, ram: flavor.ram - self.flavor.ram)
    try ImageNeeds.kept(by: self, db)?.check(ram: flavor.ram, disk: flavor.disk, call)
    try NUMATopology.check(flavor, properties: imageProperties)
  }

  /// The resize is done: the server has the new flavor and keeps the old one in case the user reverts.
  static func takeNewFlavor(_ transition: Transition, _ db: Connection, _ world: World) throws {
    let server: Server? = try db.first("SELECT \(columns) FROM servers WHERE uuid = ?", transition.resource)
    guard let server, let flavor = EmbeddedFlavor(json: transition.payload) else { return }
    try db.execute("UPDATE servers SET old_flavor = ? WHERE id = ?", server.flavor.json.jsonText, server.row)
    try ServerMove.advance(server.id, from: "migrating", to: "finished", db, world)
    try flavor.store(in: server.row, db)
  }

  static func endResize(_ lifecycle: ServerLifecycle, _ call: Call) async throws -> Response {
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try lifecycle.check(server, call)
      let vm = try db.scalar("SELECT old_vm_state FROM servers WHERE id = ?", server.row, as: String?.self) ?? nil
      guard let vm else {
        throw Fault.badRequest("Instance has not been resized.", reason: .state)
      }
      try lifecycle.begin(server.id, payload: JSON.string(vm).jsonText, call, db)
    }
    return .empty
  }

  /// A server that was stopped before the resize is stopped after it.
  static func stateBeforeResize(_ state: ServerState, _ transition: Transition) -> ServerState {
    transition.payload == JSON.string(VMState.stopped.rawValue).jsonText
      ? ServerState(vm: .stopped, power: .shutdown) : ServerState(vm: .active, power: .running)
  }

  static func forgetOldFlavor(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try ServerMove.advance(transition.resource, from: "finished", to: "confirmed", db, world)
    try db.execute("UPDATE servers SET old_flavor = NULL, old_vm_state = NULL WHERE uuid = ?", transition.resource)
  }

  static func takeOldFlavor(_ transition: Transition, _ db: Connection, _ world: World) throws {
    let server: Server? = try db.first("SELECT \(columns) FROM servers WHERE uuid = ?", transition.resource)
    let old = try db.scalar("SELECT old_flavor FROM servers WHERE uuid = ?", transition.resource, as: String?.self)
    guard let server, let text = old ?? nil, let flavor = EmbeddedFlavor(json: text) else { return }
    try ServerMove.advance(server.id, from: "finished", to: "reverted", db, world)
    try flavor.store(in: server.row, db)
    try forgetOldFlavor(transition, db, world)
  }
}

extension EmbeddedFlavor {
  /// All of it, to be kept in a row.
  var json: JSON {
    [
      "id": .string(id), "name": .string(name), "vcpus": .integer(vcpus), "ram": .integer(ram),
      "disk": .integer(disk), "ephemeral": .integer(ephemeral), "swap": .integer(swap),
      "extra_specs": .string(extraSpecs),
    ]
  }

  init?(json text: String) {
    guard let kept = JSON(stored: text), let id = kept["id"]?.text, let name = kept["name"]?.text,
      let vcpus = kept["vcpus"]?.integer, let ram = kept["ram"]?.integer, let disk = kept["disk"]?.integer,
      let ephemeral = kept["ephemeral"]?.integer, let swap = kept["swap"]?.integer,
      let extraSpecs = kept["extra_specs"]?.text,
      [vcpus, ram, disk, ephemeral, swap].allSatisfy(Flavor.amounts.contains)
    else { return nil }
    (self.id, self.name, self.vcpus, self.ram) = (id, name, vcpus, ram)
    (self.disk, self.ephemeral, self.swap, self.extraSpecs) = (disk, ephemeral, swap, extraSpecs)
  }

  func store(in row: Int, _ db: Connection) throws {
    try db.execute(
      """
      UPDATE servers SET flavor_id = ?, flavor_name = ?, vcpus = ?, memory_mb = ?, root_gb = ?, ephemeral_gb = ?,
        swap = ?, flavor_extra_specs = ? WHERE id = ?
      """,
      id, name, vcpus, ram, disk, ephemeral, swap, extraSpecs, row)
  }
}
