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

extension Domain: Resource {
  static let member: StaticString = "domain"
  static let collection: StaticString = "domains"
  static let table = "projects"
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
    .get("/domains/:domain_id", "identity:get_domain", showRule, access: .resource, run: show),
  ]

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
    let domains = Collection<Domain>(
      conditions: [Condition("is_domain")] + (own.map { [Condition("id = ?", $0)] } ?? []),
      filters: [.text("name"), .truth("enabled")])
    return try domains.response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try authorized(call, "domain_id", where: isDomain).response(call)
  }
}
