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
  /// Room for removing things on a full disk, where worlds are kept on one.
  let reserve: DiskReserve?
  /// Where time comes from.
  var clock: @Sendable () -> WorldClock = { WorldClock(source: systemTime) }
  /// Where identifiers come from.
  var identifiers: @Sendable () -> Identifiers = { Identifiers() }

  init(_ configuration: ServerConfiguration, _ services: CloudServices, _ log: Logger) throws {
    (self.services, self.log) = (services, log)
    storage = configuration.storage
    if case .directory(let data) = storage { reserve = DiskReserve(path: data + "/.reserve") } else { reserve = nil }
    seed = configuration.worldSeed
    metrics = CloudMetrics(services: services.all.map(\.type))
    var settings = configuration.settings
    settings.set(configuration.cloud)
    self.settings = settings
    policies = try Policies(declared: services.declaredRules, replaced: configuration.policy)
  }

  /// The world of a record as an earlier run left it, or made anew, ready to serve, with its transitions running.
  func open(_ record: WorldRecord, _ registry: any WorldRegistry) async throws -> World {
    if let flaw = record.flaw { throw flaw }
    guard let data, !record.isInMemory, hasFiles(of: record.name) else {
      if let data, !record.isInMemory, data.isGutted(record.name) {
        throw CloudError.empty(WorldImage.rows(in: data.world(record.name)))
      }
      return try await place(build(record, registry), registry)
    }
    let world = try assemble(record, in: data.world(record.name), isExpected: true, registry)
    do {
      try world.resumeClock()
      switch try SeedMark.read(world) {
      case .done: return watch(try await begin(world))
      case .begun: await world.close()
      case nil: throw CloudError.empty(WorldImage.rows(in: data.world(record.name)))
      }
    } catch {
      await world.close()
      throw error
    }
    log.warning("an earlier first start did not finish; beginning anew", metadata: ["world": "\(record.name)"])
    return try await place(build(record, registry), registry)
  }

  /// Makes a world anew, out of sight: what its record says, or what a snapshot holds. One of that name may serve
  /// meanwhile. With `seeded`, an image of the configuration's first contents, it takes those from there.
  func build(
    _ record: WorldRecord, as restoration: Restoration? = nil, seeded: WorldImage? = nil,
    lineage: WorldMemory = WorldMemory(), _ registry: any WorldRegistry
  ) async throws -> BuiltWorld {
    let image = restoration?.image ?? record.origin ?? seeded
    guard let data, !record.isInMemory else {
      let world = try assemble(record, in: nil, from: image, lineage: lineage, registry)
      try await closingOnError(world) {
        try await fill(world, record, restoration, isSeeded: image != nil)
        try await prepare(world)
      }
      return .memory(world)
    }
    return try await data.build { directory in
      let world = try assemble(record, in: directory, from: image, lineage: lineage, registry)
      try await closingOnError(world) { try await fill(world, record, restoration, isSeeded: image != nil) }
      await world.close()
      if !record.isConfigured { try record.write(in: directory) }
      return .staged(
        StagedWorld(record: record, directory: directory, lineage: lineage, identifiers: world.identifiers))
    }
  }

  /// Gives a world that was built its place, where the old one must have been closed, and lets it begin. If that fails the
  /// old one's files are in their place again.
  func place(_ built: BuiltWorld, _ registry: any WorldRegistry) async throws -> World {
    switch built {
    case .memory(let world):
      world.start()
      return world
    case .staged(let staged):
      guard let data else { throw BlobError.closed }
      let name = staged.record.name
      do {
        try data.replace(name, with: staged.directory)
      } catch {
        try? File.remove(staged.directory)
        throw error
      }
      do {
        let world = try assemble(
          staged.record, in: data.world(name), lineage: staged.lineage, registry, staged.identifiers)
        try await closingOnError(world) { try world.resumeClock() }
        let begun = try await begin(world)
        data.finishReplacement(of: name)
        return begun
      } catch {
        try? data.undoReplacement(of: name)
        throw error
      }
    }
  }

  /// The first contents of a world that was just assembled. Secrets belong to one world: a fork makes its own, so that no
  /// token of the other is good here.
  private func fill(
    _ world: World, _ record: WorldRecord, _ restoration: Restoration?, isSeeded: Bool
  ) async throws {
    try world.resumeClock()
    if restoration == nil, let clock = record.clock { try await world.setClock(clock) }
    guard isSeeded else { return try await seed(world, record.source) }
    // An emptied file is a database too.
    guard try SeedMark.read(world) == .done else { throw CloudError.empty("what \(record.name) was to begin with") }
    try await (restoration?.secrets ?? WorldSecrets()).replace(in: world)
  }

  /// The first contents of the configuration's worlds, made once for all of them but the main one.
  func seededImage(_ registry: any WorldRegistry) async throws -> WorldImage {
    var record = record(ofConfigured: WorldName.main)
    record.isInMemory = true
    let world = try assemble(record, in: nil, registry)
    return try await closingOnError(world) {
      try await fill(world, record, nil, isSeeded: false)
      let image = try await WorldImage(of: world)
      await world.close()
      return image
    }
  }

  private func closingOnError<T>(_ world: World, _ body: () async throws -> T) async throws -> T {
    do {
      return try await body()
    } catch {
      await world.close()
      throw error
    }
  }

  private func begin(_ world: World) async throws -> World {
    try await closingOnError(world) { try await DiskReserve.spend { try await prepare(world) } }
    world.start()
    return world
  }

  /// Counts the opening, which decides what identifiers a seed makes, and lets each service put in order what an earlier
  /// run left: also on a disk that is full, so that things can be removed.
  private func prepare(_ world: World) async throws {
    _ = try await world.write {
      try $0.execute(
        """
        INSERT INTO marks (name, value) VALUES ('openings', '1')
        ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
        """)
    }
    for service in services.all { try await service.recover(world) }
  }

  /// Tells of damage to what an earlier run left, and goes on looking for it.
  private func watch(_ world: World) -> World {
    let (log, name) = (log, world.name)
    let tell = { @Sendable (reason: String) -> Void in
      log.error("what is stored of a world is damaged", metadata: ["world": "\(name)", "reason": "\(reason)"])
    }
    if let flaw = world.flaw { tell(flaw.reason) }
    world.database.lookForDamage(tell)
    return world
  }

  private func seed(_ world: World, _ source: WorldSource) async throws {
    // Without what the first service seeds, Keystone's users, nobody could log in.
    for service in source == .empty ? services.all.prefix(1) : services.all[...] {
      do {
        try await service.seed(world)
      } catch {
        throw CloudError.seeding(
          world: world.name, service: service.type, reason: "\(error)", trouble: StorageTrouble(error))
      }
    }
    try await SeedMark.done.write(world)
  }

  private func assemble(
    _ record: WorldRecord, in directory: String?, isExpected: Bool = false, from image: WorldImage? = nil,
    lineage: WorldMemory = WorldMemory(), _ registry: any WorldRegistry, _ kept: Identifiers? = nil
  ) throws -> World {
    let (database, blobs) = try store(directory, image, isExpected)
    return World(
      name: record.name, incarnation: record.incarnation, database: database, blobs: blobs, clock: clock(),
      identifiers: try kept ?? record.seed.map { try seeded($0, database) } ?? identifiers(), settings: settings,
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

  /// Rows and bytes in a directory, or in memory.
  private func store(_ directory: String?, _ image: WorldImage?, _ isExpected: Bool) throws -> (Database, BlobStore) {
    guard let directory else {
      return (
        try database(.memory, "memory", image),
        try blobs("memory") { () throws(BlobError) in try .temporary(from: image?.blobs) }
      )
    }
    let path = WorldImage.rows(in: directory)
    return (
      try database(.file(path), path, image, isExpected),
      try blobs(directory) { () throws(BlobError) in
        try BlobStore(directory: WorldImage.bytes(in: directory), from: image?.blobs)
      }
    )
  }

  private func database(
    _ location: DatabaseLocation, _ path: String, _ image: WorldImage?, _ isExpected: Bool = false
  ) throws -> Database {
    var configuration = DatabaseConfiguration()
    configuration.isExpected = isExpected
    configuration.counts = metrics.writes
    if case .file = location { configuration.reserve = reserve }
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

  /// Where worlds are kept on the disk; `nil` for a cloud in memory.
  var data: DataDirectory? { if case .directory(let path) = storage { DataDirectory(path: path) } else { nil } }

  /// A world of the configuration. Their seeds differ, so that no token of one is good in another.
  func record(ofConfigured name: String) -> WorldRecord {
    // FNV-1a of the name, but for the world whose seed is the given one.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return WorldRecord(
      name: name, source: .configuration, seed: seed.map { name == WorldName.main ? $0 : $0 ^ hash },
      isInMemory: isInMemory, createdAt: systemTime(), isConfigured: true)
  }

  /// Whether there is anything of a world, be it damaged, from an earlier run.
  func hasLeft(_ record: WorldRecord) -> Bool {
    guard let data, !record.isInMemory else { return false }
    return record.flaw != nil || hasFiles(of: record.name) || data.isGutted(record.name)
  }

  /// Whether an earlier run left a world of this name on the disk.
  func hasFiles(of name: String) -> Bool { data.map { File.exists(WorldImage.rows(in: $0.world(name))) } ?? false }
}

/// The row that tells that a world has all its first contents.
enum SeedMark: String {
  /// Earlier versions filled a world in its place. One that is found so holds nothing that anybody was told.
  case begun
  case done

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
