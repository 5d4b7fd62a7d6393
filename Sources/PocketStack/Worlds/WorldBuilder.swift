import Logging
import OpenStackAPI
import Persistence

/// Opens worlds, or makes them: files, tables, first contents. All worlds of a process are built alike.
struct WorldBuilder: Sendable {
  let services: CloudServices
  let storage: CloudStorage
  let settings: Settings
  let policies: Policies
  /// What the identifiers of the configuration's worlds come from, where they are to be the same in every run.
  let seed: UInt64?
  let log: Logger
  /// What its worlds count together.
  let metrics: CloudMetrics
  /// Where time comes from.
  var clock: @Sendable () -> WorldClock = { WorldClock(source: systemTime) }
  /// Where identifiers come from.
  var identifiers: @Sendable () -> Identifiers = { Identifiers() }

  init(_ configuration: ServerConfiguration, _ services: CloudServices, _ log: Logger) throws {
    (self.services, self.log) = (services, log)
    storage = configuration.storage
    seed = configuration.worldSeed
    metrics = CloudMetrics(services: services.all.map(\.type))
    var settings = configuration.settings
    settings.set(configuration.cloud)
    self.settings = settings
    policies = try Policies(declared: services.declaredRules, replaced: configuration.policy)
  }

  /// The world of a record as an earlier run left it, or made anew, ready to serve, with its transitions running.
  func open(_ record: WorldRecord, _ registry: any WorldRegistry) async throws -> World {
    guard !record.isInMemory, hasFiles(of: record.name) else {
      return try await build(record, registry)
    }
    let world = try assemble(record, from: nil, WorldMemory(), registry)
    try world.resumeClock()
    switch try SeedMark.read(world) {
    case .done: break
    case .none where !record.source.isFork: try await seed(world, record.source)
    case .none, .begun:
      log.warning("an earlier first start did not finish; beginning anew", metadata: ["world": "\(record.name)"])
      await world.close()
      return try await build(record, registry)
    }
    return try await begin(world)
  }

  /// The world of a record made anew, in place of what there was: from its origin, or from an image that was taken of
  /// the world itself. Secrets stay with their world: a fork makes its own, so that no token of the other is good here.
  func build(
    _ record: WorldRecord, from own: WorldImage? = nil, lineage: WorldMemory = WorldMemory(),
    _ registry: any WorldRegistry
  ) async throws -> World {
    try removeFiles(of: record)
    let world = try assemble(record, from: own ?? record.origin, lineage, registry)
    do {
      try world.resumeClock()
      if own == nil, let clock = record.clock { try await world.setClock(clock) }
      if own == nil, record.origin == nil { try await seed(world, record.source) }
      if own == nil, record.origin != nil {
        _ = try await world.write { try $0.execute("DELETE FROM secrets") }
      }
      return try await begin(world)
    } catch {
      await world.close()
      throw error
    }
  }

  private func begin(_ world: World) async throws -> World {
    _ = try await world.write {
      try $0.execute(
        """
        INSERT INTO marks (name, value) VALUES ('openings', '1')
        ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
        """)
    }
    for service in services.all { try await service.recover(world) }
    world.start()
    return world
  }

  private func seed(_ world: World, _ source: WorldSource) async throws {
    try await SeedMark.begun.write(world)
    // Without what the first service seeds, Keystone's users, nobody could log in.
    for service in source == .empty ? services.all.prefix(1) : services.all[...] {
      do {
        try await service.seed(world)
      } catch {
        throw CloudError.seeding(world: world.name, service: service.type, reason: "\(error)")
      }
    }
    try await SeedMark.done.write(world)
  }

  private func assemble(
    _ record: WorldRecord, from image: WorldImage?, _ lineage: WorldMemory, _ registry: any WorldRegistry
  ) throws -> World {
    let (database, blobs) = try store(record, image)
    return World(
      name: record.name, database: database, blobs: blobs, clock: clock(),
      identifiers: try record.seed.map { try seeded($0, database) } ?? identifiers(), settings: settings,
      policies: policies, crossings: services.crossings, log: log,
      transitions: Dictionary(services.all.flatMap(\.transitions).map { ($0.key, $0.value) }) { first, _ in first },
      works: Dictionary(services.all.flatMap(\.works).map { ($0.key, $0.value) }) { first, _ in first },
      resources: services.all.flatMap(\.resources), notifications: services.all.flatMap(\.notifications),
      lineage: lineage, metrics: metrics, registry: registry)
  }

