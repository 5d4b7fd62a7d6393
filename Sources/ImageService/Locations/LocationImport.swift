import OpenStackAPI
import Persistence

/// The task behind `POST /v2/images/{id}/locations` (glance/async_/flows/location_import.py): the image becomes active
/// with its location, and what is there is read for its digests; before, if the client says what they must be.
struct LocationImport: Sendable {
  private let task: ImageTask
  private let imageID: String
  private let url: String
  private let data: ValidationData
  private let world: World

  private var isVerified: Bool { data.hash != nil }
  private var algorithm: String { data.algorithm ?? ImageDigests.algorithm.rawValue }

  static func run(_ task: ImageTask, step: Int, _ world: World) async throws -> WorkEnd {
    for key in ["image_id", "loc_url", "validation_data"] where task.input[key] == nil {
      let isEmpty = task.input.object?.members.isEmpty ?? true
      return ImportWork.failing(
        task, world,
        isEmpty ? "Input to location_import task is empty." : "Input does not contain '\(key)' field")
    }
    guard let data = try? ValidationData(ofAdded: task.input["validation_data"]) else {
      return ImportWork.failing(task, world)
    }
    let work = LocationImport(
      task: task, imageID: task.input["image_id"]?.text ?? "", url: task.input["loc_url"]?.text ?? "", data: data,
      world: world)
    return step == 0 ? await work.locate() : try await work.digest()
  }

  /// A change of the image and the task, as long as the task holds the image; it says how long until the next step.
  private func change(_ body: @escaping @Sendable (inout Image, inout ImageTask) throws -> Duration?) -> WorkEnd {
    { db in
      guard var image = try Image.find(imageID, db), image[property: ImportLock.name] == task.id else {
        return try ImportWork.failing(task, world)(db)
      }
      var task = task
      let delay = try body(&image, &task)
      if delay == nil { image[property: ImportLock.name] = nil }
      try image.save(db, at: world.now)
      try task.save(db)
      return delay
    }
  }

  private func locate() async -> WorkEnd {
    let size = await RemoteImage.size(url, world)
    return change { image, task in
      task.begin(world)
      guard let size, let store = RemoteImage.store(of: url, world) else {
        task.fail(world)
        return nil
      }
      image.locations.append(
        ImageLocation(address: url, metadata: JSONObject([("store", .string(store))])))
      image.size = size
      if world.imports.doesSecureHash { image.hashAlgorithm = algorithm } else { image.adopt(data) }
      do {
        try image.move(to: world.imports.doesSecureHash && isVerified ? .importing : .active)
      } catch {
        task.fail(world)
        return nil
      }
      if world.imports.doesSecureHash { return ImportWork.duration(task.kind, .processing, world) }
      task.succeed(image.id, world)
      return nil
    }
  }

  private func digest() async throws -> WorkEnd {
    let found: (checksum: String, hash: String)?
    do {
      found = try await read()
    } catch {
      try Task.checkCancellation()
      world.log.notice("a location cannot be read", metadata: ["image": "\(imageID)", "error": "\(error)"])
      found = nil
    }
    return change { image, task in
      guard !isVerified || found?.hash == data.hash?.lowercased() else {
        // The location stays, as nothing is deleted from a store that is only read.
        (image.status, image.checksum, image.hashAlgorithm, image.hashValue) = (.queued, nil, nil, nil)
        task.fail(world)
        return nil
      }
      (image.checksum, image.hashValue) = (found?.checksum, found?.hash)
      image.status = .active
      task.succeed(image.id, world)
      return nil
    }
  }

  /// Both digests, computed for as long as the image is there.
  private func read() async throws -> (checksum: String, hash: String) {
    guard let address = world.imports.filter.address(url) else { throw HTTPDownloadError.refused }
    let download = try await HTTPDownload.begin(address, world.imports.filter)
    var checksum = DigestAlgorithm.md5.begun
    var hash = (DigestAlgorithm(rawValue: algorithm) ?? .sha512).begun
    while let piece = try await download.next() {
      guard try world.read({ try $0.exists("SELECT 1 FROM images WHERE id = ?", imageID) }) else {
        throw Fault.notFound("the image is gone")
      }
      piece.withUnsafeBytes { bytes in
        checksum.update(bytes)
        hash.update(bytes)
      }
    }
    return (Identifiers.hex(checksum.finish()), Identifiers.hex(hash.finish()))
  }
}
