import OpenStackAPI
import Persistence

/// Glance's images as Nova showed them until 2.35 (Compute API, "Images (DEPRECATED)").
enum ImageProxy {
  private static let summary = View<ImageSummary>([
    Field("id", \.id),
    Field("name", \.name),
    Field("links") { image, call, json in writeLinks(image, call, to: &json) },
  ])

  private static let detail = View<ImageSummary>([
    Field("id", \.id),
    Field("name", \.name),
    Field("minRam", \.minRAM),
    Field("minDisk", \.minDisk),
    Field("metadata", \.properties),
    Field("created", { $0.createdAt.text(.seconds) }),
    Field("updated", { $0.updatedAt.text(.seconds) }),
    Field("status", { status($0).name }),
    Field("progress", { status($0).progress }),
    Field("OS-EXT-IMG-SIZE:size", { $0.size ?? 0 }),
    Field("OS-DCF:diskConfig", ifPresent: { diskConfig($0) }),
    Field(optional: "server") { image, call, json in
      guard let id = image.properties["instance_uuid"] else { return }
      json.object("server") { json in
        json.member("id", id)
        json.key("links")
        call.writeLinks("/servers/", id, to: &json)
      }
    },
    Field("links") { image, call, json in writeLinks(image, call, to: &json) },
  ])

  private static let count = Schema.integerOrDigits(1...Int.max, digits: "^[0-9]*$")

  private static let list = Query([
    QueryParameter("limit", count), QueryParameter("page_size", count), QueryParameter("offset", count),
    QueryParameter("marker"),
    QueryParameter("name"),
    QueryParameter("status"), QueryParameter("server"), QueryParameter("type"), QueryParameter("minRam"),
    QueryParameter("minDisk"), QueryParameter("changes-since"),
  ])

  static let routes: [Route] = [
    .get("/images", "os_compute_api:images:index", .unprotected, until: "2.35", query: list) {
      try page(summary, "/images", $0)
    },
    .get("/images/detail", "os_compute_api:images:detail", .unprotected, until: "2.35", query: list) {
      try page(detail, "/images/detail", $0)
    },
    .get("/images/:id", "os_compute_api:images:show", .unprotected, until: "2.35", run: show),
    .delete("/images/:id", "os_compute_api:images:delete", .unprotected, until: "2.35", run: delete),
    .get(
      "/images/:image_id/metadata", "os_compute_api:image-metadata:index", .unprotected, until: "2.38",
      run: showMetadata),
    .post(
      "/images/:image_id/metadata", "os_compute_api:image-metadata:create", .unprotected, until: "2.38",
      body: Body("metadata", .metadata), returns: 200
    ) { call in
      try await changeMetadata(call) { items in
        for (key, value) in call.input.object?.members ?? [] { items[key] = value.text }
      }
    },
    .put(
      "/images/:image_id/metadata", "os_compute_api:image-metadata:update_all", .unprotected, until: "2.38",
      body: Body("metadata", .metadata)
    ) { call in
      try await changeMetadata(call) { items in
        items = [:]
        for (key, value) in call.input.object?.members ?? [] { items[key] = value.text }
      }
    },
    .get(
      "/images/:image_id/metadata/:key", "os_compute_api:image-metadata:show", .unprotected, until: "2.38",
      run: showItem),
    .put(
      "/images/:image_id/metadata/:key", "os_compute_api:image-metadata:update", .unprotected, until: "2.38",
      body: Body("meta", .metadata), run: updateItem),
    .delete(
      "/images/:image_id/metadata/:key", "os_compute_api:image-metadata:delete", .unprotected, until: "2.38",
      run: deleteItem),
  ]

  private static func diskConfig(_ image: ImageSummary) -> String? {
    image.properties[DiskConfig.property].map { DiskConfig(property: $0).rawValue }
  }

  /// Nova's words for Glance's states.
  private static func status(_ image: ImageSummary) -> (name: String, progress: Int) {
    switch image.status {
    case "active": ("ACTIVE", 100)
    case "queued": ("SAVING", 25)
    case "saving": ("SAVING", 50)
    case "deleted", "pending_delete": ("DELETED", 0)
    case "killed", "error": ("ERROR", 0)
    default: ("UNKNOWN", 0)
    }
  }

