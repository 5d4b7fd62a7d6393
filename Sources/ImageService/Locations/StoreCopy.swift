import OpenStackAPI
import Persistence

/// `DELETE /v2/stores/{store}/{image}`: one copy of an image goes, the others stay.
enum StoreCopy {
  static let routes: [Route] = [
    .delete("/stores/:store_id/:image_id", "delete_image_location", .admin, access: .resource, run: delete)
  ]

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let store = call.parameter("store_id")
    guard call.world.imageStores[store] != nil else {
      throw Fault.conflict("The selected store \(store) is not available on this node.", reason: .lookup)
    }
    try await call.world.write { db in
      var image = try call.visibleImage(db) { .notFound("Failed to find image \($0)") }
      try call.authorize(image, rule: "get_image_location")
      try call.authorize(image)
      let place = try place(of: image, in: store)
      let location = image.locations.remove(at: place)
      try image.save(db, at: call.now)
      if let blob = location.blob { try ImageBlob.release(blob, db, call.world) }
    }
    return .empty
  }

  private static func place(of image: Image, in store: String) throws(Fault) -> Int {
    guard image.status == .active else {
      throw .conflict(
        "It's not allowed to remove image data from store if image status is not 'active'", reason: .state)
    }
    guard image.locations.count > 1 else {
      throw .forbidden(
        "Cannot delete image data from the only store containing it. Consider deleting the image instead.",
        reason: .state)
    }
    guard let place = image.locations.firstIndex(where: { $0.store == store }) else {
      throw .notFound("Image \(image.id) is not stored in store \(store).")
    }
    return place
  }
}
