import HTTPServer
import OpenStackAPI

/// The version documents: `GET /` and `GET /v3`.
enum Versions {
  /// The minor version of the API that a release had, with the date of the document.
  ///
  /// Source: keystone/version.py, keystone/api/discovery.py and, before Rocky, keystone/version/controllers.py of the
  /// releases' tags.
  private static let history: [(since: Release, value: (id: String, updated: String))] = [
    (.newton, ("v3.7", "2016-10-06T00:00:00Z")),
    (.ocata, ("v3.8", "2017-02-22T00:00:00Z")),
    (.queens, ("v3.10", "2018-02-28T00:00:00Z")),
    (.rocky, ("v3.11", "2018-10-15T00:00:00Z")),
    (.stein, ("v3.12", "2019-01-22T00:00:00Z")),
    (.train, ("v3.13", "2019-07-19T00:00:00Z")),
    (.ussuri, ("v3.14", "2020-04-07T00:00:00Z")),
  ]

  /// The route at the root. `home` is the JSON-home document of everything else.
  static func root(_ home: JSONHome) -> [Route] {
    [
      .get("/", "identity:list_versions", access: .open, returns: 300) { call in
        guard !JSONHome.isPreferred(call.exchange.request) else { return home.response(prefix: "/v3", status: 200) }
        return Response.json { json in
          json.object("versions") { json in
            json.array("values") { json in
              json.object { write(to: &$0, call) }
              if V2.isListed(in: call.world) { json.object { V2.write(to: &$0, call) } }
            }
          }
        }.with("Location", link(call))
      }
    ]
  }

  /// The route at `/v3`.
  static func current(_ home: JSONHome) -> [Route] {
    [
      .get("/", "identity:get_version", access: .open) { call in
        guard !JSONHome.isPreferred(call.exchange.request) else { return home.response(prefix: "", status: 200) }
        return Response.json { json in json.object("version") { write(to: &$0, call) } }
      }
    ]
  }

  /// The address that the client used, because clients take it as the base of their next call.
  private static func link(_ call: Call) -> String { call.exchange.base + "/v3/" }

  private static func write(to json: inout JSONWriter, _ call: Call) {
    let version = call.world.cloud.release.value(history, before: ("v3.6", "2016-04-04T00:00:00Z"))
    json.member("id", version.id)
    json.member("status", "stable")
    json.member("updated", version.updated)
    json.array("links") { json in
      json.object { json in
        json.member("rel", "self")
        json.member("href", link(call))
      }
    }
    json.array("media-types") { json in
      json.object { json in
        json.member("base", "application/json")
        json.member("type", "application/vnd.openstack.identity-v3+json")
      }
    }
  }
}
