import OpenStackAPI
import Persistence

/// The secrets of a world, which stay with it whatever rows it gets: a token of another world whose snapshot it is taken to
/// is nobody's here, and its own stay good.
struct WorldSecrets: Sendable {
  private let rows: [(name: String, value: [UInt8])]

  /// None: the world makes new ones when it begins.
  init() { rows = [] }

  /// Those that a world has now.
  init(of world: World) throws {
    var rows: [(name: String, value: [UInt8])] = []
    try world.read { db in
      try db.forEachRow("SELECT name, value FROM secrets") { row in rows.append((try row.next(), try row.next())) }
    }
    self.rows = rows
  }

  /// Makes them the only ones of a world.
  func replace(in world: World) async throws {
    let rows = rows
    _ = try await world.write { db in
      try db.execute("DELETE FROM secrets")
      for (name, value) in rows { try db.execute("INSERT INTO secrets (name, value) VALUES (?, ?)", name, value) }
    }
  }
}
