import OpenStackAPI
import Persistence

/// Another cloud, at which this one vouches for its users. Tokens list those that are enabled.
struct ServiceProvider: Sendable {
  let id: String
  let authURL: String
  let address: String
  let isEnabled: Bool
  let description: String?
  let relayStatePrefix: String
  let extra = RawJSON.empty
}

extension ServiceProvider: Resource {
  static let member: StaticString = "service_provider"
  static let collection: StaticString = "service_providers"
  static let table = "service_providers"
  static let isNamedByID = true
  static let columns = "id, auth_url, sp_url, enabled, description, relay_state_prefix"

  init(row: inout Row) throws {
    id = try row.next()
    authURL = try row.next()
    address = try row.next()
    isEnabled = try row.next()
    description = try row.next()
    relayStatePrefix = try row.next()
  }

  private static let path = Federation.path + "/service_providers"
  private static let one = path + "/:service_provider_id"

  static let view = View<ServiceProvider>([
    Field("id", \.id),
    Field("auth_url", \.authURL),
    Field("sp_url", \.address),
    Field("enabled", \.isEnabled),
    Field("description", \.description),
    Field("relay_state_prefix", \.relayStatePrefix),
    .links(path + "/", \.id),
  ])

  static let routes: [Route] = [
    .get(path, "identity:list_service_providers", .systemReader, run: list),
    .get(one, "identity:get_service_provider", .systemReader, run: show("service_provider_id")),
    .put(
      one, "identity:create_service_provider", .keystoneAdmin,
      body: attributes.creation(of: member, additional: .refused), returns: 201, run: create),
    .patch(
      one, "identity:update_service_provider", .keystoneAdmin,
      body: attributes.change(of: member, additional: .refused), run: update),
    .delete(one, "identity:delete_service_provider", .keystoneAdmin, run: remove("service_provider_id")),
  ]

  static let attributes: [Attribute] = [
    Attribute("auth_url", .endpointURL, required: true) { $0.text.sqlValue },
    Attribute("sp_url", .endpointURL, required: true) { $0.text.sqlValue },
    Federation.enabled,
    .text("description"),
    // Keystone's [saml] relay_state_prefix.
    Attribute("relay_state_prefix", Schema.string().orNull) { ($0.text ?? "ss:mem:").sqlValue },
  ]

  static func missing(_ id: String) -> Fault { .missing("Service Provider", id) }
}

extension ServiceProvider {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.checkQuery([("enabled", Federation.boolean)])
    return try Collection<ServiceProvider>(filters: [.words("id"), .truth("enabled")]).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    var values = attributes.values(of: call.input)
    values["id"] = call.parameter("service_provider_id")
    return try await call.world.write { [values] db in try insert(values, db) }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("service_provider_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in try change(id, values, db) }.response(call)
  }
}
