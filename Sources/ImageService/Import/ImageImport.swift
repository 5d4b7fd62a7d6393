import OpenStackAPI
import Persistence

/// The task behind `POST /v2/images/{id}/import` (glance/async_/flows/api_image_import.py): the image is marked, the
/// bytes are fetched, if they are elsewhere, and brought to one store after the other.
struct ImageImport: Sendable {
  private let task: ImageTask
  private let request: ImportRequest
  private let imageID: String
  private let world: World

  private init(_ task: ImageTask, _ world: World) throws(Fault) {
    (self.task, self.world) = (task, world)
    request = try ImportRequest(task.input["import_req"] ?? .null, world)
    imageID = task.input["image_id"]?.text ?? ""
  }

  /// Step 0 marks the image, step 1 fetches, and from step 2 on each brings the bytes to a store.
  static func run(_ task: ImageTask, step: Int, _ world: World) async throws -> WorkEnd {
    guard task.input["image_id"] != nil else {
      let isEmpty = task.input.object?.members.isEmpty ?? true
      return ImportWork.failing(
        task, world,
        isEmpty ? "Input to api_image_import task is empty." : "Missing required 'image_id' field")
    }
    guard let work = try? ImageImport(task, world) else { return ImportWork.failing(task, world) }
    switch step {
    case 0: return work.change { image, task, db in try work.begin(&image, &task, db) }
    case 1: return try await work.fetch()
    default: return try await work.store(step - 2)
    }
  }

  /// A change of the image and the task, as long as the task holds the image.
  private func change(
    _ body: @escaping @Sendable (inout Image, inout ImageTask, Connection) throws -> Duration?,
    otherwise: @escaping @Sendable (Connection) throws -> Void = { _ in }
  ) -> WorkEnd {
    { db in
      guard var image = try Image.find(imageID, db), image[property: ImportLock.name] == task.id else {
        try otherwise(db)
        return try ImportWork.failing(task, world)(db)
      }
      var task = task
      let before = image
      let delay = try body(&image, &task, db)
      try image.save(db, at: world.now)
      try task.save(db)
      for blob in before.blobs where !image.blobs.contains(blob) { try ImageBlob.release(blob, db, world) }
      return delay
    }
  }

  private func begin(_ image: inout Image, _ task: inout ImageTask, _ db: Connection) throws -> Duration? {
    task.begin(world)
    image.mark(task.stores, in: .importing, true)
    image.mark(task.stores, in: .failed, false)
    if request.method != .copyImage {
      do {
        try image.move(to: .importing)
      } catch {
        return end(&image, &task, failed: [])
      }
    }
    do {
      try checkQuota(image, db)
    } catch let fault as Fault {
      return refuse(&image, &task, fault)
    }
    return ImportWork.duration(task.kind, .processing, world)
  }

  /// The image counts as under way already when the quotas are asked, as in Glance, where it is marked before.
  private func checkQuota(_ image: Image, _ db: Connection) throws {
    var marked = image
    try marked.save(db, at: world.now)
    let size = (image.size ?? 0) >> 20
    guard request.method != .glanceDirect else {
      return try ImageQuota.sizeTotal.enforce(adding: size, to: task.owner, db, world)
    }
    try ImageQuota.stageTotal.enforce(adding: size, to: task.owner, db, world)
    try ImageQuota.countUploading.enforce(adding: 0, to: task.owner, db, world)
  }

  private func refuse(_ image: inout Image, _ task: inout ImageTask, _ fault: Fault) -> Duration? {
    image.mark(task.stores, in: .importing, false)
    if image.status == .importing { image.status = .queued }
    image[property: ImportLock.name] = nil
    task.fail(world, fault.message)
    return nil
  }

  /// Brings the bytes from elsewhere; those of the other methods are here.
  private func fetch() async throws -> WorkEnd {
    guard request.method == .webDownload else { return change { image, task, _ in next(&image, &task, after: -1) } }
    do {
      guard let address = world.imports.filter.address(request.uri) else { throw HTTPDownloadError.refused }
      let blob = try await ImportWork.fetch(address, as: nil, world)
      return change { image, task, db in
        try blob.insert(db)
        image.staged = blob.id
        return next(&image, &task, after: -1)
      } otherwise: { db in
        try ImageBlob.discard(blob.id, db, world)
      }
    } catch {
      try Task.checkCancellation()
      log(error)
      return change { image, task, _ in end(&image, &task, failed: task.stores) }
    }
  }

