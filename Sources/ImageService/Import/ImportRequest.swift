import OpenStackAPI
import Persistence

/// The body of `POST /v2/images/{id}/import`.
struct ImportRequest: Sendable {
  let method: ImportMethod
  /// Where `web-download` takes the bytes from.
  let uri: String?
  let allStores: Bool
  let allStoresMustSucceed: Bool
  private let stores: JSON?
  private let body: JSON

  init(_ body: JSON, _ world: World) throws(Fault) {
    guard let given = body["method"] else { throw .badRequest("Import request requires a 'method' field.") }
    guard let name = given["name"] else { throw .badRequest("Import request requires a 'name' field.") }
    guard let method = name.text.flatMap(ImportMethod.init), world.imports.enabledMethods.contains(method) else {
      throw .badRequest("Unknown import method name '\(name.pythonText)'.")
    }
    allStoresMustSucceed = try Self.truth("all_stores_must_succeed", body, fallback: true)
    allStores = try Self.truth("all_stores", body, fallback: false)
    (self.method, uri, stores, self.body) = (method, given["uri"]?.text, body["stores"], body)
  }

  private static func truth(_ name: String, _ body: JSON, fallback: Bool) throws(Fault) -> Bool {
    guard let value = body[name] else { return fallback }
    guard let truth = value.bool else { throw .badRequest("'\(name)' must be boolean value only") }
    return truth
  }

  /// The task's input.
  func input(_ image: Image, into stores: [String]) -> JSON {
    ["image_id": .string(image.id), "import_req": body, "backend": .array(stores.map(JSON.string))]
  }

  /// Refuses what the image's state does not allow.
  func check(_ image: Image) throws(Fault) {
    if image.status == .active, method != .copyImage {
      throw .conflict("Image with status active cannot be target for import", reason: .state)
    }
    if image.status != .active, method == .copyImage {
      throw .conflict("Only images with status active can be targeted for copying", reason: .state)
    }
    if image.status != .queued, method == .webDownload {
      throw .conflict("Image needs to be in 'queued' state to use 'web-download' method", reason: .state)
    }
    if image.status != .uploading, method == .glanceDirect {
      throw .conflict("Image needs to be staged before 'glance-direct' method can be used", reason: .state)
    }
    for (name, value) in [("container_format", image.containerFormat), ("disk_format", image.diskFormat)]
    where value == nil {
      throw .conflict("'\(name)' needs to be set before import", reason: .state)
    }
  }

  /// The stores that the bytes go to: those named, all, or the default one.
  func chosenStores(_ call: Call) throws(Fault) -> [String] {
    let header = call.exchange.request.headers["x-image-meta-store"]
    let configured = call.world.imageStores
    if allStores {
      guard stores == nil, header == nil else {
        throw .badRequest("All_stores parameter can't be used with x-image-meta-store header or stores parameter")
      }
      return configured.writable.map(\.id)
    }
    if stores != nil, header != nil {
      throw .badRequest("Stores parameter and x-image-meta-store header can't be both specified")
    }
    var names: [String] = []
    for store in stores?.array ?? [stores ?? .string(header ?? configured.defaultID)] {
      guard let name = store.text, configured[name] != nil else {
        throw .conflict(ImageStores.unknown(store.pythonText), reason: .lookup)
      }
      names.append(name)
    }
    return names
  }

  /// Leaves out where a copy is already; `nil` if that is everywhere.
  func withoutPresent(_ image: Image, _ chosen: [String]) throws(Fault) -> [String]? {
    guard method == .copyImage else { return chosen }
    let present = Set(image.locations.compactMap(\.store))
    guard !allStores else {
      let missing = chosen.filter { !present.contains($0) }
      return missing.isEmpty ? nil : missing
    }
    if let store = image.locations.compactMap(\.store).first(where: chosen.contains) {
      throw .badRequest("Image is already present at store '\(store)'", reason: .state)
    }
    return chosen
  }
}

// POST /v2/images/{id}/import
extension Image {
  @Sendable static func importBytes(_ call: Call) async throws -> Response {
    let request = try ImportRequest(call.listOrObject(), call.world)
    let project = try call.caller.projectID
    try await call.world.write { db in
      try ImageQuota.sizeTotal.enforce(adding: 0, to: project, db, call.world)
      var image = try call.visibleImage(db)
      try request.check(image)
      try call.authorize(image, rule: request.method == .copyImage ? "copy_image" : "modify_image")
      try ImportLock.release(&image, db, call.world)
      let chosen = try request.chosenStores(call)
      guard let stores = try request.withoutPresent(image, chosen) else { return }
      if request.method == .webDownload, call.world.imports.filter.address(request.uri) == nil {
        throw Fault.badRequest("URI for web-download does not pass filtering: \(request.uri ?? "None")")
      }
      let input = request.input(image, into: stores)
      let task = try ImageTask(.imageImport, input: input, image: image.id, by: call)
      try task.insert(db)
      image[property: ImportLock.name] = task.id
      try image.save(db, at: call.now)
      try ImportWork.plan(task, db, call.world)
    }
    return .empty
  }
}

/// The mark on an image that says which task works on it.
enum ImportLock {
  static let name = "os_glance_import_task"

  /// Refuses while another task works on the image; one that has not moved for an hour (two, if it has not even begun)
  /// loses the image.
  static func release(_ image: inout Image, _ db: Connection, _ world: World) throws {
    guard let holder = image[property: name] else { return }
    guard var task = try ImageTask.find(holder, db) else {
      image[property: name] = nil
      return
    }
    let patience = Duration.seconds(task.status == .pending ? 7200 : 3600)
    guard world.now - task.updatedAt >= patience else {
      throw Fault.conflict("Image has active task", reason: .state)
    }
    task.fail(world, "Expired lock preempted")
    try task.save(db)
    image[property: name] = nil
    image.mark(task.stores, in: .importing, false)
    image.mark(task.stores, in: .failed, false)
  }
}

extension ImageTask {
  /// The stores that an import goes to.
  var stores: [String] { (input["backend"]?.array ?? []).compactMap(\.text) }
}

/// The lists of stores that an image shows of its imports.
enum ImportProgress: String {
  case importing = "os_glance_importing_to_stores"
  case failed = "os_glance_failed_import"
}

extension Image {
  /// Puts stores on one of the lists, or takes them off.
  mutating func mark(_ stores: [String], in list: ImportProgress, _ areListed: Bool) {
    let listed = Set((self[property: list.rawValue] ?? "").split(separator: ",").map(String.init))
    let changed = areListed ? listed.union(stores) : listed.subtracting(stores)
    self[property: list.rawValue] = changed.sorted().joined(separator: ",")
  }
}
