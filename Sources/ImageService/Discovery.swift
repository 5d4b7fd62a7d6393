import OpenStackAPI

/// `GET /v2/info/...`: what this Glance can do.
enum Discovery {
  static let routes: [Route] = [
    .get("/info/import", "info_import", .unprotected, run: importMethods),
    .get("/info/stores", "info_stores", .unprotected) { call in stores(call) { _, _, _ in } },
    .get("/info/stores/detail", "stores_info_detail", .service) { call in stores(call, details) },
  ]

  @Sendable private static func importMethods(_ call: Call) throws -> Response {
    .json { json in
      json.object("import-methods") { json in
        json.member("description", "Import methods available.")
        json.member("type", "array")
        json.member("value", call.world.imports.enabledMethods.map(\.rawValue))
      }
    }
  }

  private static func stores(
    _ call: Call, _ details: (ImageStores.Store, World, inout JSONWriter) -> Void
  ) -> Response {
    let stores = call.world.imageStores
    return .json { json in
      json.array("stores") { json in
        for store in stores.all {
          json.object { json in
            json.member("id", store.id)
            if let description = store.description { json.member("description", description) }
            if store.id == stores.defaultID { json.member("default", "true") }
            if store.kind == .http { json.member("read-only", "true") }
            details(store, call.world, &json)
          }
        }
      }
    }
  }

  private static func details(_ store: ImageStores.Store, _ world: World, _ json: inout JSONWriter) {
    json.member("type", store.kind.rawValue)
    json.object("properties") { json in
      guard store.kind == .file else { return }
      json.member("data_dir", world.blobs.directory)
      json.member("chunk_size", 65536)
      json.member("thin_provisioning", false)
    }
    json.member("weight", store.weight)
  }
}
