import Glibc
import OpenStackAPI
import Persistence

/// Whether the process answers, and whether the cloud can do its work, for whoever watches over it.
enum Health {
  static let routes: [Route] = [
    .get("/health", "health", access: .open) { _ in .json { $0.member("status", "ok") } },
    .get("/ready", "ready", access: .open, run: ready),
  ]

  @Sendable private static func ready(_ call: Call) async -> Response {
    guard let registry = call.world.registry else { return answer([]) }
    var missing: [(world: String, reason: String)] = []
    for name in registry.configured {
      if let reason = await registry.obstacle(in: name) { missing.append((name, reason)) }
    }
    return answer(missing)
  }

  private static func answer(_ missing: [(world: String, reason: String)]) -> Response {
    guard !missing.isEmpty else { return .json { $0.member("status", "ready") } }
    return .json(status: 503, headers: [("Retry-After", "1")]) { json in
      json.member("status", "not ready")
      json.array("worlds") { json in
        for (world, reason) in missing {
          json.object { json in
            json.member("name", world)
            json.member("reason", reason)
          }
        }
      }
    }
  }
}

extension WorldRegistry {
  /// Why a world cannot do its work; `nil` where it can. Anybody may ask, so what the system said is for the log alone.
  fileprivate func obstacle(in name: String) async -> String? {
    guard let world = world(name), let isInMemory = try? describe(world: name).isInMemory else {
      return "It is not open."
    }
    do {
      guard try world.read({ try $0.exists("SELECT 1 FROM marks WHERE name = 'openings'") }) else {
        return "Its database is not that of a world."
      }
    } catch {
      world.log.warning("not ready: no read", metadata: ["world": "\(name)", "error": "\(error)"])
      return StorageTrouble(error)?.sentence ?? "Its database answers no read."
    }
    if world.database.foundDamage != nil { return StorageTrouble.damaged.sentence }
    return isInMemory ? nil : await world.writeObstacle()
  }
}

extension World {
  /// A write that waits for the disk like any other, and leaves everything as it is. SQLite goes on for a while where it
  /// can write over old parts of its WAL; images cannot, so that a full disk is told by itself.
  fileprivate func writeObstacle() async -> String? {
    do {
      let file = try read { try $0.first("SELECT file FROM pragma_database_list WHERE name = 'main'", as: String.self) }
      var disk = statvfs()
      if let file, statvfs(file, &disk) == 0, disk.f_bavail == 0 { return StorageTrouble.full.sentence }
      guard !database.isShortOfRoom else { return StorageTrouble.full.sentence }
      _ = try await database.write { try $0.execute("UPDATE marks SET value = value WHERE name = 'openings'") }
      return nil
    } catch {
      log.warning("not ready: no write", metadata: ["world": "\(name)", "error": "\(error)"])
      return StorageTrouble(error)?.sentence ?? "Its database takes no write."
    }
  }
}

extension StorageTrouble {
  /// What is wrong with a world whose storage is in trouble.
  fileprivate var sentence: String {
    switch self {
    case .full: "Its disk is full."
    case .exhausted: "The server is out of file descriptors or memory."
    case .busy: "Its database is in use by another program."
    case .damaged: "Its database is damaged."
    case .failed: "Its storage cannot be read or written."
    }
  }
}
