import OpenStackAPI
import Persistence

extension Worlds {
  var snapshots: [SnapshotDescription] {
    state.withLock { Array($0.snapshots.values) }.map(\.description).sorted { $0.name < $1.name }
  }

  func describe(snapshot name: String) throws -> SnapshotDescription { try snapshot(name).description }

  func snapshot(_ name: String) throws(Fault) -> Snapshot {
    guard let snapshot = state.withLock({ $0.snapshots[name] }) else {
      throw .notFound("There is no snapshot \(name).")
    }
    return snapshot
  }

  func save(world: String, as given: String?) async throws -> SnapshotDescription {
    let name = newSnapshotName(given)
    guard let visit = await enter(world) else { throw Self.unknown(world) }
    defer { visit.traffic.leave() }
    return try await make(snapshot: name) {
      try await Snapshot(name, of: visit.world, at: systemTime(), in: builder.directory(ofSnapshot: name))
    }
  }

  /// Makes a snapshot of a name that no other has, or is about to have.
  private func make(snapshot name: String, _ make: () async throws -> Snapshot) async throws -> SnapshotDescription {
    let isFree = state.withLock { state in
      state.snapshots[name] == nil && state.pendingSnapshots.insert(name).inserted
    }
    guard isFree else { throw Fault.conflict("There is a snapshot \(name) already.") }
    defer { state.withLock { _ = $0.pendingSnapshots.remove(name) } }
    do {
      let snapshot = try await make()
      state.withLock { $0.snapshots[name] = snapshot }
      return snapshot.description
    } catch {
      if let directory = builder.directory(ofSnapshot: name) { try builder.remove(directory) }
      throw error
    }
  }

  func read(snapshot name: String, _ body: (Connection) throws -> Void) throws {
    let image = try snapshot(name).image.database
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

  func delete(snapshot name: String) async throws {
    guard state.withLock({ $0.snapshots.removeValue(forKey: name) }) != nil else {
      throw Fault.notFound("There is no snapshot \(name).")
    }
    if let directory = builder.directory(ofSnapshot: name) { try builder.remove(directory) }
  }

  private func newSnapshotName(_ given: String?) -> String {
    given ?? "snapshot-" + Identifiers.hex(Identifiers().bytes(6))
  }

  func export(snapshot name: String) throws -> SnapshotFile { try snapshot(name).archive() }

  func importSnapshot(as given: String?, _ next: @escaping () async throws -> [UInt8]?) async throws
    -> SnapshotDescription
  {
    let name = newSnapshotName(given)
    return try await make(snapshot: name) {
      let scratch = builder.isInMemory ? try ScratchFile() : nil
      let directory = builder.directory(ofSnapshot: name) ?? scratch?.path ?? ""
      var reader = ArchiveReader(into: directory, next)
      try await reader.run()
      guard let snapshot = Snapshot(name, in: directory, scratch: scratch), snapshot.image.isSound else {
        throw ArchiveReader.broken("its rows are damaged")
      }
      return snapshot
    }
  }
}

extension Cloud {
  /// Refuses to begin a world with a snapshot where there is one already: its data would be lost.
  func refuseToReplace(with snapshot: String?) throws {
    guard let snapshot, worlds.builder.hasFiles(of: WorldName.main) else { return }
    throw CloudError.snapshot(
      snapshot, reason: "there is a world in \(worlds.builder.directory(of: WorldName.main)) already")
  }

  /// Takes the main world to what an exported snapshot holds.
  func begin(with path: String) async throws {
    do {
      let file = try BlockingFile(reading: path)
      let taken = try await worlds.importSnapshot(as: nil) {
        let piece = try await file.read(atMost: 256 * 1024)
        return piece.isEmpty ? nil : piece
      }
      _ = try await worlds.restore(snapshot: taken.name, into: WorldName.main)
      try await worlds.delete(snapshot: taken.name)
    } catch let fault as Fault {
      throw CloudError.snapshot(path, reason: fault.message)
    } catch let failure as File.Failure {
      throw CloudError.snapshot(path, reason: failure.description)
    }
  }
}