  private static func writeLinks(_ image: ImageSummary, _ call: Call, to json: inout JSONWriter) {
    json.array { json in
      json.object { json in
        json.member("rel", "self")
        json.member("href", call.link("/images/", image.id))
      }
      call.writeBookmark("/images/", image.id, to: &json)
      json.object { json in
        json.member("rel", "alternate")
        json.member("type", "application/vnd.openstack.image")
        json.member("href", call.exchange.origin + "/image/images/" + image.id)
      }
    }
  }

  private static func page(_ view: View<ImageSummary>, _ path: String, _ call: Call) throws -> Response {
    let page = call.page()
    let query = call.query
    let changes = try Changes(query)
    let all = try call.world.read { db in
      try call.world.crossings.images?.images(visibleTo: call.caller, db) ?? []
    }
    var images = all.filter { image in
      (query["name"].map { $0 == image.name } ?? true)
        && (query["status"].map { $0.uppercased() == status(image).name } ?? true)
        && (query["minRam"].map { Int($0) == image.minRAM } ?? true)
        && (query["minDisk"].map { Int($0) == image.minDisk } ?? true)
        && (query["server"].map { image.properties["instance_uuid"] == $0.split(separator: "/").last.map(String.init) }
          ?? true)
        && (query["type"].map { image.properties["image_type"] == $0 } ?? true)
        && changes.beginsBefore(image.updatedAt)
    }
    if let marker = page.marker {
      guard let place = images.firstIndex(where: { $0.id == marker }) else {
        throw Fault.badRequest("marker [\(marker)] not found")
      }
      images.removeFirst(place + 1)
    }
    let shown = Array(images.prefix(page.limit))
    let projection = view.projection(for: call)
    return .json { json in
      json.array("images") { json in
        for image in shown { projection.write(image, to: &json) }
      }
      call.writeNextLink("images_links", path, after: shown.map(\.id), limit: page.limit, to: &json)
    }
  }

  private static func find(_ call: Call, _ db: Connection, _ parameter: String = "image_id") throws -> ImageSummary {
    let found = try call.world.crossings.images?.image(call.parameter(parameter), visibleTo: call.caller, db)
    guard let found else { throw Fault.notFound("Image not found.") }
    return found
  }

  private static func show(_ call: Call) throws -> Response {
    let image = try call.world.read { try find(call, $0, "id") }
    let projection = detail.projection(for: call)
    return .json { json in
      json.key("image")
      projection.write(image, to: &json)
    }
  }

  private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let image = try find(call, db, "id")
      let isGone = try call.world.crossings.images?.delete(image.id, by: call.caller, db, call.world) ?? false
      guard isGone else { throw Fault.notFound("Image not found.") }
    }
    return .empty
  }

  private static func showMetadata(_ call: Call) throws -> Response {
    let image = try call.world.read { try find(call, $0) }
    return .json { json in json.member("metadata", image.properties) }
  }

  private static func changeMetadata(
    _ call: Call, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
  ) async throws -> Response {
    let items = try await change(call, body)
    return .json { json in json.member("metadata", items) }
  }

  private static func change(
    _ call: Call, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
  ) async throws -> [String: String] {
    try await call.world.write { db in
      let image = try find(call, db)
      var items = image.properties
      try body(&items)
      guard try QuotaLimits.of(call, db).allow(items.count, of: .metadataItems) else {
        throw Fault.forbidden("Image metadata limit exceeded", reason: .quota)
      }
      try call.world.crossings.images?.setProperties(image.id, items, by: call.caller, db, call.world)
      return items
    }
  }

  private static let missing = Fault.notFound("Metadata item was not found")

  private static func showItem(_ call: Call) throws -> Response {
    let key = call.parameter("key")
    let image = try call.world.read { try find(call, $0) }
    guard let value = image.properties[key] else { throw missing }
    return .json { json in json.member("meta", [key: value]) }
  }

  private static func updateItem(_ call: Call) async throws -> Response {
    let key = call.parameter("key")
    guard let value = call.input[key]?.text, call.input.object?.members.count == 1 else {
      throw Fault.badRequest("Request body and URI mismatch")
    }
    _ = try await change(call) { items in items[key] = value }
    return .json { json in json.member("meta", [key: value]) }
  }

  private static func deleteItem(_ call: Call) async throws -> Response {
    let key = call.parameter("key")
    _ = try await change(call) { items in
      guard items.removeValue(forKey: key) != nil else { throw missing }
    }
    return .empty
  }
}
