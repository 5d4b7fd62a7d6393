import OpenStackAPI

/// The list of extensions, which no longer means anything but that old clients look for aliases in it (Compute API,
/// "Extensions").
enum Extensions {
  static let routes: [Route] = [
    .get("/extensions", "os_compute_api:extensions", query: .empty, run: index),
    .get("/extensions/:alias", "os_compute_api:extensions", query: .empty, run: show),
  ]

  private static func index(_ call: Call) -> Response {
    .json { json in
      json.array("extensions") { json in
        for (alias, name, description) in ExtensionList.all(of: call) {
          json.object { json in write(alias, name, description, to: &json) }
        }
      }
    }
  }

  private static func show(_ call: Call) throws -> Response {
    guard let found = ExtensionList.all(of: call).first(where: { $0.alias == call.parameter("alias") }) else {
      throw Fault.notFound("The resource could not be found.")
    }
    return .json { json in
      json.object("extension") { json in write(found.alias, found.name, found.description, to: &json) }
    }
  }

  private static func write(_ alias: String, _ name: String, _ description: String, to json: inout JSONWriter) {
    json.member("alias", alias)
    json.member("description", description)
    json.array("links") { _ in }
    json.member("name", name)
    json.member("namespace", "http://docs.openstack.org/compute/ext/fake_xml")
    json.member("updated", "2014-12-03T00:00:00Z")
  }
}
