import OpenStackAPI
import Persistence

/// What other services tell Nova about its servers (Compute API, "Create external events"). Each event is answered for
/// by itself; with no network, volume or bare metal service there is nothing to do about those that are taken.
enum ExternalEvents {
  /// The kinds of events and the versions that brought them.
  private static let names: [(name: String, since: Version)] = [
    ("network-changed", "2.1"), ("network-vif-plugged", "2.1"), ("network-vif-unplugged", "2.1"),
    ("network-vif-deleted", "2.1"), ("volume-extended", "2.51"), ("power-update", "2.76"),
    ("accelerator-request-bound", "2.82"), ("volume-reimaged", "2.93"),
  ]

  private static let needTags = ["volume-extended", "power-update", "accelerator-request-bound"]

  private static let name = Schema.byVersion { version in
    .string(in: names.filter { version >= $0.since }.map(\.name))
  }

  private static let events = Body(
    "events",
    .array(
      .object([
        Property("name", name, .required), .string("server_uuid", format: .uuid, .required),
        .string("status", in: ["failed", "completed", "in-progress"]), .string("tag", 0...255),
      ]), count: 1...Int.max))

  static let routes: [Route] = [
    .post(
      "/os-server-external-events", "os_compute_api:os-server-external-events:create", .service, body: events,
      returns: 200, run: create)
  ]

  /// 207 where any of the events failed.
  private static func create(_ call: Call) throws -> Response {
    let events = call.input.array?.compactMap(\.object) ?? []
    let codes = try call.world.read { db in try events.map { try code(of: JSON.object($0), db) } }
    return .json(status: codes.allSatisfy { $0 == 200 } ? 200 : 207) { json in
      json.array("events") { json in
        for (event, code) in zip(events, codes) {
          var answered = event
          answered["status"] = .string(code == 200 ? "completed" : "failed")
          answered["code"] = .integer(code)
          JSON.object(answered).write(to: &json)
        }
      }
    }
  }

  private static func code(of event: JSON, _ db: Connection) throws -> Int {
    let host: HostOfServer? = try db.first(
      "SELECT host FROM servers WHERE uuid = ? AND deleted = 0", event["server_uuid"]?.text ?? "")
    guard let host else { return 404 }
    if event["tag"] == nil, needTags.contains(event["name"]?.text ?? "") { return 400 }
    return host.name == nil ? 422 : 200
  }

  private struct HostOfServer: RowDecodable {
    let name: String?

    init(row: inout Row) throws { name = try row.next() }
  }
}
