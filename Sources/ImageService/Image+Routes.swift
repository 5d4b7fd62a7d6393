import OpenStackAPI
import Persistence

extension Image {
  /// The tables that an answer about images depends on.
  private static let tables = ["images", "image_properties", "image_tags", "image_members", "image_locations"]

  static let routes: [Route] = [
    .get("/images", "get_images", ImageRules.reader, keptWhile: tables, run: list),
    .post("/images", "add_image", ImageRules.creator, access: .resource, body: .unchecked, returns: 201, run: create),
    .get("/images/:image_id", "get_image", ImageRules.viewer, access: .resource, keptWhile: tables, run: show),
    .patch("/images/:image_id", "modify_image", ImageRules.member, access: .resource, run: update),
    .delete("/images/:image_id", "delete_image", ImageRules.member, access: .resource, run: delete),
    .put("/images/:image_id/file", "upload_image", ImageRules.member, access: .resource, returns: 204, run: upload),
    .get("/images/:image_id/file", "download_image", ImageRules.downloader, access: .resource, run: download),
    .put(
      "/images/:image_id/tags/:tag_value", "modify_image", ImageRules.member, access: .resource, returns: 204,
      run: addTag),
    .delete("/images/:image_id/tags/:tag_value", "modify_image", ImageRules.member, access: .resource, run: removeTag),
    .post(
      "/images/:image_id/actions/deactivate", "deactivate", ImageRules.member, access: .resource, returns: 204,
      run: deactivate),
    .post(
      "/images/:image_id/actions/reactivate", "reactivate", ImageRules.member, access: .resource, returns: 204,
      run: reactivate),
    .put("/images/:image_id/stage", "modify_image", ImageRules.member, access: .resource, returns: 204, run: stage),
    .post(
      "/images/:image_id/import", "modify_image", ImageRules.member, access: .resource, body: .unchecked, returns: 202,
      run: importBytes),
  ]

  @Sendable static func show(_ call: Call) throws -> Response {
    try call.refuseBody()
    let image = try call.world.read { db in try call.visibleImage(db) }
    try call.authorize(image)
    return image.response(call)
  }

  @Sendable static func delete(_ call: Call) async throws -> Response {
    try call.refuseBody()
    try await call.world.write { db in
      let image = try call.visibleImage(db) { .notFound("Failed to find image \($0) to delete") }
      try call.authorize(image)
      try image.delete(db, call.world)
    }
    return .empty
  }

  /// Removes an image that is not protected; its bytes follow once that is durable, unless another image shares them.
  func delete(_ db: Connection, _ world: World) throws {
    guard !isProtected else {
      throw Fault.forbidden("Image \(id) is protected and cannot be deleted.", reason: .state)
    }
    try db.execute("DELETE FROM images WHERE id = ?", id)
    for blob in [staged] + locations.map(\.blob) { if let blob { try ImageBlob.release(blob, db, world) } }
  }
}
