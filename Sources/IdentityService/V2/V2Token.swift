import OpenStackAPI
import Persistence

/// A token as v2.0 shows it: `{"access": {...}}`.
struct V2Token {
  let id: String
  let token: ValidToken
  let call: Call

  /// Only the default domain is seen.
  static func refuseOtherDomains(_ token: ValidToken) throws {
    let authorization = token.authorization
    guard authorization.userDomain.id == V2.domain else { throw Fault.unauthorized }
    switch authorization.scope {
    case .project(_, let domain): guard domain.id == V2.domain else { throw Fault.unauthorized }
    case .domain(let domain): guard domain.id == V2.domain else { throw Fault.unauthorized }
    default: return
    }
  }

  func response() throws -> Response {
    try Self.refuseOtherDomains(token)
    let tenant = try token.authorization.projectID.flatMap { id in
      try call.world.read { try Project.find(id, $0) }
    }
    let services = try tenant == nil ? [] : V2Endpoint.services(of: token, call)
    return .json { json in
      json.object("access") { json in
        json.object("token") { json in writeToken(tenant, to: &json) }
        json.array("serviceCatalog") { json in for service in services { service.write(to: &json) } }
        json.object("user") { json in writeUser(to: &json) }
        json.object("metadata") { json in
          json.member("is_admin", 0)
          json.member("roles", token.authorization.roles.map(\.id))
        }
      }
    }
  }

  private func writeToken(_ tenant: Project?, to json: inout JSONWriter) {
    json.member("issued_at", token.token.issuedAt.text(.microsecondsZ))
    json.member("expires", token.token.expiresAt.text(.microsecondsZ))
    json.member("id", id)
    json.member("audit_ids", token.token.auditIDs)
    guard let tenant else { return }
    json.key("tenant")
    Project.write(tenant, to: &json, V2Tenants.view.projection(for: call))
  }

  private func writeUser(to json: inout JSONWriter) {
    json.member("username", token.authorization.user.name)
    json.array("roles_links") { _ in }
    json.member("id", token.authorization.user.id)
    json.array("roles") { json in
      for role in token.authorization.roles { json.object { $0.member("name", role.name) } }
    }
    json.member("name", token.authorization.user.name)
  }
}

/// An endpoint as v2.0 lists it: one for each service and region, with the addresses of all interfaces.
enum V2Endpoint {
  /// The catalog of a token: that of v3, its endpoints put together by region.
  static func services(of token: ValidToken, _ call: Call) throws -> [JSON] {
    try catalog(of: token, call).map { service in
      [
        "endpoints": .array(endpoints(of: service)), "endpoints_links": [],
        "type": service["type"] ?? .null, "name": service["name"] ?? .null,
      ]
    }
  }

  /// The same as a plain list.
  static func list(of token: ValidToken, _ call: Call) throws -> [JSON] {
    try catalog(of: token, call).flatMap { service in
      endpoints(of: service).map { endpoint in
        var object = endpoint.object ?? JSONObject()
        object["type"] = service["type"]
        object["name"] = service["name"]
        return .object(object)
      }
    }
  }

  private static func catalog(of token: ValidToken, _ call: Call) throws -> [JSON] {
    var json = JSONWriter()
    try Catalog.of(call.world).write(
      to: &json, at: call.exchange.serviceAddresses, projectID: token.authorization.projectID,
      userID: token.authorization.user.id)
    return JSON(stored: json.finish().withUnsafeBytes { String(decoding: $0, as: UTF8.self) })?.array ?? []
  }

  private static func endpoints(of service: JSON) -> [JSON] {
    var regions: [(name: JSON, endpoint: JSONObject)] = []
    for endpoint in service["endpoints"]?.array ?? [] {
      let name = endpoint["region_id"] ?? .null
      let place = regions.firstIndex { $0.name == name } ?? regions.count
      if place == regions.count {
        regions.append((name, JSONObject([("id", endpoint["id"] ?? .null), ("region", name), ("publicURL", "")])))
      }
      regions[place].endpoint["\(endpoint["interface"]?.text ?? "")URL"] = endpoint["url"]
    }
    return regions.map { .object($0.endpoint) }
  }
}
