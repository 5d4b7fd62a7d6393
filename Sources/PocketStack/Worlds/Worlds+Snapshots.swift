import OpenStackAPI

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
    guard state.withLock({ $0.snapshots[name] }) == nil else {
      throw Fault.conflict("There is a snapshot \(name) already.")
    }
    let directory = builder.directory(ofSnapshot: name)
    let snapshot = try await Snapshot(name, of: visit.world, at: systemTime(), in: directory)
    state.withLock { $0.snapshots[name] = snapshot }
    return snapshot.description
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
    guard state.withLock({ $0.snapshots[name] }) == nil else {
      throw Fault.conflict("There is a snapshot \(name) already.")
    }
    let scratch = builder.isInMemory ? try ScratchFile() : nil
    let directory = builder.directory(ofSnapshot: name) ?? scratch?.path ?? ""
    do {
      try builder.remove(directory)
      var reader = ArchiveReader(into: directory, next)
      try await reader.run()
      guard let snapshot = Snapshot(name, in: directory, scratch: scratch), snapshot.image.isSound else {
        throw ArchiveReader.broken("its rows are damaged")
      }
      state.withLock { $0.snapshots[name] = snapshot }
      return snapshot.description
    } catch {
      try builder.remove(directory)
      throw error
    }
  }
}
