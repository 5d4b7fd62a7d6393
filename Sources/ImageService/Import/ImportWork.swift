import OpenStackAPI
import Persistence

/// Carries tasks out, step by step, outside of requests.
enum ImportWork {
  static let kind = "image-task"

  /// Lets a task begin.
  static func plan(_ task: ImageTask, _ db: Connection, _ world: World) throws {
    try Transition.plan(
      db, kind: kind, resource: task.id, action: task.kind.rawValue,
      due: world.now + duration(task.kind, .pending, world))
  }

  /// How long a task stays in a state before its next step.
  static func duration(_ task: ImageTask.Kind, _ status: ImageTask.Status, _ world: World) -> Duration {
    world.cloud.pace.duration(of: "\(kind).\(task.rawValue).\(status.rawValue)", realistic: .seconds(1))
  }

  @Sendable static func run(_ transition: Transition, _ world: World) async throws -> WorkEnd {
    guard let task = try world.read({ try ImageTask.find(transition.resource, $0) }), !task.status.isOver else {
      return { _ in nil }
    }
    switch task.kind {
    case .imageImport: return try await ImageImport.run(task, step: transition.step, world)
    case .legacyImport: return try await LegacyImport.run(task, step: transition.step, world)
    case .locationImport: return try await LocationImport.run(task, step: transition.step, world)
    }
  }

  /// Ends a task as failed, and does no more. One that ended meanwhile, because another took its image, stays as it is.
  static func failing(_ task: ImageTask, _ world: World, _ message: String = ImageTask.internalError) -> WorkEnd {
    { db in
      guard var task = try ImageTask.find(task.id, db), !task.status.isOver else { return nil }
      task.fail(world, message)
      try task.save(db)
      return nil
    }
  }

  /// The bytes at an address, taken in.
  static func fetch(_ address: HTTPAddress, as format: DiskFormat?, _ world: World) async throws -> ImageBlob {
    let download = try await HTTPDownload.begin(address, world.imports.filter)
    var intake = try ImageIntake(world)
    var count = 0
    while let piece = try await download.next() {
      count += piece.count
      guard count <= world.imports.sizeCap else { throw HTTPDownloadError.tooLarge }
      try await intake.append(piece)
    }
    return try await intake.finish(as: format)
  }
}

extension ImageBlob {
  /// Lets bytes go whose row never came to be, or was taken back with the transaction that should have kept them.
  static func discard(_ id: BlobID, _ db: Connection, _ world: World) throws {
    try Transition.plan(db, kind: transition, resource: id.rawValue, action: "remove", due: world.now)
  }

  /// The same bytes under a name of their own: one more copy.
  func copied(_ world: World, virtualSize: Int?) async throws -> ImageBlob {
    guard let name = BlobID(rawValue: Self.prefix + world.identifiers.hex()) else { throw Fault.unexpected }
    try await world.blobs.copy(id, as: name)
    return ImageBlob(id: name, size: size, virtualSize: virtualSize, checksum: checksum, hash: hash)
  }
}
