import OpenStackAPI

extension Worlds: WorldRegistry {
  var services: [Service] { builder.services.all }

  var worlds: [WorldDescription] {
    state.withLock { state in state.serving.keys.compactMap { state.entries[$0]?.record.description } }
      .sorted { $0.name < $1.name }
  }

  var worldCount: Int { state.withLock { $0.serving.count } }

  func describe(world name: String) throws -> WorldDescription { try record(name).description }

  private func record(_ name: String) throws -> WorldRecord {
    let record = state.withLock { state in state.serving[name].flatMap { _ in state.entries[name]?.record } }
    guard let record else { throw Self.unknown(name) }
    return record
  }

  func create(_ plan: WorldPlan) async throws -> WorldDescription {
    let now = systemTime()
    var record = WorldRecord(
      name: plan.name ?? "world-" + Identifiers.hex(Identifiers().bytes(6)), source: plan.source, seed: plan.seed,
      isInMemory: plan.isInMemory ?? builder.isInMemory, createdAt: now, expiresAt: plan.timeToLive.map { now + $0 },
      clock: plan.clock)
    guard !builder.isInMemory || record.isInMemory else {
      throw Fault.badRequest("This cloud keeps its worlds in memory; it has no directory for one on the disk.")
    }
    try reserve(record)
    do {
      let (image, lineage) = try await origin(of: record)
      if record.isInMemory {
        record.origin = image
      } else {
        try builder.remove(builder.directory(of: record.name))
        record.origin = try image?.keep(in: builder.directory(of: record.name) + "/" + WorldRecord.origin)
        try File.makeDirectory(builder.directory(of: record.name))
        try record.write(in: builder.directory(of: record.name))
      }
      publish(try await builder.build(record, lineage: lineage, self), record)
    } catch {
      forget(record.name)
      throw error
    }
    arm(record)
    return record.description
  }

  /// What a fork begins with.
  private func origin(of record: WorldRecord) async throws -> (WorldImage?, WorldMemory) {
    switch record.source {
    case .configuration, .empty: return (nil, WorldMemory())
    case .snapshot(let name):
      let snapshot = try snapshot(name)
      return (snapshot.image, snapshot.lineage)
    case .world(let name):
      guard let visit = await enter(name) else { throw Self.unknown(name) }
      defer { visit.traffic.leave() }
      return (try await image(of: visit.world), visit.world.lineage)
    }
  }

  /// The image of a world as it is now, shared for as long as nothing changes.
  private func image(of world: World) async throws -> WorldImage {
    let version = world.database.version
    if let known = state.withLock({ $0.entries[world.name]?.image }), known.version == version { return known.image }
    let image = try await WorldImage(of: world)
    state.withLock { state in
      guard state.serving[world.name]?.world === world else { return }
      state.entries[world.name]?.image = (version, image)
    }
    return image
  }

  func reset(world name: String) async throws -> WorldDescription {
    try await rebuild(name) { record in try await builder.build(record, self) }
  }

  func restore(snapshot: String, into name: String) async throws -> WorldDescription {
    let snapshot = try self.snapshot(snapshot)
    return try await rebuild(name) { record in
      try await builder.build(record, from: snapshot.image, lineage: snapshot.lineage, self)
    }
  }

  private func rebuild(_ name: String, _ build: (WorldRecord) async throws -> World) async throws -> WorldDescription {
    let record = try await withdraw(name)
    do {
      publish(try await build(record), record)
    } catch {
      forget(name)
      throw error
    }
    memory.plan()
    return record.description
  }

  func delete(world name: String) async throws {
    guard !configured.contains(name) else {
      throw Fault.conflict("The world \(name) belongs to the configuration; it can be reset, not deleted.")
    }
    let record = try await withdraw(name)
    defer {
      forget(name)
      memory.plan()
    }
    if !record.isInMemory { try builder.remove(builder.directory(of: name)) }
  }
}
