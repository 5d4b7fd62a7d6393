import HTTPServer
import OpenStackAPI

extension Call {
  /// Whether the client speaks v2, the API of before microversions.
  var isLegacy: Bool { prefix == "/v2" || prefix.hasPrefix("/v2/") }
}

/// The version documents of the Compute API and what they are made of.
enum ComputeVersions {
  /// The segments under which the API lives: v2.1, and v2, which is the same frozen at 2.1.
  static let prefixes = ["v2.1", "v2"]

  /// The newest microversion of each release (Nova, "REST API Version History").
  static let maxima: [(since: Release, value: Version)] = [
    (.mitaka, "2.25"), (.newton, "2.38"), (.ocata, "2.42"), (.pike, "2.53"), (.queens, "2.60"), (.rocky, "2.65"),
    (.stein, "2.72"), (.train, "2.79"), (.ussuri, "2.87"), (.wallaby, "2.88"), (.xena, "2.90"), (.zed, "2.93"),
    (.antelope, "2.95"), (.caracal, "2.96"), (.epoxy, "2.100"), (.gazpacho, "2.103"), (.latest, "2.104"),
  ]

  static let microversions = Microversions(
    service: "compute", legacyHeader: "X-OpenStack-Nova-API-Version", minimum: "2.1"
  ) { $0.cloud.release.value(maxima, before: "2.25") }

  /// `GET /` of the service.
  static let rootRoutes: [Route] = [
    .get("/", "versions", access: .open) { call in
      .json { json in writeList(call.exchange, to: &json) }
    }.forAnyMethod
  ]

  /// `GET /v2.1` and `GET /v2`.
  static func documentRoute(isLegacy: Bool) -> Route {
    .get("/", "version", .unprotected, access: .open) { call in
      .json { json in
        json.object("version") { json in writeDocument(isLegacy: isLegacy, call.exchange, to: &json) }
      }
    }
  }

  /// `GET /v2.1/versions/{id}`: the same document, for callers with a token.
  static let showRoute: Route = .get("/versions/:id", "version:show", .unprotected) { call in
    .json { json in
      json.object("version") { json in writeDocument(isLegacy: call.isLegacy, call.exchange, to: &json) }
    }
  }

  private static func writeList(_ exchange: Exchange, to json: inout JSONWriter) {
    json.array("versions") { json in
      for isLegacy in [true, false] {
        json.object { json in writeSummary(isLegacy: isLegacy, exchange, to: &json) }
      }
    }
  }

  private static func writeSummary(
    isLegacy: Bool, _ exchange: Exchange, to json: inout JSONWriter, hasMore: Bool = false
  ) {
    json.member("id", isLegacy ? "v2.0" : "v2.1")
    json.member("status", isLegacy ? (exchange.world.cloud.release < .epoxy ? "SUPPORTED" : "DEPRECATED") : "CURRENT")
    json.member("version", isLegacy ? "" : "\(microversions.maximum(exchange.world))")
    json.member("min_version", isLegacy ? "" : "\(microversions.minimum)")
    json.member("updated", isLegacy ? "2011-01-21T11:33:21Z" : "2013-07-23T11:33:21Z")
    json.array("links") { json in
      writeLink("self", exchange.base + (isLegacy ? "/v2/" : "/v2.1/"), type: nil, to: &json)
      if hasMore { writeLink("describedby", "http://docs.openstack.org/", type: "text/html", to: &json) }
    }
  }

  private static func writeDocument(isLegacy: Bool, _ exchange: Exchange, to json: inout JSONWriter) {
    writeSummary(isLegacy: isLegacy, exchange, to: &json, hasMore: true)
    writeMediaTypes(isLegacy: isLegacy, to: &json)
  }

  private static func writeMediaTypes(isLegacy: Bool, to json: inout JSONWriter) {
    json.array("media-types") { json in
      json.object { json in
        json.member("base", "application/json")
        json.member("type", "application/vnd.openstack.compute+json;version=\(isLegacy ? "2" : "2.1")")
      }
    }
  }

  private static func writeLink(_ rel: String, _ href: String, type: String?, to json: inout JSONWriter) {
    json.object { json in
      json.member("rel", rel)
      if let type { json.member("type", type) }
      json.member("href", href)
    }
  }

  /// 300: the path under either version.
  static func choices(_ exchange: Exchange) -> Response {
    let path = exchange.segments.map(\.percentEncoded).joined(separator: "/")
    return .json(status: 300) { json in
      json.array("choices") { json in
        for isLegacy in [true, false] {
          json.object { json in
            json.member("id", isLegacy ? "v2.0" : "v2.1")
            json.member(
              "status", isLegacy ? (exchange.world.cloud.release < .epoxy ? "SUPPORTED" : "DEPRECATED") : "CURRENT")
            json.array("links") { json in
              writeLink("self", exchange.base + (isLegacy ? "/v2/" : "/v2.1/") + path, type: nil, to: &json)
            }
            writeMediaTypes(isLegacy: isLegacy, to: &json)
          }
        }
      }
    }
  }
}
