import OpenStackAPI
import Persistence

extension Worlds: WorldRegistry {
  var addresses: ServedAddresses { served.withLock { $0 } }

  var services: [Service] { builder.services.all }

  var worlds: [WorldDescription] {
    let seen = state.withLock { state in state.entries.values.compactMap { Self.seen($0, state) } }
    return seen.map(\.description).sorted { $0.name < $1.name }
  }

  func describe(world name: String) throws -> WorldDescription {
    let seen = state.withLock { state in state.entries[name].flatMap { Self.seen($0, state) } }
    guard let seen else { throw Self.unknown(name) }
    return seen.description
  }

  /// A world that is there for those who ask.
  private struct Seen {
    let record: WorldRecord
    let failure: WorldFlaw?
    let world: World?

    var description: WorldDescription {
      var description = record.description
      description.flaw = failure ?? world?.flaw
      return description
    }
  }

  /// `nil` while it is out of service.
  private static func seen(_ entry: Entry, _ state: State) -> Seen? {
    let world = state.serving[entry.record.name]?.world
    guard world != nil || entry.failure != nil || entry.isPending else { return nil }
    return Seen(record: entry.record, failure: entry.failure, world: world)
  }

  func isPending(world name: String) -> Bool { state.withLock { $0.entries[name]?.isPending == true } }

  func create(_ plan: WorldPlan) async throws -> WorldDescription {
    var record = try newRecord(plan)
    return try await Background.run {
      // Before the name is taken: a world that is made from another may have to wait for that.
      let (image, lineage) = try await origin(of: plan)
      record.incarnation = nextIncarnation(of: record)
      try reserve(record, limit: plan.limit)
      guard !builder.hasFiles(of: record.name) else {
        forget(record.name)
        throw Fault.conflict(
          "There are files of a world \(record.name) in the data directory, which this configuration does not name.",
          reason: .state)
      }
      do {
        publish(try await make(&record, from: image, lineage), record)
      } catch {
        try? builder.data?.remove(record.name)
        forget(record.name)
        throw Self.refusal(error)
      }
      arm(record)
      return record.description
    }
  }

  private func newRecord(_ plan: WorldPlan) throws(Fault) -> WorldRecord {
    let now = systemTime()
    guard !builder.isInMemory || plan.isInMemory != false else {
      throw .badRequest("This cloud keeps its worlds in memory; it has no directory for one on the disk.")
    }
    return WorldRecord(
      name: plan.name ?? "world-" + Identifiers.hex(Identifiers().bytes(6)), source: plan.source, seed: plan.seed,
      isInMemory: plan.isInMemory ?? builder.isInMemory, createdAt: now, expiresAt: plan.timeToLive.map { now + $0 },
      clock: plan.clock, owner: plan.owner)
  }

  /// Makes a world that has no place yet. On the disk what it is made from is kept beside it, for going back to it.
  private func make(_ record: inout WorldRecord, from image: WorldImage?, _ lineage: WorldMemory) async throws -> World
  {
    if let data = builder.data, !record.isInMemory {
      if record.seed != nil { try data.keepIncarnations(state.withLock(\.incarnations)) }
      try data.remove(record.name)
      if let image { record.origin = try await data.keep(image, asOriginOf: record.name) }
    } else {
      record.origin = image
    }
    return try await builder.place(builder.build(record, lineage: lineage, self), self)
  }

  /// Worlds of one name and seed would have the same secrets. One that also begins with its clock stopped is to be the
  /// same in every byte, its tokens as well.
  private func nextIncarnation(of record: WorldRecord) -> Int {
    guard record.seed != nil, record.clock?.mode != .stopped else { return 0 }
    return state.withLock { state in
      defer { state.incarnations[record.name, default: -1] += 1 }
      return (state.incarnations[record.name] ?? -1) + 1
    }
  }

  /// What a fork begins with.
  private func origin(of plan: WorldPlan) async throws -> (WorldImage?, WorldMemory) {
    switch plan.source {
    case .configuration, .empty: return (nil, WorldMemory())
    case .snapshot(let name):
      let snapshot = try snapshot(name, seenFrom: plan.viewer)
      return (snapshot.image, snapshot.lineage)
    case .world(let name):
      return try await visiting(name) { world in (try await image(of: world), world.lineage) }
    }
  }

