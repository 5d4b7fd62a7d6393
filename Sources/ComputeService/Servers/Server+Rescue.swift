import OpenStackAPI
import Persistence

/// Servers that boot from another image for repairs (Compute API, "Rescue Server").
extension Server {
  static let rescuing: [Route] = [
    .action("/servers/:id/action", "rescue", "os_compute_api:os-rescue", body: rescueBody, returns: 200, run: rescue),
    .action("/servers/:id/action", "unrescue", "os_compute_api:os-unrescue") { call in
      try await begin(.unrescue, call)
    },
  ]

  private static let rescueBody = Body(
    "rescue", Schema.object([.string("adminPass"), .string("rescue_image_ref", format: .uuid)]).orNull)

  private static func rescue(_ call: Call) async throws -> Response {
    let password = call.input["adminPass"]?.text ?? call.world.identifiers.password()
    let image = call.input["rescue_image_ref"]?.text
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try ServerLifecycle.rescue.check(server, call)
      if let image, try call.world.crossings.images?.image(image, visibleTo: call.caller, db) == nil {
        throw Fault.badRequest("Requested rescue image '\(image)' is not supported")
      }
      try ServerLifecycle.rescue.begin(server.id, call, db)
    }
    return .json { json in json.member("adminPass", password) }
  }

  /// A server that begins to run anew, as after a rescue or a rebuild.
  static func relaunch(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try db.execute(
      "UPDATE servers SET launched_at = ? WHERE uuid = ?", world.now.seconds * 1_000_000, transition.resource)
  }
}
