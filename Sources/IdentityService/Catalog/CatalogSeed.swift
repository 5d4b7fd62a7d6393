import Crypto
import OpenStackAPI
import Persistence

/// The cloud's own services as rows of the catalog. Each is written once, when a world first has it; what becomes of
/// the rows then is the administrator's affair.
struct CatalogSeed: Sendable {
  /// The services of this program.
  let services: [CatalogEntry]

  private static let interfaces = ["public", "internal", "admin"]

  /// Writes what is not there yet.
  @Sendable func write(to world: World) async throws {
    let known = try world.read { try Set($0.query("SELECT type FROM seeded_services", as: String.self)) }
    let missing = services.filter { !known.contains($0.type) }
    guard !missing.isEmpty else { return }
    let (name, region) = (world.name, world.cloud.region)
    try await world.write { db in
      try db.execute("INSERT INTO regions (id) VALUES (?) ON CONFLICT DO NOTHING", region)
      for service in missing { try Self.write(service, world: name, region: region, db) }
    }
  }

  private static func write(_ service: CatalogEntry, world: String, region: String, _ db: Connection) throws {
    let id = id(world, service.type)
    try db.execute("INSERT INTO services (id, type, name) VALUES (?, ?, ?)", id, service.type, service.name)
    for interface in interfaces {
      try db.execute(
        "INSERT INTO endpoints (id, interface, region_id, service_id, url) VALUES (?, ?, ?, ?, ?)",
        Self.id(world, service.type, interface), interface, region, id, service.path)
    }
    try db.execute("INSERT INTO seeded_services (type) VALUES (?)", service.type)
  }

  /// Ids are made from the names, so that they are the same whenever a world of this name begins.
  private static func id(_ names: String...) -> String {
    let digest = SHA256.hash(data: Array(names.joined(separator: "/").utf8))
    return Identifiers.hex(Array(digest.prefix(16)))
  }
}
