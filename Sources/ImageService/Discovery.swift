import OpenStackAPI

/// The ways to import an image besides uploading it. None is served yet, and none is offered.
enum ImportMethods {
  static let enabled: [String] = []
}

/// `GET /v2/info/...`: what this Glance can do.
enum Discovery {
  static let routes: [Route] = [
    .get("/info/import", "info_import", .unprotected, run: importMethods),
    .get("/info/stores", "info_stores", .unprotected, run: stores),
  ]

  @Sendable private static func importMethods(_ call: Call) throws -> Response {
    .json { json in
      json.object("import-methods") { json in
        json.member("description", "Import methods available.")
        json.member("type", "array")
        json.member("value", ImportMethods.enabled)
      }
    }
  }

  /// There is one store, and it has no name.
  @Sendable private static func stores(_ call: Call) throws -> Response {
    throw Fault.notFound("Multi backend is not supported at this site.", reason: .state)
  }
}

/// Metadata definitions: as yet a catalog without namespaces.
enum Metadefs {
  static let routes: [Route] = [
    .get("/metadefs/namespaces", "get_metadef_namespaces", ImageRules.reader) { call in
      .json { json in
        json.array("namespaces") { _ in }
        json.member("first", call.pagePath("/v2/metadefs/namespaces"))
        json.member("schema", "/v2/schemas/metadefs/namespaces")
      }
    }
  ]
}
