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

  /// The key's bytes: what the row says, bound to the world that it is in. Rows can be copied, or come from the same seed;
  /// a token is good in one world alone.
  static func load(_ world: World) throws -> [UInt8] {
    let kept: [UInt8]? = try world.read { try $0.scalar("SELECT value FROM secrets WHERE name = ?", name) }
    guard let kept else { throw Fault.unexpected }
    let place = Array("\(name)\n\(world.name)\n\(world.incarnation)".utf8)
    return Array(HMAC<SHA256>.authenticationCode(for: place, using: SymmetricKey(data: kept)))
  }
}
