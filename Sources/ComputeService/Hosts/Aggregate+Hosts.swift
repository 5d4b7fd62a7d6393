import OpenStackAPI
import Persistence

/// The hosts of aggregates: here there is one, whose zone they decide.
extension Aggregate {
  static func addHost(_ call: Call) async throws -> Response {
    let host = call.input["host"]?.text ?? ""
    return try await change(call) { aggregate, db in
      guard host == call.world.compute.host else { throw Fault.notFound("Compute host \(host) could not be found.") }
      if let zone = aggregate.zone { try aggregate.refuseHost(movingTo: zone, db, call.world) }
      guard !aggregate.hostNames.contains(host) else {
        throw Fault.conflict("Aggregate \(aggregate.id) already has host \(host).")
      }
      return try aggregate.store(hosts: aggregate.hostNames + [host], call, db)
    }
  }

  /// A host that has servers keeps its zone.
  private func refuseHost(movingTo zone: String, _ db: Connection, _ world: World) throws {
    func refusal(_ reason: String) -> Fault {
      .conflict("Cannot add host to aggregate \(id). Reason: \(reason).")
    }
    let others = try otherZones(than: zone, db, world)
    if !others.isEmpty { throw refusal(Self.conflict(others)) }
    let old = try Self.all(db).filter { $0.hostNames.contains(world.compute.host) }.compactMap(\.zone).first
    if old != zone, let count = try QuotaUsage.ofAll(db)?.instances, count > 0 {
      throw refusal(Self.moved("added to", from: old, to: zone, count))
    }
  }

  private static func moved(_ verb: String, from old: String?, to new: String?, _ count: Int) -> String {
    "The host cannot be \(verb) the aggregate as the availability zone of the host would change from "
      + "'\(old ?? "None")' to '\(new ?? "None")' but the host already has \(count) instance(s). Changing the AZ of an "
      + "existing instance is not supported by this action. Move the instances away from this host then try again. If "
      + "you need to move the instances between AZs then you can use shelve_offload and unshelve to achieve this."
  }

  static func removeHost(_ call: Call) async throws -> Response {
    let host = call.input["host"]?.text ?? ""
    return try await change(call) { aggregate, db in
      guard aggregate.hostNames.contains(host) else {
        throw Fault.notFound("Cannot remove host \(host) in aggregate \(aggregate.id)")
      }
      if let zone = aggregate.zone, let count = try QuotaUsage.ofAll(db)?.instances, count > 0 {
        let others = try all(db).filter { $0.id != aggregate.id && $0.hostNames.contains(host) }.compactMap(\.zone)
        guard others.first == zone else {
          throw Fault.conflict(
            "Cannot remove host from aggregate \(aggregate.id). Reason: "
              + moved("removed from", from: zone, to: others.first, count) + ".")
        }
      }
      return try aggregate.store(hosts: aggregate.hostNames.filter { $0 != host }, call, db)
    }
  }

  /// Nova's hosts fetch the images ahead of need; here they are always at hand.
  static func cacheImages(_ call: Call) throws -> Response {
    let ids = call.input.array?.compactMap { $0["id"]?.text } ?? []
    guard Set(ids).count == ids.count else { throw Fault.badRequest("Duplicate images in request") }
    try call.world.read { db in
      _ = try find(call, db)
      for id in ids where try call.world.crossings.images?.image(id, visibleTo: call.caller, db) == nil {
        throw Fault.badRequest("Image \(id) could not be found.")
      }
    }
    return .empty
  }

  /// Takes a host out of all aggregates, as when its service is deleted.
  static func removeHost(_ host: String, _ db: Connection) throws {
    for aggregate in try all(db) where aggregate.hostNames.contains(host) {
      let left = aggregate.hostNames.filter { $0 != host }
      try db.execute("UPDATE aggregates SET hosts = ? WHERE id = ?", left.jsonText, aggregate.id)
    }
  }

  /// The availability zone of the host: that of an aggregate it is in, else the configuration's.
  static func zone(_ db: Connection, _ world: World) throws -> String {
    let named = try db.query(
      """
      SELECT metadata ->> 'availability_zone' FROM aggregates
      WHERE metadata ->> 'availability_zone' IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(hosts) WHERE value = ?)
      ORDER BY id
      """, world.compute.host, as: String.self)
    return named.first ?? world.compute.availabilityZone
  }
}
