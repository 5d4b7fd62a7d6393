import OpenStackAPI
import Persistence

/// Whether the one host takes a new server (Nova, "Compute schedulers": ComputeFilter and the filters of groups).
enum Scheduler {
  /// A group's rule as it counts for a server that is about to be placed.
  private struct GroupRule: RowDecodable {
    let policy: String
    let maximumPerHost: Int?
    let membersOnHost: Int

    init(row: inout Row) throws {
      policy = try row.next()
      maximumPerHost = try row.next()
      membersOnHost = try row.next()
    }

    var isFull: Bool { policy == "anti-affinity" && membersOnHost >= maximumPerHost ?? 1 }
  }

  /// Fails the boot of a server that the host does not take: its service is disabled or down, or the server's group
  /// keeps its members apart.
  static func place(_ id: String, _ db: Connection, _ world: World) throws {
    let service = try HostService.ofServers(db, world)
    let rule: GroupRule? = try db.first(
      """
      SELECT g.policy, g.max_server_per_host, (SELECT count(*) FROM servers m
        WHERE m.server_group = g.uuid AND m.deleted = 0 AND m.host = ? AND m.uuid <> s.uuid)
      FROM servers s JOIN server_groups g ON g.uuid = s.server_group WHERE s.uuid = ?
      """, service.host, id)
    guard service.isDisabled || service.isForcedDown || rule?.isFull == true else { return }
    try db.execute("UPDATE servers SET power_state = ? WHERE uuid = ?", PowerState.none.rawValue, id)
    throw ServerFailure(
      message: ServerFailure.noValidHost, leaves: .error,
      evidence: [
        "host": .string(service.host), "disabled": .bool(service.isDisabled),
        "forced_down": .bool(service.isForcedDown), "server_group_is_full": .bool(rule?.isFull ?? false),
      ])
  }
}
