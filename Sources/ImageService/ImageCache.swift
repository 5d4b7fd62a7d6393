import OpenStackAPI
import Persistence

/// The cache of images, as administrators manage it (`/v2/cache`). Every image's bytes are at hand here, so that what is
/// kept is which images were asked for: first in the queue, then in the cache.
struct ImageCache: Sendable, RowDecodable {
  let id: Int
  let imageID: String
  let isCached: Bool
  let size: Int
  let checksum: String?
  let modifiedAt: Timestamp

  private static let columns =
    "image_cache.id, image_cache.image_id, image_cache.cached, ifnull(images.size, 0), images.checksum, image_cache.modified_at"

  init(row: inout Row) throws {
    id = try row.next()
    imageID = try row.next()
    isCached = try row.next()
    size = try row.next(in: .counts)
    checksum = try row.next()
    modifiedAt = try row.next()
  }

  static let kind = "image-cache"

  /// What is queued gets cached.
  @Sendable static func fill(_ transition: Transition, _ db: Connection, _ world: World) throws -> Duration? {
    try db.execute(
      "UPDATE image_cache SET cached = 1, modified_at = ? WHERE image_id = ?", world.now.microseconds,
      transition.resource)
    return nil
  }
}

extension ImageCache {
  static let routes: [Route] = [
    .get("/cache", "cache_list", .admin, access: .resource, run: list),
    .delete("/cache", "cache_delete", .admin, access: .resource, run: clear),
    .put("/cache/:image_id", "cache_image", .admin, access: .resource, returns: 202, run: queue),
    .delete("/cache/:image_id", "cache_delete", .admin, access: .resource, run: delete),
    .get("/cache/nodes/:image_id", "list_cached_nodes", .admin, access: .resource, run: nodes),
    .post("/cache/clean", "cache_clean", .admin, access: .resource, returns: 200, run: clean).makingRoom,
    .post("/cache/prune", "cache_prune", .admin, access: .resource, returns: 200, run: prune).makingRoom,
  ]

  /// How many bytes a pruning leaves at most (glance-api.conf, `image_cache_max_size`).
  private static let capacity = 10 << 30

  private static let view = View<ImageCache>([
    Field("id", \.id),
    Field("image_id", \.imageID),
    Field("last_accessed", { $0.modifiedAt.epoch }),
    Field("last_modified", { $0.modifiedAt.epoch }),
    Field("size", \.size),
    Field("hits", { _ in 0 }),
    Field("checksum", \.checksum),
  ])

  /// The refusals that every request begins with.
  private static func check(_ call: Call) throws(Fault) {
    guard call.isAllowed(call.route.operation) else { throw call.exchange.service.dialect.denied(call.route.operation) }
    guard call.world.imports.hasCache else {
      throw .notFound("Caching via API is not supported at this site.", reason: .route)
    }
  }

  /// All of it, in the order in which it was asked for.
  private static func all(_ db: Connection) throws -> [ImageCache] {
    try db.query(
      "SELECT \(columns) FROM image_cache JOIN images ON images.id = image_cache.image_id ORDER BY image_cache.id")
  }

  @Sendable private static func list(_ call: Call) throws -> Response {
    try check(call)
    let entries = try call.world.read { db in try all(db) }
    return .json { json in
      let projection = view.projection(for: call)
      json.array("cached_images") { json in
        for entry in entries where entry.isCached { projection.write(entry, to: &json) }
      }
      json.member("queued_images", entries.filter { !$0.isCached }.map(\.imageID))
    }
  }

  @Sendable private static func queue(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let image = try call.visibleImage(db) { .notFound("Image \($0) not found.") }
      try check(call)
      guard image.status == .active else {
        throw Fault.badRequest("Only images with status active can be targeted for queueing", reason: .state)
      }
      let isNew = try db.execute(
        "INSERT INTO image_cache (image_id, cached, modified_at) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", image.id,
        call.now.microseconds)
      let duration = call.world.cloud.pace.duration(of: "\(kind).cache.queued", realistic: .seconds(1))
      guard isNew > 0 else { return }
      try Transition.plan(db, kind: kind, resource: image.id, action: "cache", due: call.now + duration)
    }
    return .empty
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      _ = try call.visibleImage(db) { .notFound("Image \($0) not found.") }
      try check(call)
      let id = call.parameter("image_id")
      try db.execute("DELETE FROM image_cache WHERE image_id = ?", id)
      try Transition.cancel(db, kind: kind, resource: id)
    }
    return .empty
  }

  /// The nodes whose caches hold an image: this is the only one.
  @Sendable private static func nodes(_ call: Call) throws -> Response {
    try check(call)
    let isCached = try call.world.read { db in
      let image = try call.visibleImage(db) { .notFound("Image \($0) not found.") }
      return try all(db).contains { $0.imageID == image.id && $0.isCached }
    }
    var json = JSONWriter()
    json.value(isCached ? [call.exchange.base] : [])
    return Response(contentType: "application/json", body: .bytes(json.finish()))
  }

  /// Removes what is invalid or was begun and never ended. Nothing here ever is.
  @Sendable private static func clean(_ call: Call) throws -> Response {
    try check(call)
    return .empty
  }

  /// Removes what was asked for first, until the rest is no more than the cache may hold.
  @Sendable private static func prune(_ call: Call) async throws -> Response {
    try check(call)
    let pruned = try await call.world.write { db in
      let cached = try all(db).filter(\.isCached)
      var room = capacity
      let kept = cached.reversed().prefix { entry in
        room -= entry.size
        return room >= 0
      }
      let pruned = cached.dropLast(kept.count)
      for entry in pruned { try db.execute("DELETE FROM image_cache WHERE id = ?", entry.id) }
      return pruned
    }
    return .json { json in
      json.member("total_files_pruned", pruned.count)
      json.member("total_bytes_pruned", pruned.reduce(0) { $0 + $1.size })
    }
  }

  /// `X-Image-Cache-Clear-Target` says whether the cache or the queue is meant; without it, both.
  @Sendable private static func clear(_ call: Call) async throws -> Response {
    try check(call)
    let cached: [Int]
    switch (call.exchange.request.headers["x-image-cache-clear-target"] ?? "").lowercased() {
    case "": cached = [0, 1]
    case "cache": cached = [1]
    case "queue": cached = [0]
    default:
      throw Fault.badRequest(
        "If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.")
    }
    try await call.world.write { db in
      for value in cached { try db.execute("DELETE FROM image_cache WHERE cached = ?", value) }
    }
    return .empty
  }
}

extension Timestamp {
  /// Seconds since 1970, as Python's `timestamp()` has them.
  fileprivate var epoch: Double { Double(microseconds) / 1_000_000 }
}
