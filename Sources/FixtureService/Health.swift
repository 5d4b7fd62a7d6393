import Glibc
import OpenStackAPI
import Persistence

/// Whether the process answers, and whether the cloud can do its work, for whoever watches over it.
enum Health {
  static let routes: [Route] = [
    .get("/health", "health", access: .open) { _ in .json { $0.member("status", "ok") } },
    .get("/ready", "ready", access: .open, run: ready),
  ]

  private typealias Finding = (world: String, reason: String)

  @Sendable private static func ready(_ call: Call) async -> Response {
    guard let registry = call.world.registry else { return answer([], others: []) }
    var missing: [Finding] = []
    for name in registry.configured {
      if let reason = await registry.obstacle(in: name) { missing.append((name, reason)) }
    }
    let others = registry.worlds.filter { !registry.configured.contains($0.name) }
    return answer(missing, others: others.compactMap { world in world.flaw.map { (world.name, $0.summary) } })
  }

  /// The configuration's worlds decide; others that are broken are told of.
  private static func answer(_ missing: [Finding], others: [Finding]) -> Response {
    let findings = missing + others
    let (status, words) = missing.isEmpty ? (200, "ready") : (503, "not ready")
    return .json(status: status, headers: missing.isEmpty ? [] : [("Retry-After", "1")]) { json in
      json.member("status", words)
      guard !findings.isEmpty else { return }
      json.array("worlds") { json in
        for (world, reason) in findings {
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
    let description = try? describe(world: name)
    if let flaw = description?.flaw { return flaw.summary }
    guard !isPending(world: name) else { return nil }
    guard let world = world(name), let description else { return "It is not open." }
    do {
      guard try world.read({ try $0.exists("SELECT 1 FROM marks WHERE name = 'openings'") }) else {
        return "Its database is not that of a world."
      }
    } catch {
      world.log.warning("not ready: no read", metadata: ["world": "\(name)", "error": "\(error)"])
      return StorageTrouble(error)?.sentence ?? "Its database answers no read."
    }
    if let flaw = world.flaw { return flaw.summary }
    return description.isInMemory ? nil : await world.writeObstacle()
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
