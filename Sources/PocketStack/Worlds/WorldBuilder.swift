import Glibc
import Logging
import OpenStackAPI
import Persistence

/// Opens worlds, or makes them: files, tables, first contents. All worlds of a process are built alike.
struct WorldBuilder: Sendable {
  let services: CloudServices
  let storage: CloudStorage
  let settings: Settings
  let policies: Policies
  let log: Logger
  /// Where time comes from.
  var clock: @Sendable () -> WorldClock = { WorldClock(source: systemTime) }
  /// Where identifiers come from.
  var identifiers: @Sendable () -> Identifiers = { Identifiers() }

  init(_ configuration: ServerConfiguration, _ services: CloudServices, _ log: Logger) throws {
    (self.services, self.log) = (services, log)
    storage = configuration.storage
    var settings = configuration.settings
    settings.set(configuration.cloud)
    self.settings = settings
    policies = try Policies(declared: services.declaredRules, replaced: configuration.policy)
  }

  /// The world of a name, ready to serve, with its transitions running.
  func open(_ name: String) async throws -> World {
    var world = try assemble(name)
    switch try SeedMark.read(world) {
    case .done: break
    case .none: try await seed(world)
    case .begun:
      log.warning("an earlier first start did not finish; beginning anew", metadata: ["world": "\(name)"])
      await world.close()
      try removeFiles(of: name)
      world = try assemble(name)
      try await seed(world)
    }
    for service in services.all { try await service.recover(world) }
    world.start()
    return world
  }

  private func seed(_ world: World) async throws {
    try await SeedMark.begun.write(world)
    for service in services.all {
      do {
        try await service.seed(world)
      } catch {
        await world.close()
        throw CloudError.seeding(world: world.name, service: service.type, reason: "\(error)")
      }
    }
    try await SeedMark.done.write(world)
  }

  private func assemble(_ name: String) throws -> World {
    let (database, blobs) = try store(name)
    return World(
      name: name, database: database, blobs: blobs, clock: clock(), identifiers: identifiers(), settings: settings,
      policies: policies, crossings: services.crossings, log: log,
      transitions: Dictionary(services.all.flatMap(\.transitions).map { ($0.key, $0.value) }) { first, _ in first })
  }

  private func store(_ name: String) throws -> (Database, BlobStore) {
    let migrations = [Transition.migrations] + services.all.map(\.migrations)
    guard case .directory(let data) = storage else {
      return (
        try database(.memory, "memory", migrations), try blobs("memory") { () throws(BlobError) in try .temporary() }
      )
    }
    let directory = "\(data)/\(name)"
    do {
      try File.makeDirectory(directory)
    } catch {
      throw CloudError.directory(directory, reason: "\(error)")
    }
    let path = "\(directory)/cloud.sqlite"
    let database = try database(.file(path), path, migrations)
    return (database, try blobs(directory) { () throws(BlobError) in try BlobStore(directory: directory + "/blobs") })
  }

  private func database(_ location: DatabaseLocation, _ path: String, _ migrations: [MigrationSet]) throws -> Database {
    do throws(DatabaseError) {
      return try Database(location, migrations: migrations)
    } catch {
      throw CloudError(path, error)
    }
  }

  private func blobs(_ path: String, _ open: () throws(BlobError) -> BlobStore) throws -> BlobStore {
    do throws(BlobError) {
      return try open()
    } catch {
      throw CloudError(path, error)
    }
  }

  private func removeFiles(of name: String) throws {
    guard case .directory(let data) = storage else { return }
    for file in ["cloud.sqlite", "cloud.sqlite-wal", "cloud.sqlite-shm", "blobs"] {
      let path = "\(data)/\(name)/\(file)"
      do {
        try File.remove(path)
      } catch {
        throw CloudError.directory(path, reason: "\(error)")
      }
    }
  }
}

/// How far the first filling of a world has come: the row that tells a new world from one in use. Nobody is served
/// before `done`, so a world found at `begun` holds nothing that anybody was told.
enum SeedMark: String {
  case begun, done

  static func read(_ world: World) throws -> SeedMark? {
    try world.read { try $0.first("SELECT value FROM marks WHERE name = 'seed'", as: String.self) }
      .flatMap(SeedMark.init)
  }

  func write(_ world: World) async throws {
    let value = rawValue
    _ = try await world.write {
      try $0.execute("INSERT OR REPLACE INTO marks (name, value) VALUES ('seed', ?)", value)
    }
  }
}

/// The machine's time.
private func systemTime() -> Timestamp {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return Timestamp(microseconds: now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
}
