import OpenStackAPI
import Persistence

/// Rules that make a user of this cloud of what an identity provider says.
struct FederationMapping: Sendable {
  let id: String
  let rules: RawJSON
  let schemaVersion: String
  let extra = RawJSON.empty
}

extension FederationMapping: Resource {
  static let member: StaticString = "mapping"
  static let collection: StaticString = "mappings"
  static let table = "federation_mappings"
  static let isNamedByID = true
  static let columns = "id, rules, schema_version"

  init(row: inout Row) throws {
    id = try row.next()
    rules = try row.next()
    schemaVersion = try row.next()
  }

  private static let path = Federation.path + "/mappings"
  private static let one = path + "/:mapping_id"

  static let view = View<FederationMapping>([
    Field("id", \.id),
    Field("rules", \.rules),
    Field("schema_version", \.schemaVersion),
    .links(path + "/", \.id),
  ])

  static let routes: [Route] = [
    .get(path, "identity:list_mappings", .systemReader, run: list),
    .get(one, "identity:get_mapping", .systemReader, run: show("mapping_id")),
    .put(one, "identity:create_mapping", .keystoneAdmin, body: Body("mapping", .any), returns: 201, run: create),
    .patch(one, "identity:update_mapping", .keystoneAdmin, body: Body("mapping", .any), run: update),
    .delete(one, "identity:delete_mapping", .keystoneAdmin, run: remove("mapping_id")),
  ]
}

extension FederationMapping {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<FederationMapping>(filters: []).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let id = call.parameter("mapping_id")
    var values = try values(call)
    values["id"] = id
    return try await call.world.write { [values] db in
      guard try find(id, db) == nil else { throw Fault.conflict(storing: "mapping", "Duplicate entry") }
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("mapping_id")
    let values = try values(call)
    return try await call.world.write { db in try change(id, values, db) }.response(call)
  }

  /// The rules, checked against the version that they name, or the first one.
  private static func values(_ call: Call) throws -> RowValues {
    let version = call.input["schema_version"].flatMap { $0.isNull || $0 == "" ? JSON?.none : $0 } ?? "1.0"
    guard let schema = version.text.flatMap({ MappingSchema.versions[$0] }) else {
      let known = JSON.array(MappingSchema.versions.keys.sorted().map(JSON.string)).pythonRepresentation
      throw Fault.badRequest(
        "Invalid input for field/attribute schema_version. Value: \(version.pythonText). "
          + "\(version.pythonRepresentation) is not one of \(known)")
    }
    if let violation = schema.check(call.input, call.version) { throw Fault.badRequest(violation.detail + "\n") }
    var values = RowValues()
    values["rules"] = (call.input["rules"] ?? .null).jsonText
    values["schema_version"] = version.text
    return values
  }
}

/// What mapping rules may look like (keystone.federation.utils, IDP_ATTRIBUTE_MAPPING_SCHEMA_*).
private enum MappingSchema {
  static let versions: [String: Schema] = [
    "1.0": mapping(projects(of: [])),
    "2.0": mapping(projects(of: [Property("domain", domain)])),
    "3.0": mapping(projects(of: [Property("domain", domain)]), [Property("projects_json", .string())]),
  ]

  private static func text(_ name: String) -> Property { Property(name, .string(), .required) }

  private static let domain = Schema.object([.string("id"), .string("name")])
  private static let role = Schema.object([text("name")])

  private static func projects(of more: [Property]) -> Schema {
    let members = [text("name"), Property("roles", .array(role), .required)]
    return .array(.object(members + more))
  }

  private static let user = Schema.object([
    .string("id"), .string("name"), .string("email"), Property("domain", domain),
    .string("type", in: ["ephemeral", "local"]),
  ])

  private static let group = Schema.anyOf([
    .object([text("id")]), .object([text("name"), Property("domain", domain, .required)]),
  ])

  /// Who the user is here.
  private static func local(_ projects: Schema, _ more: [Property]) -> Schema {
    .object(
      [
        Property("user", user), Property("projects", projects), Property("group", group), .string("groups"),
        .string("group_ids"), Property("domain", domain),
      ] + more)
  }

  /// What the provider must have said.
  private static let remote = Schema.anyOf(
    [.object([text("type")])]
      + ["any_one_of", "not_any_of", "blacklist", "whitelist"].map { test in
        .object([
          text("type"), Property(test, .array(.any), .required), Property("regex", .boolean),
        ])
      })

  private static func mapping(_ projects: Schema, _ more: [Property] = []) -> Schema {
    let rule = Schema.object([
      Property("local", .array(local(projects, more)), .required),
      Property("remote", .array(remote, count: 1...Int.max), .required),
    ])
    return .object([Property("rules", .array(rule, count: 1...Int.max), .required)], additional: .allowed)
  }
}
