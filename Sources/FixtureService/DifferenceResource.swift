import OpenStackAPI
import Persistence

/// What differs between a snapshot and now, or between two snapshots.
enum DifferenceResource {
  static let routes: [Route] = [
    .get("/snapshots/:name/difference", "snapshots:difference", access: .open, query: query, run: show)
  ]

  /// `with` names the snapshot to compare with; without it that is the world as it is now.
  private static let query = Query(
    [QueryParameter("with", .string(format: ControlFormat.name), single: true)], refusesUnknownSince: Version(0, 0))

  @Sendable private static func show(_ call: Call) async throws -> Response {
    let (registry, world) = (try call.registry, call.world)
    let name = try known(call.parameter("name"), call)
    let other = try call.query["with"].map { try known($0, call) }
    if other == nil { await world.settle(within: .seconds(5)) }
    let difference = try await Background.run {
      try Difference(of: registry.kinds) {
        try registry.read(snapshot: name, seenFrom: world.name, $0)
      } after: { body in
        guard let other else { return try world.read(body) }
        try registry.read(snapshot: other, seenFrom: world.name, body)
      }
    }
    return .json { json in
      json.object("difference") { json in
        json.member("from", ["snapshot": .string(name)] as JSON)
        json.member("to", other.map { ["snapshot": .string($0)] as JSON } ?? ["world": .string(world.name)])
        json.member("equal", difference.isEmpty)
        json.member("created", JSON.array(difference.created.map { .object(JSONObject($0.members)) }))
        json.member("changed", JSON.array(difference.changed.map(\.json)))
        json.member("deleted", JSON.array(difference.deleted.map { .object(JSONObject($0.members)) }))
      }
    }
  }

  private static func known(_ name: String, _ call: Call) throws -> String {
    let names = try call.registry.snapshots(seenFrom: call.world.name).map(\.name)
    guard names.contains(name) else { throw NearestName.missing("snapshot", name, among: names) }
    return name
  }
}

extension Difference.Change {
  /// The resource as it is now, and the fields with their values before and after.
  fileprivate var json: JSON {
    let fields = fields.map { ($0.name, ["from": $0.before, "to": $0.after] as JSON) }
    return .object(JSONObject(record.members + [("fields", .object(JSONObject(fields)))]))
  }
}
