import Glibc
import HTTPServer
import OpenStackAPI
import Persistence

// PUT /v2/images/{id}/file
extension Image {
  @Sendable static func upload(_ call: Call) async throws -> Response {
    let store = try chosenStore(call)
    let blob = try await receive(call, as: .saving)
    try await finish(call, blob, while: .saving) { image throws(Fault) in
      image.staged = nil
      image.adopt(blob, in: store)
      try image.move(to: .active)
    }
    return .empty
  }

  /// Takes the request's bytes in, the image being in a state of its own meanwhile; what breaks off leaves nothing.
  static func receive(_ call: Call, as status: ImageStatus) async throws -> ImageBlob {
    try refuseMediaType(call)
    let size = try declaredSize(call)
    let image = try await begin(call, status, size ?? call.exchange.request.body.contentLength ?? 0)
    do {
      try refuseByFault(image, call)
      return try await receive(status == .saving ? image.format(in: call.world) : nil, expecting: size, call)
    } catch {
      await giveUp(image.id, status, call.world)
      throw (error as? BlobError).flatMap(Fault.imageStorage) ?? error
    }
  }

  /// What a store says that may not be written to, where a rule for faults asks for it.
  private static func refuseByFault(_ image: Image, _ call: Call) throws {
    let subject = FaultSubject(
      id: image.id, name: image.name, project: image.owner, user: call.possibleCaller?.user.id)
    guard let failure = call.world.faults.take(.imageUpload, subject) else { return }
    throw Fault(
      503, failure.message ?? "Insufficient permissions on image storage media.", reason: .injected)
  }

  private static func refuseMediaType(_ call: Call) throws(Fault) {
    let given = call.exchange.request.headers["Content-Type"]
    let mediaType = given.map { String($0.prefix { $0 != ";" }.trimmingBlanks()) } ?? ""
    guard mediaType == "application/octet-stream" else {
      throw Fault(415, "Invalid content type \(mediaType.isEmpty ? "None" : mediaType)", reason: .syntax)
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

  /// From now on nobody else may bring bytes.
  private static func begin(_ call: Call, _ status: ImageStatus, _ size: Int) async throws -> Image {
    let project = try call.caller.projectID
    return try await call.world.write { db in
      let quota = status == .saving ? ImageQuota.sizeTotal : .stageTotal
      try quota.enforce(adding: size >> 20, call, db)
      var image = try call.visibleImage(db)
      try call.authorize(image)
      try image.move(to: status)
      try image.save(db, at: call.now)
      try ImageQuota.countUploading.enforce(adding: 0, to: project, db, call.world)
      return image
    }
  }

  private static func receive(_ format: DiskFormat?, expecting size: Int?, _ call: Call) async throws -> ImageBlob {
    let body = call.exchange.request.body
    var intake = try ImageIntake(call.world, total: body.contentLength)
    guard try await intake.append(body, upTo: call.world.imports.sizeCap) else { throw tooLarge }
    return try await intake.finish(as: format, expecting: size)
  }

  /// As Glance, which counts what arrives and does not trust `Content-Length`.
  private static let tooLarge = Fault(
    413, "The incoming image is too large: The provided image is too large.", reason: .limit)

  /// The image is `queued` again, so that the client can try once more.
  private static func giveUp(_ id: String, _ status: ImageStatus, _ world: World) async {
    do {
      try await world.write(spendingReserve: true) { db in
        guard var image = try Image.find(id, db), image.status == status, status == .saving || image.staged == nil
        else { return }
        try image.move(to: .queued)
        try image.save(db, at: world.now)
      }
    } catch {
      world.log.error("an image stays \(status.rawValue)", metadata: ["image": "\(id)", "error": "\(error)"])
    }
  }

  /// The bytes get their owner; an image that was deleted meanwhile cannot be one. They have their room already.
  static func finish(
    _ call: Call, _ blob: ImageBlob, while status: ImageStatus,
    _ change: @escaping @Sendable (inout Image) throws(Fault) -> Void
  ) async throws {
    let (id, world) = (call.parameter("image_id"), call.world)
    do {
      try await world.write(spendingReserve: true) { db in
        guard var image = try Image.find(id, db), image.status == status else { throw gone(id) }
        let held = image.staged
        try blob.insert(db)
        try change(&image)
        try image.save(db, at: world.now)
        if let held { try ImageBlob.release(held, db, world) }
      }
    } catch {
      try world.blobs.remove(blob.id)
      await giveUp(id, status, world)
      throw error
    }
  }

  private static func gone(_ id: String) -> Fault {
    Fault(
      410,
      "Image \(id) could not be found after upload. The image may have been deleted during the upload, cleaning up "
        + "the chunks uploaded.", reason: .state)
  }
}

extension Fault {
  /// What Glance says of its storage (glance/api/v2/image_data.py); `nil` for what is not the storage's trouble.
  static func imageStorage(_ error: BlobError) -> Fault? {
    guard let trouble = error.trouble else { return nil }
    if trouble == .full {
      return Fault(
        413, "Image storage media is full: There is not enough disk space on the image storage media.",
        reason: .storage)
    }
    guard case .system(EACCES, _) = error else { return Fault(trouble) }
    return Fault(
      503, "Insufficient permissions on image storage media: Permission to write image storage media denied.",
      reason: .storage)
  }
}
