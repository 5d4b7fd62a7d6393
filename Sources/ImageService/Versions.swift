import OpenStackAPI

/// Glance's version documents. Minor versions only say what the service can do; clients do not negotiate them.
enum ImageVersions {
  static let root: [Route] = [
    .get("/", "versions", access: .open, returns: 300) { response($0.exchange, status: 300) },
    .get("/versions", "versions", access: .open) { response($0.exchange, status: 200) },
  ]

  /// `/v2` leads to `/v2/`, where there is nothing.
  static let below: [Route] = [
    .get("/", "version", .unprotected, returns: 302) { call in
      guard !call.exchange.request.path.hasSuffix("/") else {
        throw Fault.notFound("The resource could not be found.", reason: .route)
      }
      return Response(headers: [("Location", call.link("/"))], contentType: "text/plain; charset=utf8")
    }
  ]

  /// The list of versions, which answers every path beside `/v2` as well.
  static func response(_ exchange: Exchange, status: Int) -> Response {
    let minors = exchange.world.cloud.release.value(byRelease, before: [2, 1, 0])
    return .json(status: status) { json in
      json.array("versions") { json in
        for minor in minors { write(minor, isCurrent: minor == minors.max(), exchange, &json) }
      }
    }
  }

  private static func write(_ minor: Int, isCurrent: Bool, _ exchange: Exchange, _ json: inout JSONWriter) {
    json.object { json in
      json.member("id", "v2.\(minor)")
      json.member("status", isCurrent ? "CURRENT" : "SUPPORTED")
      json.array("links") { json in
        json.object { json in
          json.member("rel", "self")
          json.member("href", exchange.base + "/v2/")
        }
      }
    }
  }

  /// What a Glance with one store and without its own cache lists, in its order (glance/api/versions.py at the tags
  /// 12.0.0 to 32.0.0). The versions in between belong to several stores or to the cache.
  private static let byRelease: [(since: Release, value: [Int])] = [
    (.mitaka, [3, 2, 1, 0]),
    (.newton, [4, 3, 2, 1, 0]),
    (.ocata, [5, 4, 3, 2, 1, 0]),
    (.queens, [6, 5, 4, 3, 2, 1, 0]),
    (.rocky, [7, 6, 5, 4, 3, 2, 1, 0]),
    (.train, [9, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.yoga, [15, 9, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.dalmatian, [15, 9, 17, 7, 6, 5, 4, 3, 2, 1, 0]),
  ]
}
