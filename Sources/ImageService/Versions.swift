import OpenStackAPI

/// Glance's version documents. Minor versions only say what the service can do; clients do not negotiate them.
enum ImageVersions {
  static let root: [Route] = [
    .get("/", "versions", access: .open, returns: 300) { response($0.exchange, status: 300) }.forAnyMethod,
    .get("/versions", "versions", access: .open) { response($0.exchange, status: 200) }.forAnyMethod,
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
    let release = exchange.world.cloud.release
    var minors = release.value(byRelease, before: [2, 1, 0])
    if !exchange.world.imports.hasCache { minors.removeAll { [14, 16, 18].contains($0) } }
    let isExperimental = release < .train
    return .json(status: status) { json in
      json.array("versions") { json in
        let current = minors.filter { !isExperimental || $0 != several }.max()
        for minor in minors {
          let word = minor == current ? "CURRENT" : isExperimental && minor == several ? "EXPERIMENTAL" : "SUPPORTED"
          write(minor, word, exchange, &json)
        }
      }
    }
  }

  /// The version that has several stores; they were an experiment at first.
  private static let several = 8

  private static func write(_ minor: Int, _ status: String, _ exchange: Exchange, _ json: inout JSONWriter) {
    json.object { json in
      json.member("id", "v2.\(minor)")
      json.member("status", status)
      json.array("links") { json in
        json.object { json in
          json.member("rel", "self")
          json.member("href", exchange.base + "/v2/")
        }
      }
    }
  }

  /// What a Glance with several stores and its own cache lists, in its order (glance/api/versions.py at the tags 12.0.0
  /// to 33.0.0). 2.14, 2.16 and 2.18 belong to the cache.
  private static let byRelease: [(since: Release, value: [Int])] = [
    (.mitaka, [3, 2, 1, 0]),
    (.newton, [4, 3, 2, 1, 0]),
    (.ocata, [5, 4, 3, 2, 1, 0]),
    (.queens, [6, 5, 4, 3, 2, 1, 0]),
    (.rocky, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.train, [8, 9, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.ussuri, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.victoria, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.wallaby, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.yoga, [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.zed, [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.dalmatian, [16, 15, 14, 13, 12, 11, 10, 9, 8, 17, 7, 6, 5, 4, 3, 2, 1, 0]),
    (.latest, [18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
  ]
}