  private func seeded(_ seed: UInt64, _ database: Database) throws -> Identifiers {
    let opening = try database.read {
      try $0.first("SELECT value FROM marks WHERE name = 'openings'", as: String.self).flatMap { Int($0) } ?? 0
    }
    return Identifiers(seed: seed, opening: opening)
  }

  private func store(_ record: WorldRecord, _ image: WorldImage?) throws -> (Database, BlobStore) {
    guard !record.isInMemory else {
      return (
        try database(.memory, "memory", image),
        try blobs("memory") { () throws(BlobError) in try .temporary(from: image?.blobs) }
      )
    }
    let directory = directory(of: record.name)
    do {
      try File.makeDirectory(directory)
    } catch {
      throw CloudError.directory(directory, reason: "\(error)")
    }
    let path = WorldImage.rows(in: directory)
    return (
      try database(.file(path), path, image),
      try blobs(directory) { () throws(BlobError) in
        try BlobStore(directory: WorldImage.bytes(in: directory), from: image?.blobs)
      }
    )
  }

  private func database(_ location: DatabaseLocation, _ path: String, _ image: WorldImage?) throws -> Database {
    var configuration = DatabaseConfiguration()
    configuration.counts = metrics.writes
    do throws(DatabaseError) {
      return try Database(location, migrations: migrations, from: image?.database, configuration: configuration)
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
}

extension WorldBuilder {
  /// What makes the tables of a world.
  var migrations: [MigrationSet] { [Transition.migrations] + services.all.map(\.migrations) }

  /// Whether an image has the tables of a world as they are today.
  func isUpToDate(_ image: DatabaseImage) throws -> Bool {
    let wanted = migrations.compactMap { set in set.migrations.last.map { "\(set.component) \($0.number)" } }
    let found = try image.read { db in
      try db.query("SELECT component || ' ' || max(number) FROM schema_migrations GROUP BY component", as: String.self)
    }
    return Set(wanted) == Set(found)
  }

  /// Whether worlds are kept in memory unless they say otherwise.
  var isInMemory: Bool { storage == .memory }

  /// Where the worlds of this cloud are kept; asked only where they are.
  private var data: String {
    if case .directory(let data) = storage { data } else { "" }
  }

  /// A world of the configuration. Their seeds differ, so that no token of one is good in another.
  func record(ofConfigured name: String) -> WorldRecord {
    // FNV-1a of the name, but for the world whose seed is the given one.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return WorldRecord(
      name: name, source: .configuration, seed: seed.map { name == WorldName.main ? $0 : $0 ^ hash },
      isInMemory: isInMemory, createdAt: systemTime())
  }

  /// The directory of a world.
  func directory(of name: String) -> String { "\(data)/\(name)" }

  /// Whether an earlier run left a world of this name on the disk.
  func hasFiles(of name: String) -> Bool { !isInMemory && File.exists(WorldImage.rows(in: directory(of: name))) }

  /// The directory of a snapshot, which no world's name can be; `nil` for a cloud in memory.
  func directory(ofSnapshot name: String) -> String? { isInMemory ? nil : "\(data)/.snapshots/\(name)" }

  /// The worlds on the disk beside those of the configuration.
  func records(except known: [String]) throws -> [WorldRecord] {
    guard !isInMemory else { return [] }
    return try File.names(in: data).filter { !known.contains($0) }.compactMap { name in
      try WorldRecord.read(name, in: directory(of: name))
    }
  }

  /// The names of the snapshots on the disk.
  var snapshotNames: [String] { isInMemory ? [] : File.names(in: data + "/.snapshots") }

  /// Removes rows and bytes of a world; its record and its origin stay.
  private func removeFiles(of record: WorldRecord) throws {
    guard !record.isInMemory else { return }
    for file in ["cloud.sqlite", "cloud.sqlite-wal", "cloud.sqlite-shm", "blobs"] {
      try remove("\(directory(of: record.name))/\(file)")
    }
  }

  /// Removes a file or a directory.
  func remove(_ path: String) throws {
    do {
      try File.remove(path)
    } catch {
      throw CloudError.directory(path, reason: "\(error)")
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
