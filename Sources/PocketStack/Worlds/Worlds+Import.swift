import OpenStackAPI
import Persistence

extension Worlds {
  func importSnapshot(
    as given: String?, for owner: String?, limit: Int, _ next: @escaping () async throws -> [UInt8]?
  ) async throws -> SnapshotDescription {
    let id = snapshotID(given, for: owner)
    return try await make(id) {
      guard let data = builder.data else { return try await take(id, limit, next) }
      return try await data.build { directory in
        try await unpack(into: directory, limit, next)
        return try place(directory, id, data)
      }
    }
  }

  /// Takes in a snapshot where there is no data directory: its files are in one that goes with it.
  private func take(
    _ id: SnapshotID, _ limit: Int, _ next: @escaping () async throws -> [UInt8]?
  ) async throws -> Snapshot {
    let path = ScratchFile.newPath
    let directory = SharedDirectory(path) { try? File.remove(path) }
    try File.makeDirectory(path)
    try await unpack(into: path, limit, next)
    guard let snapshot = Snapshot(id, in: directory) else { throw ArchiveReader.broken("it is not whole") }
    return snapshot
  }

  /// Unpacks an archive and looks whether it is a snapshot that this program could have made.
  private func unpack(
    into directory: String, _ limit: Int, _ next: @escaping () async throws -> [UInt8]?
  ) async throws {
    var reader = ArchiveReader(into: directory, limit: limit, next)
    try await reader.run()
    guard Snapshot.isWhole(in: directory) else { throw ArchiveReader.broken("its \(SnapshotArchive.facts) is damaged") }
    let image = DatabaseImage(file: WorldImage.rows(in: directory))
    do {
      try image.check(builder.migrations)
    } catch let flaw as DatabaseImageFlaw {
      switch flaw {
      case .newerVersion: throw Fault.conflict("The snapshot is of a later version: \(flaw).", reason: .state)
      case .foreignSchema, .damaged: throw ArchiveReader.broken("\(flaw)")
      }
    }
  }
}

extension Cloud {
  /// Refuses to begin a world with a snapshot where there is one already: its data would be lost.
  func refuseToReplace(with snapshot: String?) throws {
    guard let snapshot, let data = worlds.builder.data, worlds.builder.hasFiles(of: WorldName.main) else { return }
    throw CloudError.snapshot(snapshot, reason: "there is a world in \(data.world(WorldName.main)) already")
  }

  /// Takes the main world to what an exported snapshot holds.
  func begin(with path: String) async throws {
    let main = WorldName.main
    do {
      let file = try BlockingFile(reading: path)
      let taken = try await worlds.importSnapshot(as: nil, for: nil, limit: .max) {
        let piece = try await file.read(atMost: 256 * 1024)
        return piece.isEmpty ? nil : piece
      }
      _ = try await worlds.restore(snapshot: taken.name, seenFrom: main, into: main)
      try await worlds.delete(snapshot: taken.name, seenFrom: main)
    } catch let fault as Fault {
      throw CloudError.snapshot(path, reason: fault.message)
    } catch let failure as File.Failure {
      throw CloudError.snapshot(path, reason: failure.description)
    }
  }
}
