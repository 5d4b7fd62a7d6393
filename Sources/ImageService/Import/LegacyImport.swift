import OpenStackAPI
import Persistence

/// The task `import` of the tasks API, which makes an image of what is at an address (glance/async_/flows/base_import.py).
enum LegacyImport {
  /// The address that the input names, if images may be fetched from there.
  static func address(_ value: JSON?, _ world: World) throws(Fault) -> HTTPAddress {
    guard let uri = value?.text, !uri.isEmpty else {
      throw .badRequest("Invalid location: \((value ?? .null).pythonText)")
    }
    if uri.hasPrefix("file:///") || uri.hasPrefix("filesystem:///") {
      throw .badRequest("File based imports are not allowed. Please use a non-local source of image data.")
    }
    guard uri.hasPrefix("http://") || uri.hasPrefix("https://") else {
      throw .badRequest(
        "The given uri is not valid. Please specify a valid uri from the following list of supported uri ['http']")
    }
    guard let address = world.imports.filter.address(uri) else {
      throw .badRequest("URI for legacy import task does not pass filtering: \(uri)")
    }
    return address
  }

  /// Step 0 makes the image, step 1 fetches its bytes.
  static func run(_ task: ImageTask, step: Int, _ world: World) async throws -> WorkEnd {
    for key in ["import_from", "import_from_format", "image_properties"] where task.input[key] == nil {
      return ImportWork.failing(task, world, "Input does not contain '\(key)' field")
    }
    let image = imageID(task)
    guard step > 0 else { return begin(task, image, world) }
    do {
      let address = try address(task.input["import_from"], world)
      let format = try world.read { try Image.find(image, $0) }?.format(in: world)
      let blob = try await ImportWork.fetch(address, as: format, world)
      return complete(task, image, blob, world)
    } catch {
      try Task.checkCancellation()
      world.log.notice("an import failed", metadata: ["task": "\(task.id)", "error": "\(error)"])
      return { db in
        if let made = try Image.find(image, db), made.status == .saving { try made.delete(db, world) }
        return try ImportWork.failing(task, world)(db)
      }
    }
  }

  /// The image's id has to be the same if the work begins anew; the task's own is as good as any.
  private static func imageID(_ task: ImageTask) -> String { task.input["image_properties"]?["id"]?.text ?? task.id }

  private static func begin(_ task: ImageTask, _ id: String, _ world: World) -> WorkEnd {
    { db in
      guard let draft = try? ImageDraft(task.input["image_properties"] ?? .null) else {
        return try ImportWork.failing(task, world)(db)
      }
      var (image, task) = (draft.image(id: id, owner: draft.owner ?? task.owner, at: world.now), task)
      do {
        try image.move(to: .saving)
        try image.insert(db)
      } catch is Fault {
        return try ImportWork.failing(task, world)(db)
      }
      task.begin(world)
      try task.save(db)
      return ImportWork.duration(task.kind, .processing, world)
    }
  }

  private static func complete(_ task: ImageTask, _ id: String, _ blob: ImageBlob, _ world: World) -> WorkEnd {
    { db in
      guard var image = try Image.find(id, db), image.status == .saving else {
        try ImageBlob.discard(blob.id, db, world)
        return try ImportWork.failing(task, world)(db)
      }
      var task = task
      try blob.insert(db)
      image.adopt(blob, in: world.imageStores.defaultID)
      try image.move(to: .active)
      try image.save(db, at: world.now)
      task.succeed(image.id, world)
      try task.save(db)
      return nil
    }
  }
}
