import Crypto
import OpenStackAPI
import Persistence

/// The cloud's own services as rows of the catalog. Each is written once, when a world first has it; what becomes of
/// the rows then is the administrator's affair, but that addresses of another release become those of this one.
struct CatalogSeed: Sendable {
  /// The services of this program.
  let services: [CatalogEntry]

  private static let interfaces = ["public", "internal", "admin"]

  /// What a world's release had of a service.
  private struct Listed {
    let entry: CatalogEntry
    let path: String
    /// Paths of other releases.
    let others: [String]

    init(_ entry: CatalogEntry, in world: World) {
      self.entry = entry
      // Without the older API the path is that of the only one there is.
      let path = entry.path(in: world.cloud.release)
      self.path = V2.isServed(in: world) ? path : Self.withoutV2(path)
      others = Set(entry.paths + entry.paths.map(Self.withoutV2)).subtracting([self.path]).sorted()
    }

    private static func withoutV2(_ path: String) -> String {
      let old = "\(IdentityService.mount)/\(V2.prefix)"
      return path == old ? IdentityService.mount + "/v3" : path
    }
  }

  /// Writes what is not there yet, and brings the rest to the world's release.
  @Sendable func write(to world: World) async throws {
    let listed = services.map { Listed($0, in: world) }
    let (known, paths) = try world.read { db in
      (
        try Set(db.query("SELECT type FROM seeded_services", as: String.self)),
        try Set(db.query("SELECT DISTINCT url FROM endpoints", as: String.self))
      )
    }
    let missing = listed.filter { !known.contains($0.entry.type) }
    let changed = listed.filter { !paths.isDisjoint(with: $0.others) }
    guard !missing.isEmpty || !changed.isEmpty else { return }
    let (name, region) = (world.name, world.cloud.region)
    try await world.write { db in
      for service in changed { try Self.update(service, db) }
      guard !missing.isEmpty else { return }
      try db.execute("INSERT INTO regions (id) VALUES (?) ON CONFLICT DO NOTHING", region)
      for service in missing { try Self.write(service.entry, service.path, world: name, region: region, db) }
    }
  }

  private static func update(_ service: Listed, _ db: Connection) throws {
    for other in service.others {
      try db.execute(
        "UPDATE endpoints SET url = ? WHERE url = ? AND service_id IN (SELECT id FROM services WHERE type = ?)",
        service.path, other, service.entry.type)
    }
  }

  private static func write(
    _ service: CatalogEntry, _ path: String, world: String, region: String, _ db: Connection
  ) throws {
    let id = id(world, service.type)
    try db.execute("INSERT INTO services (id, type, name) VALUES (?, ?, ?)", id, service.type, service.name)
    for interface in interfaces {
      try db.execute(
        "INSERT INTO endpoints (id, interface, region_id, service_id, url) VALUES (?, ?, ?, ?, ?)",
        Self.id(world, service.type, interface), interface, region, id, path)
    }
    try db.execute("INSERT INTO seeded_services (type) VALUES (?)", service.type)
  }

  /// Ids are made from the names, so that they are the same whenever a world of this name begins.
  private static func id(_ names: String...) -> String {
    let digest = SHA256.hash(data: Array(names.joined(separator: "/").utf8))
    return Identifiers.hex(Array(digest.prefix(16)))
  }
}
