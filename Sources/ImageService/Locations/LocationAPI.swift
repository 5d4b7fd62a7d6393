import OpenStackAPI
import Persistence

/// `/v2/images/{id}/locations`: where other services, and users of an `http` store, say where an image is.
enum LocationAPI {
  static let routes: [Route] = [
    .post(
      "/images/:image_id/locations", "add_image_location", ImageRules.locator, access: .resource, body: .unchecked,
      returns: 202, run: add),
    .get("/images/:image_id/locations", "fetch_image_location", .service, access: .resource, run: list),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    let image = try call.world.read { db in try call.visibleImage(db) }
    try call.authorize(image)
    var json = JSONWriter()
    json.array { json in
      for location in call.world.imageStores.ranked(image.locations) { json.value(location.json(call.world)) }
    }
    return Response(contentType: "application/json", body: .bytes(json.finish()))
  }

  @Sendable private static func add(_ call: Call) async throws -> Response {
    let body = try call.listOrObject()
    try ImageSchemas.addedLocation.validate(["add_location": body])
    let url = body["url"]?.text ?? ""
    try await call.world.write { db in
      var image = try call.visibleImage(db)
      guard image.status == .queued else {
        throw Fault.conflict(
          "It's not allowed to add locations if image status is \(image.status.rawValue).", reason: .state)
      }
      try call.authorize(image)
      try refuseUser(url, call)
      let data = call.body["validation_data"]
      _ = try ValidationData(ofAdded: data)
      try ImportLock.release(&image, db, call.world)
      let input: JSON = ["image_id": .string(image.id), "loc_url": .string(url), "validation_data": data ?? [:]]
      let task = try ImageTask(.locationImport, input: input, image: image.id, by: call)
      try task.insert(db)
      image[property: ImportLock.name] = task.id
      try image.save(db, at: call.now)
      try ImportWork.plan(task, db, call.world)
    }
    return .empty
  }

  /// Only other services may name what is in a store that is not read over HTTP.
  private static func refuseUser(_ url: String, _ call: Call) throws {
    if try call.caller.roles.contains(where: { $0.name.lowercased() == "service" }) { return }
    guard url.hasPrefix("http"), call.world.imageStores.all.contains(where: { $0.kind == .http }) else {
      throw Fault.forbidden("http store must be enabled to use location API by normal user.")
    }
  }
}
