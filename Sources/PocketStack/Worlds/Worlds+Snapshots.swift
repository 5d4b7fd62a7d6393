import Glibc
import OpenStackAPI
import Persistence

extension Worlds {
  var snapshotCount: Int { state.withLock(\.snapshots.count) }

  func snapshots(seenFrom world: String) -> [SnapshotDescription] {
    let all = state.withLock { Array($0.snapshots.values) }
    return all.filter { isSeen($0.id, from: world, among: all.map(\.id)) }.map(\.description)
      .sorted { ($0.name, $0.owner ?? "") < ($1.name, $1.owner ?? "") }
  }

  /// The main world sees all; another sees its own, and the cloud's but for those whose names its own have.
  private func isSeen(_ id: SnapshotID, from world: String, among all: [SnapshotID]) -> Bool {
    guard let owner = Self.owner(for: world), id.owner != owner else { return true }
    return id.owner == nil && !all.contains(SnapshotID(owner: owner, name: id.name))
  }

  /// What the main world has is the cloud's own.
  private static func owner(for world: String) -> String? { world == WorldName.main ? nil : world }

  func describe(snapshot name: String, seenFrom world: String) throws -> SnapshotDescription {
    try snapshot(name, seenFrom: world).description
  }

  /// The snapshot that a world means by a name: its own, else the cloud's. The main world may mean another's, if there is
  /// but one of that name.
  func snapshot(_ name: String, seenFrom world: String) throws(Fault) -> Snapshot {
    let owner = Self.owner(for: world)
    let found = state.withLock { state in
      if let own = state.snapshots[SnapshotID(owner: owner, name: name)] { return [own] }
      if let common = state.snapshots[SnapshotID(owner: nil, name: name)] { return [common] }
      return owner == nil ? state.snapshots.values.filter { $0.id.name == name } : []
    }
    guard let snapshot = found.first else { throw .notFound("There is no snapshot \(name).") }
    guard found.count == 1 else {
      throw .conflict("Several worlds have a snapshot \(name); ask at the address of the one that is meant.")
    }
    return snapshot
  }

  func ownedSnapshots(of world: String) -> [SnapshotID] {
    state.withLock { $0.snapshots.keys.filter { $0.owner == world } }
  }

  func save(world: String, as given: String?, for owner: String?) async throws -> SnapshotDescription {
    let id = snapshotID(given, for: owner)
    return try await visiting(world) { world in
      try await make(id) {
        let moment = systemTime()
        guard let data = builder.data else { return try await Snapshot(id, of: world, at: moment) }
        return try await data.build { directory in
          try await Snapshot.write(world, at: moment, in: directory)
          return try place(directory, id, data, lineage: world.lineage)
        }
      }
    }
  }

  /// Gives a snapshot that was built its place.
  func place(
    _ directory: String, _ id: SnapshotID, _ data: DataDirectory, lineage: WorldMemory = WorldMemory()
  ) throws -> Snapshot {
    try data.discard(data.snapshot(id))
    try data.place(directory, at: data.snapshot(id))
    guard let snapshot = Snapshot(id, in: SharedDirectory(data.snapshot(id)), lineage: lineage) else {
      throw File.Failure(code: EIO)
    }
    return snapshot
  }

  /// Makes a snapshot of a name that no other has, or is about to have, off the event loops.
  func make(_ id: SnapshotID, _ make: () async throws -> Snapshot) async throws -> SnapshotDescription {
    let isFree = state.withLock { state in
      state.snapshots[id] == nil && state.claimedSnapshots.insert(id).inserted
    }
    guard isFree else { throw Fault.conflict("There is a snapshot \(id.name) already.") }
    defer { state.withLock { _ = $0.claimedSnapshots.remove(id) } }
    let snapshot = try await Background.run(make)
    let isKept = state.withLock { state in
      // Its owner may have ended meanwhile.
      guard id.owner.map({ state.serving[$0] != nil }) ?? true else { return false }
      state.snapshots[id] = snapshot
      return true
    }
    guard isKept else {
      if let directory = snapshot.directory { try builder.data?.discard(directory.path) }
      throw Self.unknown(id.owner ?? "")
    }
    return snapshot.description
  }

  func read(snapshot name: String, seenFrom world: String, _ body: (Connection) throws -> Void) throws {
    let snapshot = try snapshot(name, seenFrom: world)
    let image = snapshot.image.database
    guard try !builder.isUpToDate(image) else { return try image.read(body) }
    // An earlier version made it: a copy is brought up to date.
    do {
      let copy = try Database(.memory, migrations: builder.migrations, from: image)
      defer { copy.close() }
      try copy.read(body)
    } catch let DatabaseError.newerVersion(component, _, _) {
      throw Fault.conflict("The snapshot \(name) is of a later version's \(component).", reason: .state)
    }
  }

  func delete(snapshot name: String, seenFrom world: String) async throws {
    try await delete(snapshot(name, seenFrom: world).id)
  }

  /// Forgets a snapshot at once; its files go when nobody reads them any more, and until then the name is not free.
  func delete(_ id: SnapshotID) async throws {
    try await Background.run {
      guard let snapshot = takeAway(id) else { throw Fault.notFound("There is no snapshot \(id.name).") }
      guard let directory = snapshot.directory, let data = builder.data else {
        return state.withLock { _ = $0.claimedSnapshots.remove(id) }
      }
      do {
        try File.remove("\(directory.path)/\(SnapshotArchive.facts)")
        try File.sync(directory.path)
      } catch {
        state.withLock { state in
          state.snapshots[id] = snapshot
          state.claimedSnapshots.remove(id)
        }
        throw error
      }
      directory.giveUp { [path = directory.path] in
        try? data.discard(path)
        self.state.withLock { _ = $0.claimedSnapshots.remove(id) }
      }
    }
  }

  private func takeAway(_ id: SnapshotID) -> Snapshot? {
    state.withLock { state in
      guard let snapshot = state.snapshots.removeValue(forKey: id) else { return nil }
      state.claimedSnapshots.insert(id)
      return snapshot
    }
  }

  /// The id of a new snapshot, with a name if it was given none.
  func snapshotID(_ given: String?, for owner: String?) -> SnapshotID {
    SnapshotID(
      owner: owner.flatMap(Self.owner), name: given ?? "snapshot-" + Identifiers.hex(Identifiers().bytes(6)))
  }

  func export(snapshot name: String, seenFrom world: String) async throws -> SnapshotFile {
    let snapshot = try snapshot(name, seenFrom: world)
    return try await Background.run { try snapshot.archive() }
  }
}
