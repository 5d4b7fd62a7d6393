import HTTPServer
import OpenStackAPI
import Persistence

// PUT /v2/images/{id}/file
extension Image {
  @Sendable static func upload(_ call: Call) async throws -> Response {
    try refuseMediaType(call)
    let size = try declaredSize(call)
    let store = try chosenStore(call)
    let image = try await beginUpload(call)
    let blob: ImageBlob
    do {
      blob = try await receive(image, expecting: size, call)
    } catch {
      try await giveUp(image.id, call.world)
      throw fault(for: error)
    }
    try await finishUpload(image.id, blob, in: store, call.world)
    return .empty
  }

  private static func refuseMediaType(_ call: Call) throws(Fault) {
    let given = call.exchange.request.headers["Content-Type"]
    let mediaType = given?.prefix { $0 != ";" }.trimmingBlanks().lowercased()
    guard mediaType == "application/octet-stream" else {
      throw Fault(415, "Invalid content type \(mediaType ?? "None")", reason: .syntax)
    }
  }

  private static func declaredSize(_ call: Call) throws(Fault) -> Int? {
    guard let text = call.exchange.request.headers["x-openstack-image-size"] else { return nil }
    guard let size = Int(text.trimmingBlanks()), size >= 0 else {
      throw .badRequest("Invalid or missing image size in request headers.", reason: .syntax)
    }
    return size
  }

  private static func chosenStore(_ call: Call) throws(Fault) -> String {
    let stores = call.world.imageStores
    guard let store = stores.chosen(by: call) else {
      throw .badRequest(ImageStores.unknown(call.exchange.request.headers["x-image-meta-store"] ?? ""), reason: .lookup)
    }
    guard store.kind == .file else {
      throw Fault(
        410, "Error in store configuration. Adding images to store is disabled.", reason: .state)
    }
    return store.id
  }

  /// `queued` becomes `saving`: from now on nobody else may upload.
  private static func beginUpload(_ call: Call) async throws -> Image {
    try await call.world.write { db in
      var image = try call.visibleImage(db)
      try call.authorize(image)
      try image.move(to: .saving)
      try image.save(db, at: call.now)
      return image
    }
  }

  private static func receive(_ image: Image, expecting size: Int?, _ call: Call) async throws -> ImageBlob {
    var intake = try ImageIntake(call.world)
    for try await piece in call.exchange.request.body { try await intake.append(piece) }
    return try await intake.finish(as: image.diskFormat, expecting: size)
  }

  /// `saving` becomes `queued` again, so that the client can try once more.
  private static func giveUp(_ id: String, _ world: World) async throws {
    try await world.write { db in
      guard var image = try Image.find(id, db), image.status == .saving else { return }
      try image.move(to: .queued)
      try image.save(db, at: world.now)
    }
  }

  /// The bytes get their owner; an image that was deleted meanwhile cannot be one.
  private static func finishUpload(_ id: String, _ blob: ImageBlob, in store: String, _ world: World) async throws {
    do {
      try await world.write { db in
        guard var image = try Image.find(id, db), image.status == .saving else { throw gone(id) }
        let held = image.staged
        try blob.insert(db)
        image.staged = nil
        image.adopt(blob, in: store)
        try image.move(to: .active)
        try image.save(db, at: world.now)
        if let held { try ImageBlob.release(held, db, world) }
      }
    } catch {
      try world.blobs.remove(blob.id)
      throw error
    }
  }

  private static func gone(_ id: String) -> Fault {
    Fault(
      410,
      "Image \(id) could not be found after upload. The image may have been deleted during the upload, cleaning up "
        + "the chunks uploaded.", reason: .state)
  }

  /// What the client reads when its bytes did not arrive, or found no room.
  private static func fault(for error: any Error) -> any Error {
    switch error {
    case HTTPBodyError.timedOut: Fault(408, "The data did not arrive in time.", reason: .limit)
    case is HTTPBodyError: Fault.badRequest("The data ended too early.", reason: .syntax)
    case BlobError.noSpace: Fault(413, "Image storage media is full.", reason: .quota)
    default: error
    }
  }
}