  /// Holds a world while `body` works on it.
  func visiting<T>(_ name: String, _ body: (World) async throws -> T) async throws -> T {
    switch await enter(name) {
    case .visit(let visit):
      defer { visit.traffic.leave() }
      return try await body(visit.world)
    case .unknown: throw Self.unknown(name)
    case .changing: throw Fault.conflict("The world \(name) is being changed, which takes long.", reason: .state)
    case .broken(let reason): throw Fault.conflict("The world \(name) cannot be opened: \(reason)", reason: .state)
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
    try await rebuild(name) { record in
      guard record.flaw == nil else {
        throw Fault.conflict(
          "What the world \(name) was made from is not known any more, as its record is damaged. Restore a snapshot into it, or delete it.",
          reason: .state)
      }
      return try await build(configured: record)
    }
  }

  func restore(snapshot: String, seenFrom viewer: String, into name: String) async throws -> WorldDescription {
    let snapshot = try self.snapshot(snapshot, seenFrom: viewer)
    return try await rebuild(name) { record in
      // One in memory cannot have been damaged.
      if snapshot.directory != nil { try snapshot.image.database.refuseDamage() }
      if record.flaw != nil { try await begin(&record, with: snapshot) }
      let secrets = try world(name).map(WorldSecrets.init(of:))
      return try await builder.build(
        record, as: Restoration(image: snapshot.image, secrets: secrets), lineage: snapshot.lineage, self)
    }
  }

  /// Gives a world whose record is damaged a new one, as if it had been made from the snapshot.
  private func begin(_ record: inout WorldRecord, with snapshot: Snapshot) async throws {
    if let data = builder.data {
      try data.discard(data.origin(of: record.name))
      record.origin = try await data.keep(snapshot.image, asOriginOf: record.name)
    }
    (record.source, record.flaw) = (.snapshot(snapshot.id.name), nil)
  }

  /// Puts a world anew in the place of the old one, which serves until the new one is whole, and comes back where that
  /// finds no place.
  private func rebuild(_ name: String, _ build: (inout WorldRecord) async throws -> BuiltWorld) async throws
    -> WorldDescription
  {
    try await Background.run {
      var record = try await claim(name)
      let built: BuiltWorld
      do {
        built = try await build(&record)
      } catch {
        release(name)
        throw Self.refusal(error)
      }
      await withdraw(name)
      do {
        publish(try await builder.place(built, self), record)
      } catch {
        await reopen(record)
        throw error
      }
      memory.plan()
      return record.description
    }
  }

  /// What a client reads of rows that no world can be made of.
  private static func refusal(_ error: any Error) -> any Error {
    switch error {
    case CloudError.newerVersion(_, let reason): Fault.conflict("It cannot be made of that: \(reason).", reason: .state)
    case CloudError.empty, CloudError.database(_, .corrupt), DatabaseError.corrupt:
      Fault.conflict("It cannot be made of that: the rows are damaged.", reason: .state)
    default: error
    }
  }

  /// Opens a world again that was put back into its place.
  private func reopen(_ record: WorldRecord) async {
    do {
      publish(try await builder.open(record, self), record)
    } catch {
      fail(record.name, error)
    }
  }

  func delete(world name: String) async throws {
    guard !configured.contains(name) else {
      throw Fault.conflict("The world \(name) belongs to the configuration; it can be reset, not deleted.")
    }
    try await Background.run {
      let record = try await claim(name)
      await withdraw(name)
      defer { memory.plan() }
      do {
        if let data = builder.data { try data.discard(data.world(name)) }
      } catch  where !record.isInMemory {
        await reopen(record)
        throw error
      }
      for id in ownedSnapshots(of: name) { try? await delete(id) }
      for child in ownedWorlds(of: name) { try? await delete(world: child) }
      // What resists is cleared away at the next start.
      try? builder.data?.remove(name)
      forget(name)
    }
  }

  private func ownedWorlds(of owner: String) -> [String] {
    state.withLock { $0.entries.values.filter { $0.record.owner == owner }.map(\.record.name) }
  }
}
