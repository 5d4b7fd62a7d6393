import OpenStackAPI
import Persistence

/// A set of endpoints, described by what they have in common, that projects can be given (OS-EP-FILTER).
struct EndpointGroup: Sendable {
  let id: String
  let name: String
  let description: String?
  let filters: RawJSON
  let extra = RawJSON.empty
}

extension EndpointGroup: Resource {
  static let member: StaticString = "endpoint_group"
  static let collection: StaticString = "endpoint_groups"
  static let table = "endpoint_groups"
  static let columns = "id, name, description, filters"

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    description = try row.next()
    filters = try row.next()
  }

  static let view = View<EndpointGroup>([
    Field("id", \.id),
    Field("name", \.name),
    Field("description", \.description),
    Field("filters", \.filters),
    .links(path + "/", \.id),
  ])

  private static let path = "/OS-EP-FILTER/endpoint_groups"

  static let routes: [Route] = [
    .get(
      path, "identity:list_endpoint_groups", .systemReader,
      query: Query([QueryParameter("name", .keystoneName)], refusesUnknownSince: Version(0, 0)), run: list),
    .post(
      path, "identity:create_endpoint_group", .keystoneAdmin,
      body: attributes.creation(of: member, additional: .refused), returns: 201, run: create),
    .get(path + "/:endpoint_group_id", "identity:get_endpoint_group", .systemReader, run: show("endpoint_group_id")),
    .patch(
      path + "/:endpoint_group_id", "identity:update_endpoint_group", .keystoneAdmin,
      body: attributes.change(of: member, additional: .refused), run: update),
    .delete(
      path + "/:endpoint_group_id", "identity:delete_endpoint_group", .keystoneAdmin, run: remove("endpoint_group_id")),
  ]

  static let attributes: [Attribute] = [
    .name(), .text("description"), .json("filters", filterSchema, required: true),
  ]

  private static let filterSchema = Schema.object(
    [
      Property("interface", Endpoint.interfaceSchema), Property("service_id", .string()),
      Property("region_id", Schema.string().orNull), Property("enabled", .boolean),
    ], additional: .allowed)

  static func missing(_ id: String) -> Fault { .missing("Endpoint Group", id) }
}

extension EndpointGroup {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<EndpointGroup>(filters: [.words("name")]).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    guard call.input["filters"]?.object?.members.isEmpty == false else {
      throw Fault.badRequest("filters field is required and cannot be empty")
    }
    try refuseUnknownFilters(call.input)
    var values = attributes.values(of: call.input)
    values["id"] = call.world.identifiers.hex()
    return try await call.world.write { [values] db in try insert(values, db) }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("endpoint_group_id")
    try refuseUnknownFilters(call.input)
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in try change(id, values, db) }.response(call)
  }

  private static func refuseUnknownFilters(_ input: JSON) throws {
    let known = ["service_id", "region_id", "interface"]
    guard input["filters"]?.object?.keys.allSatisfy(known.contains) ?? true else {
      throw Fault.expecting(known.joined(separator: " or "), in: "endpoint_group")
    }
  }
}
