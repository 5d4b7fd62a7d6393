import OpenStackAPI
import Persistence

/// A namespace of users, groups and projects. In the database it is a project that acts as a domain.
struct Domain: Sendable {
  let id: String
  let name: String
  let description: String?
  let isEnabled: Bool
  let tags: RawJSON
  let options: RawJSON
  let extra: RawJSON
}

extension Domain: OptionalResource {
  static let member: StaticString = "domain"
  static let collection: StaticString = "domains"
  static let table = "projects"
  static let hasNameKey = true
  static let columns = "id, name, description, enabled, \(Project.tagsColumn), options, extra"

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    description = try row.next()
    isEnabled = try row.next()
    tags = try row.next()
    options = try row.next()
    extra = try row.next()
  }

  static let view = View<Domain>([
    Field("id", \.id),
    Field("name", \.name),
    Field("description", \.description),
    Field("enabled", \.isEnabled),
    Field("tags", \.tags),
    Field("options", \.options),
    .links("/domains/", \.id),
  ])

  static let routes: [Route] = [
    .get("/domains", "identity:list_domains", listRule, access: .resource, run: list),
    .post(
      "/domains", "identity:create_domain", .keystoneAdmin, body: creatable.creation(of: member), returns: 201,
      run: create),
    .get("/domains/:domain_id", "identity:get_domain", showRule, access: .resource, run: show),
    .patch(
      "/domains/:domain_id", "identity:update_domain", .keystoneAdmin, access: .resource,
      body: attributes.change(of: member), run: update),
    .delete("/domains/:domain_id", "identity:delete_domain", .keystoneAdmin, access: .resource, run: delete),
  ]

  static let attributes: [Attribute] = [
    .name(longest: 64), .text("description", longest: 255), .spelledTruth("enabled"),
    Attribute("tags", ProjectTags.schema, keeping: .handler), .options(ResourceOptions.schema),
  ]

  private static let creatable = attributes + [Attribute("explicit_domain_id", .keystoneID, keeping: .handler)]

  /// What tells domains from other projects.
  static let isDomain = "is_domain"

  /// What rules compare with.
  var target: PolicyTarget { ["domain.id": id] }

  private static let listRule: PolicyRule =
    "rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain.id)s)"
  private static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or token.domain.id:%(target.domain.id)s
    or token.project.domain.id:%(target.domain.id)s
    """
}

extension Domain {
  /// A token for a domain lists that one alone.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let own = try call.caller.domainID
    try call.authorize(own.map { ["domain.id": $0] } ?? [:])
    try call.checkQuery([("enabled", .keystoneTruth), ("name", .name(longest: 64))])
    let domains = Collection<Domain>(
      conditions: [Condition("is_domain")] + (own.map { [Condition("id = ?", $0)] } ?? []),
      filters: [.name, .truth("enabled")])
    return try domains.response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try authorized(call, "domain_id", where: isDomain).response(call)
  }

  /// The id may be one's own choice, as long as it looks like Keystone's.
  @Sendable private static func create(_ call: Call) async throws -> Response {
    let input = call.input
    let chosen = input["explicit_domain_id"]?.text
    if let chosen, !isPlainUUID(chosen) {
      throw Fault.badRequest("Domain ID does not conform to required UUID format.")
    }
    let id = chosen ?? call.world.identifiers.hex()
    try Project.refuseReserved(name: input["name"]?.text, id: id)
    var values = Project.newValues(id, input, creatable)
    values["is_domain"] = true
    return try await call.world.write { [values] db in
      try Project.add(values, tags: input["tags"], db)
      return try existing(id, db)
    }.response(call)
  }

  private static func isPlainUUID(_ text: String) -> Bool {
    text.utf8.count == 32 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = try authorized(call, "domain_id", where: isDomain, tellsMissing: true).id
    let input = call.input
    return try await call.world.write { db in
      _ = try existing(id, where: isDomain, db)
      _ = try Project.apply(input, to: Project.existing(id, db), db)
      return try existing(id, db)
    }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = try authorized(call, "domain_id", where: isDomain, tellsMissing: true).id
    try await call.world.write { db in
      _ = try existing(id, where: isDomain, db)
      try Project.existing(id, db).delete(db)
    }
    return .empty
  }
}
