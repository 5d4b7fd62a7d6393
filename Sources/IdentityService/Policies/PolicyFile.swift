import OpenStackAPI
import Persistence

/// A text that says who may do what, kept for other services to fetch; Keystone does not look inside.
struct PolicyFile: Sendable {
  let id: String
  let blob: String
  let type: String
  let extra: RawJSON
}

extension PolicyFile: Resource {
  static let member: StaticString = "policy"
  static let collection: StaticString = "policies"
  static let table = "policies"
  static let columns = "id, blob, type, extra"

  init(row: inout Row) throws {
    id = try row.next()
    blob = try row.next()
    type = try row.next()
    extra = try row.next()
  }

  static let view = View<PolicyFile>(fields + [.links("/policies/", \.id)])
  /// The looks of an endpoint's policy, whose link leads among the endpoints, as in Keystone.
  static let viewOfEndpoint = View<PolicyFile>(fields + [.links("/endpoints/", \.id)])

  private static let fields: [Field<PolicyFile>] = [
    Field("id", \.id), Field("blob", \.blob), Field("type", \.type),
  ]

  static let routes: [Route] = [
    .get("/policies", "identity:list_policies", .systemReader, run: list),
    .post(
      "/policies", "identity:create_policy", .keystoneAdmin, body: attributes.creation(of: member), returns: 201,
      run: create(attributes)),
    .get("/policies/:policy_id", "identity:get_policy", .systemReader, run: show("policy_id")),
    .patch(
      "/policies/:policy_id", "identity:update_policy", .keystoneAdmin, body: attributes.change(of: member), run: update
    ),
    .delete("/policies/:policy_id", "identity:delete_policy", .keystoneAdmin, run: remove("policy_id")),
  ]

  static let attributes: [Attribute] = [
    .text("blob", required: true),
    Attribute("type", .string(0...255), required: true) { $0.text.sqlValue },
  ]

  static let tables = """
    CREATE TABLE policies (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      blob TEXT NOT NULL,
      type TEXT NOT NULL,
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE TABLE policy_associations (
      number INTEGER PRIMARY KEY,
      policy_id TEXT NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
      endpoint_id TEXT REFERENCES endpoints (id) ON DELETE CASCADE,
      service_id TEXT REFERENCES services (id) ON DELETE CASCADE,
      region_id TEXT REFERENCES regions (id) ON DELETE CASCADE,
      CHECK ((endpoint_id IS NULL) <> (service_id IS NULL)),
      CHECK (region_id IS NULL OR service_id IS NOT NULL)
    ) STRICT;
    CREATE UNIQUE INDEX policy_associations_once ON policy_associations
      (ifnull(endpoint_id, ''), ifnull(service_id, ''), ifnull(region_id, ''));
    CREATE INDEX policy_associations_by_policy ON policy_associations (policy_id);
    CREATE INDEX policy_associations_by_endpoint ON policy_associations (endpoint_id);
    CREATE INDEX policy_associations_by_service ON policy_associations (service_id);
    CREATE INDEX policy_associations_by_region ON policy_associations (region_id);
    """
}

extension PolicyFile {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<PolicyFile>(filters: [.exact("type")]).response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("policy_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in
      let policy = try existing(id, db)
      if let other = call.input["id"], other.text != id { throw Fault.badRequest("Cannot change policy ID") }
      return try change(policy.id, values, db)
    }.response(call)
  }
}