  /// Brings the bytes to one store.
  private func store(_ place: Int) async throws -> WorkEnd {
    guard task.stores.indices.contains(place) else { return change { image, task, _ in complete(&image, &task) } }
    let store = task.stores[place]
    do {
      let (image, source) = try world.read { db in
        let image = try Image.find(imageID, db)
        return (image, try image.flatMap { $0.staged ?? $0.blob(world) }.flatMap { try ImageBlob.find($0, db) })
      }
      guard let image, let source, world.imageStores[store]?.kind == .file else {
        throw Fault.badRequest("bytes cannot be brought to the store \(store)")
      }
      let isStaged = request.method != .copyImage
      let virtualSize =
        try isStaged ? image.format(in: world).virtualSize(of: world.blobs.path(source.id)) : source.virtualSize
      let blob = try await source.copied(world, virtualSize: virtualSize)
      return change { image, task, db in
        try blob.insert(db)
        image.adopt(blob, in: store)
        return next(&image, &task, after: place)
      } otherwise: { db in
        try ImageBlob.discard(blob.id, db, world)
      }
    } catch {
      try Task.checkCancellation()
      log(error)
      return change { image, task, _ in fail(&image, &task, at: place) }
    }
  }

  /// A store has its copy: the image is active with the first, or if all must succeed with the last.
  private func next(_ image: inout Image, _ task: inout ImageTask, after place: Int) -> Duration? {
    guard place >= 0 else { return task.stores.isEmpty ? complete(&image, &task) : .zero }
    image.mark([task.stores[place]], in: .importing, false)
    let isLast = place == task.stores.count - 1
    if request.method != .copyImage, image.status == .importing, isLast || !request.allStoresMustSucceed {
      image.status = .active
    }
    return isLast ? complete(&image, &task) : .zero
  }

  private func complete(_ image: inout Image, _ task: inout ImageTask) -> Duration? {
    guard image.status == .active else { return undo(&image, &task, stores: task.stores, failed: []) }
    image.staged = nil
    image[property: ImportLock.name] = nil
    task.succeed(image.id, world)
    return nil
  }

  /// A store has no copy: that undoes the others, or if not all must succeed they go on.
  private func fail(_ image: inout Image, _ task: inout ImageTask, at place: Int) -> Duration? {
    let store = task.stores[place]
    guard !request.allStoresMustSucceed else {
      return undo(&image, &task, stores: Array(task.stores[...place]), failed: [store])
    }
    image.mark([store], in: .importing, false)
    image.mark([store], in: .failed, true)
    return place == task.stores.count - 1 ? complete(&image, &task) : .zero
  }

  /// Takes back what stores got. Bytes that were staged for the import stay only if they came from the client and no
  /// store had them yet.
  private func undo(
    _ image: inout Image, _ task: inout ImageTask, stores: [String], failed: [String]
  ) -> Duration? {
    image.locations.removeAll { location in location.store.map(stores.contains) ?? false }
    image.mark(stores, in: .importing, false)
    image.mark(failed, in: .failed, true)
    if image.locations.isEmpty { image.forgetBytes() }
    if request.method != .copyImage, failed.isEmpty {
      image.staged = nil
      image.requeue()
    }
    return end(&image, &task, failed: request.method == .webDownload ? task.stores : [])
  }

  /// Lets go of the image. What was to be fetched is `queued` again.
  private func end(_ image: inout Image, _ task: inout ImageTask, failed: [String]) -> Duration? {
    if request.method == .webDownload {
      image.staged = nil
      image.requeue()
      image.mark(failed, in: .importing, false)
      image.mark(failed, in: .failed, true)
    }
    image[property: ImportLock.name] = nil
    task.fail(world)
    return nil
  }

  private func log(_ error: any Error) {
    world.log.notice("an import failed", metadata: ["image": "\(imageID)", "error": "\(error)"])
  }
}

extension Image {
  /// All bytes that it owns.
  fileprivate var blobs: [BlobID] { ([staged] + locations.map(\.blob)).compactMap { $0 } }

  fileprivate mutating func forgetBytes() {
    (size, virtualSize, checksum, hashAlgorithm, hashValue) = (nil, nil, nil, nil, nil)
  }

  fileprivate mutating func requeue() {
    status = .queued
    forgetBytes()
  }
}
