import Crypto
import OpenStackAPI
import Persistence

/// The key that a world's tokens are made with. It is a row, so that tokens survive a restart.
enum FernetKey {
  private static let name = "fernet"

  /// Makes the key of a world that has none.
  static func ensure(in world: World) async throws {
    let key = world.identifiers.bytes(32)
    _ = try await world.write { db in
      try db.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", name, key)
    }
  }

  /// The key's bytes.
  static func load(_ db: Connection) throws -> [UInt8] {
    guard let key: [UInt8] = try db.scalar("SELECT value FROM secrets WHERE name = ?", name) else {
      throw Fault.unexpected
    }
    return key
  }
}
