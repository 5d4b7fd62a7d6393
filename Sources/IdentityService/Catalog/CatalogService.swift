import OpenStackAPI
import Persistence

/// A service as the catalog names it: one of the cloud's own, or whatever an administrator adds.
struct CatalogService: Sendable {
  let id: String
  let type: String
  let name: String
  let isEnabled: Bool
  let extra: RawJSON
}

extension CatalogService: Resource {
  static let member: StaticString = "service"
  static let collection: StaticString = "services"
  static let table = "services"
  static let columns = "id, type, name, enabled, extra"

  init(row: inout Row) throws {
    id = try row.next()
    type = try row.next()
    name = try row.next()
    isEnabled = try row.next()
    extra = try row.next()
  }

  static let view = View<CatalogService>([
    Field("name", \.name),
    Field("id", \.id),
    Field("type", \.type),
    Field("enabled", \.isEnabled),
    .links("/services/", \.id),
  ])

  static let routes: [Route] = [
    .get("/services", "identity:list_services", .systemReader, run: list),
    .post(
      "/services", "identity:create_service", .keystoneAdmin, body: attributes.creation(of: member), returns: 201,
      run: create(attributes)),
    .get("/services/:service_id", "identity:get_service", .systemReader, run: show("service_id")),
    .patch(
      "/services/:service_id", "identity:update_service", .keystoneAdmin, body: attributes.change(of: member),
      run: update),
    .delete("/services/:service_id", "identity:delete_service", .keystoneAdmin, run: remove("service_id")),
  ]

  static let attributes: [Attribute] = [
    Attribute("type", .string(1...255), required: true) { $0.text.sqlValue },
    Attribute("name", .string(1...255)) { $0.text.sqlValue },
    .truth("enabled"),
  ]
}

extension CatalogService {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<CatalogService>(filters: [.words("type"), .exact("name")]).response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("service_id")
    try call.refuseOtherID(than: "service_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in try change(id, values, db) }.response(call)
  }
}
