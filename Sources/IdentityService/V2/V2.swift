import OpenStackAPI

/// Identity API v2.0, as it was until Queens took it away: tenants instead of projects, no domains. It is another way to
/// say what v3 says, on the same rows; only the default domain is seen through it.
///
/// Source: Keystone's tag 11.0.0 (Ocata): keystone/v2_crud, and the V2 controllers of token, identity, resource,
/// assignment and catalog.
enum V2 {
  static let prefix = "v2.0"
  static let domain = IdentitySettings.defaultDomain

  /// The API, for worlds that want it.
  static let api = API(
    prefix: prefix,
    routes: [
      documents, V2Tokens.routes, V2Tenants.routes, V2Users.routes, V2Roles.routes, V2Catalog.routes,
      EC2Credential.routes(created: 200),
    ]
    .flatMap { $0 },
    isServed: isServed)

  /// Whether a world has the API.
  static func isServed(in world: World) -> Bool { world.settings.get(default: IdentitySettings()).servesV2 }

  /// Whether the list of versions names it, as that of the releases did that had it. Those who ask for it by its address
  /// get it from later ones too.
  static func isListed(in world: World) -> Bool { isServed(in: world) && world.cloud.release < .queens }

  /// What Ocata asks of its administrators by the name of the rule itself (`assert_admin`).
  static let admin = "admin_required"
  static let adminRule: PolicyRule = "role:admin or is_admin:1"

  private static let documents: [Route] = [
    .get("/", "identity:get_version", access: .open) { call in
      .json { json in json.object("version") { write(to: &$0, call) } }
    },
    .get("/extensions", "identity:list_extensions", access: .open) { _ in
      .json { json in
        json.object("extensions") { json in json.member("values", extensions.map(\.json)) }
      }
    },
    .get("/extensions/:alias", "identity:get_extension", access: .open) { call in
      let alias = call.parameter("alias")
      guard let found = extensions.first(where: { $0.alias == alias }) else {
        throw Fault.notFound("Could not find: \(alias).")
      }
      return .json { $0.member("extension", found.json) }
    },
  ]

  /// The version as the list of versions and `GET /v2.0` show it.
  static func write(to json: inout JSONWriter, _ call: Call) {
    let links: JSON = [
      ["rel": "self", "href": .string(call.exchange.base + "/\(prefix)/")],
      ["rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"],
    ]
    let types: JSON = [["base": "application/json", "type": "application/vnd.openstack.identity-v2.0+json"]]
    json.member("id", prefix)
    json.member("status", "deprecated")
    json.member("updated", "2016-08-04T00:00:00Z")
    json.member("links", links)
    json.member("media-types", types)
  }
}

/// A part of the API that is described on its own.
private struct V2Extension: Sendable {
  let alias: String
  let name: String
  let updated: String
  let description: String

  var json: JSON {
    [
      "alias": .string(alias), "name": .string(name), "updated": .string(updated), "description": .string(description),
      "namespace": .string("https://docs.openstack.org/identity/api/ext/\(alias)/v1.0"),
      "links": [
        [
          "rel": "describedby", "type": "text/html",
          "href": "https://developer.openstack.org/api-ref-identity-v2-ext.html",
        ]
      ],
    ]
  }
}

extension V2 {
  private static let extensions = [
    V2Extension(
      alias: "OS-KSADM", name: "OpenStack Keystone Admin", updated: "2013-07-11T17:14:00-00:00",
      description: "OpenStack extensions to Keystone v2.0 API enabling Administrative Operations."),
    V2Extension(
      alias: "OS-KSCRUD", name: "OpenStack Keystone User CRUD", updated: "2013-07-07T12:00:0-00:00",
      description: "OpenStack extensions to Keystone v2.0 API enabling User Operations."),
  ]

  /// The object that a body holds under a name; a body without it is refused in Keystone's words.
  static func member(_ name: String, of body: JSON) throws -> JSONObject {
    guard let value = body[name], !value.isNull else { throw Fault.expecting(name, in: "request body") }
    guard let object = value.object else {
      throw Fault.badRequest(
        "Invalid input for field '\(name)': \(value.pythonRepresentation) is not of type 'object'")
    }
    return object
  }

  /// Checks a body as Ocata's validator does, without the dump of the schema that it adds.
  static func check(_ object: JSONObject, _ schema: Schema) throws {
    guard let violation = schema.check(.object(object), Version(2, 0)) else { return }
    guard !violation.path.isEmpty else { throw Fault.badRequest(violation.detail) }
    throw Fault.badRequest(
      "Invalid input for field '\(violation.path.joined(separator: "/"))': \(violation.detail)")
  }
}
