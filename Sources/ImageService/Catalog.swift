import OpenStackAPI
import Persistence

/// Glance, as Nova sees it.
struct Catalog: ImageCatalog {
  func image(_ id: String, visibleTo caller: Authorization, _ db: Connection) throws -> ImageSummary? {
    guard let image = try Image.find(id, db), try image.isVisible(to: caller, db) else { return nil }
    return image.summary
  }

  func image(_ id: String, _ db: Connection) throws -> ImageSummary? { try Image.find(id, db)?.summary }

  func images(visibleTo caller: Authorization, _ db: Connection) throws -> [ImageSummary] {
    var listing = Listing(Image.columns, from: "images", key: "id")
    listing.conditions = try ImageScope(caller).conditions() + [Condition("os_hidden = 0")]
    listing.order = [SortOrder("created_at"), SortOrder("id")]
    let rows: [Image] = try listing.page(db, after: nil, limit: Int(Int32.max)) ?? []
    return try Image.complete(rows, db).map(\.summary)
  }

  /// The snapshot holds its source's bytes from now on, so that they stay while the source may go.
  func createSnapshot(_ request: SnapshotRequest, _ db: Connection, _ world: World) throws {
    let source = try request.source.flatMap { try Image.find($0, db) }.flatMap { $0.blob(world) == nil ? nil : $0 }
    let image = Image(
      id: request.id, name: request.name, status: .queued, visibility: request.sharedWith == nil ? .private : .shared,
      owner: request.owner,
      diskFormat: source?.diskFormat ?? "qcow2", containerFormat: source?.containerFormat ?? "bare",
      minDisk: request.minDisk, minRAM: source?.minRAM ?? 0, isProtected: false, isHidden: false,
      createdAt: world.now, updatedAt: world.now, staged: source?.blob(world) ?? BlankImage.id,
      properties: Self.sorted(request.properties.filter { ImageAttribute.isCustom($0.key) }))
    try image.insert(db)
    guard let project = request.sharedWith else { return }
    try ImageMember(imageID: image.id, project: project, createdAt: world.now, updatedAt: world.now).insert(db)
  }

  func completeSnapshot(_ id: String, _ db: Connection, _ world: World) throws {
    guard var image = try Image.find(id, db), image.status == .queued else { return }
    guard let held = image.staged, let blob = try ImageBlob.find(held, db) else { return }
    image.adopt(blob, in: world.imageStores.defaultID)
    image.staged = nil
    try image.move(to: .active)
    try image.save(db, at: world.now)
  }

  func delete(_ id: String, by caller: Authorization, _ db: Connection, _ world: World) throws -> Bool {
    guard let image = try Image.find(id, db), try image.isVisible(to: caller, db) else { return false }
    try image.authorize("delete_image", caller, world)
    try image.delete(db, world)
    return true
  }

  func discard(_ id: String, _ db: Connection, _ world: World) throws {
    guard let image = try Image.find(id, db), !image.isProtected else { return }
    try image.delete(db, world)
  }

  func images(with properties: [String: String], _ db: Connection) throws -> [String] {
    let having = properties.map { _ in
      "EXISTS (SELECT 1 FROM image_properties WHERE image_id = images.id AND name = ? AND value = ?)"
    }
    var ids: [String] = []
    try db.forEachRow(
      "SELECT id FROM images WHERE \(having.joined(separator: " AND ")) ORDER BY created_at DESC, rowid DESC",
      properties.flatMap { [$0.key, $0.value] }
    ) { row in ids.append(try row.next()) }
    return ids
  }

  func setProperties(
    _ id: String, _ properties: [String: String], by caller: Authorization, _ db: Connection, _ world: World
  ) throws {
    guard var image = try Image.find(id, db), try image.isVisible(to: caller, db) else { throw Image.notFound(id) }
    try image.authorize("modify_image", caller, world)
    try ImageLimits.refuseProperties(properties.count)
    if let name = properties.keys.first(where: { !ImageAttribute.isCustom($0) }) { throw ImageAttribute.readOnly(name) }
    let kept = image.properties.compactMap { property in
      properties[property.name].map { ImageProperty(name: property.name, value: $0) }
    }
    let known = Set(kept.map(\.name))
    image.properties = kept + Self.sorted(properties.filter { !known.contains($0.key) })
    try image.save(db, at: world.now)
  }

  private static func sorted(_ properties: [String: String]) -> [ImageProperty] {
    properties.sorted { $0.key < $1.key }.map { ImageProperty(name: $0.key, value: $0.value) }
  }
}

extension Image {
  fileprivate func authorize(_ rule: String, _ caller: Authorization, _ world: World) throws {
    guard !world.policies.allows(rule, caller, target(for: caller)) else { return }
    throw GlanceDialect().denied(rule)
  }

  fileprivate var summary: ImageSummary {
    ImageSummary(
      id: id, name: name, status: status.rawValue, size: size, virtualSize: virtualSize, minDisk: minDisk,
      minRAM: minRAM, createdAt: createdAt, updatedAt: updatedAt, owner: owner,
      properties: Dictionary(properties.map { ($0.name, $0.value) }) { $1 }, diskFormat: diskFormat,
      containerFormat: containerFormat)
  }
}
