import OpenStackAPI
import Persistence

/// `/v2.0/OS-KSADM/services` and `/v2.0/endpoints`: the rows of the catalog. An endpoint of v2.0 stands for all of a
/// service in a region, and has the id of the public one.
enum V2Catalog {
  private static let view = View<CatalogService>([
    Field("id", \.id), Field("type", \.type), Field("name", \.name), Field("enabled", \.isEnabled),
  ])

  private static let member = "OS-KSADM:service"

  static let routes: [Route] = [
    .get("/OS-KSADM/services", V2.admin, V2.adminRule, run: list),
    .post("/OS-KSADM/services", V2.admin, V2.adminRule, body: .unchecked, returns: 200, run: create),
    .get("/OS-KSADM/services/:service_id", V2.admin, V2.adminRule, run: show),
    .delete("/OS-KSADM/services/:service_id", V2.admin, V2.adminRule, run: delete),
    .get("/endpoints", V2.admin, V2.adminRule, run: listEndpoints),
    .post("/endpoints", V2.admin, V2.adminRule, body: .unchecked, returns: 200, run: createEndpoint),
    .delete("/endpoints/:endpoint_id", V2.admin, V2.adminRule, run: deleteEndpoint),
  ]
}

extension V2Catalog {
  @Sendable private static func list(_ call: Call) throws -> Response {
    let services = try call.world.read { db in
      try db.query("SELECT \(CatalogService.columns) FROM services ORDER BY number", as: CatalogService.self)
    }
    let projection = view.projection(for: call)
    return .json { json in
      json.array("OS-KSADM:services") { json in
        for service in services { CatalogService.write(service, to: &json, projection) }
      }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    answer(try call.world.read { try CatalogService.existing(call.parameter("service_id"), $0) }, call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let service = try V2.member(member, of: call.body)
    try V2.check(
      service,
      .object(
        CatalogService.attributes.map { Property($0.name, $0.schema, $0.isRequired ? .required : .optional) },
        additional: .allowed))
    var values = CatalogService.attributes.values(of: .object(service))
    values["id"] = call.world.identifiers.hex()
    return answer(try await call.world.write { [values] db in try CatalogService.insert(values, db) }, call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("service_id")
    try await call.world.write { db in try CatalogService.existing(id, db).remove(db) }
    return .empty
  }

  private static func answer(_ service: CatalogService, _ call: Call) -> Response {
    .json { json in
      json.key("OS-KSADM:service")
      CatalogService.write(service, to: &json, view.projection(for: call))
    }
  }
}

extension V2Catalog {
  private static let interfaces = ["public", "internal", "admin"]

  /// Those of one service and region are one; without a public address there is none.
  @Sendable private static func listEndpoints(_ call: Call) throws -> Response {
    let endpoints = try call.world.read { db in
      try db.query("SELECT \(Endpoint.columns) FROM endpoints ORDER BY number", as: Endpoint.self)
    }
    let together = Dictionary(grouping: endpoints) { $0.serviceID + " " + ($0.regionID ?? "") }
    let listed = endpoints.filter { $0.interface == "public" }.map { endpoint in
      merged(endpoint, together[endpoint.serviceID + " " + (endpoint.regionID ?? "")] ?? [], call)
    }
    return .json { $0.member("endpoints", listed) }
  }

  private static func merged(_ endpoint: Endpoint, _ all: [Endpoint], _ call: Call) -> JSON {
    var object = JSONObject([
      ("id", .string(endpoint.id)), ("service_id", .string(endpoint.serviceID)),
      ("region", endpoint.regionID.map(JSON.string) ?? .null), ("enabled", .bool(endpoint.isEnabled)),
    ])
    for one in all {
      let url = EndpointURL.isPath(one.url) ? call.exchange.serviceAddresses.address(of: one.url) : one.url
      object["\(one.interface)url"] = .string(url)
    }
    return .object(object)
  }

  @Sendable private static func createEndpoint(_ call: Call) async throws -> Response {
    let input = try V2.member("endpoint", of: call.body)
    for name in ["publicurl", "service_id"] where input[name]?.text?.isEmpty != false {
      throw Fault.badRequest("\(name) field is required and cannot be empty")
    }
    let urls = interfaces.compactMap { name in
      input[name + "url"]?.text.flatMap { $0.isEmpty ? nil : (interface: name, url: $0) }
    }
    for (_, url) in urls where EndpointURL(url) == nil {
      throw Fault.badRequest("Cannot create an endpoint with an invalid URL: \(url).")
    }
    let bodies = urls.map { endpoint -> JSON in
      [
        "interface": .string(endpoint.interface), "url": .string(endpoint.url),
        "service_id": input["service_id"] ?? .null, "region": input["region"] ?? .null,
      ]
    }
    let ids = bodies.map { _ in call.world.identifiers.hex() }
    let made = try await call.world.write { db in
      try zip(ids, bodies).map { id, body in
        var values = try Endpoint.values(of: body, db)
        values["id"] = id
        return try Endpoint.insert(values, db)
      }
    }
    let answer = made.first.map { merged($0, made, call) } ?? .null
    return .json { $0.member("endpoint", answer) }
  }

  @Sendable private static func deleteEndpoint(_ call: Call) async throws -> Response {
    let id = call.parameter("endpoint_id")
    try await call.world.write { db in
      let endpoint = try Endpoint.existing(id, where: "interface = 'public'", db)
      try db.execute(
        "DELETE FROM endpoints WHERE service_id = ? AND region_id IS ?", endpoint.serviceID, endpoint.regionID)
    }
    return .empty
  }
}
