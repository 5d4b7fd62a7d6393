import OpenStackAPI
import Persistence

/// An address of a service.
struct Endpoint: Sendable {
  let id: String
  let interface: String
  let regionID: String?
  let serviceID: String
  /// As it was given, templates and all. The cloud's own services have a path here, which follows the address that the
  /// client uses, so that a cloud works behind any name and port.
  let url: String
  let isEnabled: Bool
  let extra: RawJSON
}

extension Endpoint: Resource {
  static let member: StaticString = "endpoint"
  static let collection: StaticString = "endpoints"
  static let table = "endpoints"
  static let columns = "id, interface, region_id, service_id, url, enabled, extra"

  init(row: inout Row) throws {
    id = try row.next()
    interface = try row.next()
    regionID = try row.next()
    serviceID = try row.next()
    url = try row.next()
    isEnabled = try row.next()
    extra = try row.next()
  }

  static let view = bareView + [Field("region", \.regionID)]
  /// Without the older name of the region's id.
  static let bareView = View<Endpoint>([
    Field("id", \.id),
    Field("interface", \.interface),
    Field("region_id", \.regionID),
    Field("service_id", \.serviceID),
    Field("url") { endpoint, call, json in
      let isPath = EndpointURL.isPath(endpoint.url)
      json.value(isPath ? call.exchange.serviceAddresses.address(of: endpoint.url) : endpoint.url)
    },
    Field("enabled", \.isEnabled),
    .links("/endpoints/", \.id),
  ])

  static let routes: [Route] = [
    .get("/endpoints", "identity:list_endpoints", .systemReader, run: list),
    .post(
      "/endpoints", "identity:create_endpoint", .keystoneAdmin, body: attributes.creation(of: member),
      returns: 201, run: create),
    .get("/endpoints/:endpoint_id", "identity:get_endpoint", .systemReader, run: show("endpoint_id")),
    .patch(
      "/endpoints/:endpoint_id", "identity:update_endpoint", .keystoneAdmin,
      body: attributes.change(of: member), run: update),
    .delete("/endpoints/:endpoint_id", "identity:delete_endpoint", .keystoneAdmin, run: remove("endpoint_id")),
  ]

  /// The words for whom an endpoint is.
  static let interfaceSchema = Schema.string(in: ["admin", "internal", "public"])

  static let attributes: [Attribute] = [
    Attribute("interface", interfaceSchema, required: true) { $0.text.sqlValue },
    Attribute("service_id", .string(), required: true) { $0.text.sqlValue },
    Attribute("url", .endpointURL, required: true) { $0.text.sqlValue },
    .text("region_id"),
    .truth("enabled"),
    Attribute("name", .string(), keeping: .extra),
    Attribute("description", Schema.string().orNull, keeping: .extra),
    Attribute("region", Schema.string().orNull, keeping: .handler),
  ]
}

extension Endpoint {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.checkQuery([("interface", interfaceSchema)])
    return try Collection<Endpoint>(filters: [.exact("interface"), .exact("service_id"), .words("region_id")]).response(
      call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let url = call.input["url"]?.text ?? ""
    guard EndpointURL(url) != nil else {
      throw Fault.badRequest("Cannot create an endpoint with an invalid URL: \(url).")
    }
    let id = call.world.identifiers.hex()
    return try await call.world.write { db in
      var values = try values(of: call.input, db)
      values["id"] = id
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("endpoint_id")
    try call.refuseOtherID(than: "endpoint_id")
    return try await call.world.write { db in try change(id, values(of: call.input, db), db) }.response(call)
  }

  /// What is to be stored. `region` is the older name of `region_id`, and makes the region where there is none.
  static func values(of input: JSON, _ db: Connection) throws -> RowValues {
    var values = attributes.values(of: input)
    values.extra["legacy_endpoint_id"] = JSON?.none
    if values.text("region_id") == nil, let region = input["region"]?.text {
      values["region_id"] = region
      if try Region.find(region, db) == nil { try db.execute("INSERT INTO regions (id) VALUES (?)", region) }
    } else if let region = values.text("region_id"), try Region.find(region, db) == nil {
      throw Fault.expecting("endpoint region_id", in: "region table", reason: .lookup)
    }
    try Region.settle(&values, db)
    if let service = values.text("service_id"), try CatalogService.find(service, db) == nil {
      throw Fault.expecting("endpoint service_id", in: "service table", reason: .lookup)
    }
    return values
  }
}

extension Schema {
  /// keystone.api.validation.parameter_types.url.
  static let endpointURL = Schema.string(
    0...225,
    format: .pattern("^[a-zA-Z0-9+.-]+:.+") { text in
      guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else { return false }
      let rest = text[text.index(after: colon)...]
      return text[..<colon].utf8.allSatisfy(isSchemeByte) && rest.unicodeScalars.first.map { $0 != "\n" } == true
    })

  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "-"): true
    default: false
    }
  }
}
