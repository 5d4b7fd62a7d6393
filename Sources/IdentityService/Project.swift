import OpenStackAPI
import Persistence

/// What owns the resources of a cloud.
struct Project: Sendable {
  let id: String
  let name: String
  let domainID: String?
  let parentID: String?
  let isDomain: Bool
  let description: String?
  let isEnabled: Bool
  let tags: RawJSON
  let options: RawJSON
  let extra: RawJSON
}

extension Project: OptionalResource {
  static let member: StaticString = "project"
  static let collection: StaticString = "projects"
  static let table = "projects"
  static let hasNameKey = true
  static let tagsColumn =
    "(SELECT json_group_array(name) FROM (SELECT name FROM project_tags WHERE project_id = projects.id ORDER BY name))"
  static let columns =
    "id, name, domain_id, parent_id, is_domain, description, enabled, \(tagsColumn), options, extra"

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    domainID = try row.next()
    parentID = try row.next()
    isDomain = try row.next()
    description = try row.next()
    isEnabled = try row.next()
    tags = try row.next()
    options = try row.next()
    extra = try row.next()
  }

  static let view = View<Project>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("description", \.description),
    Field("enabled", \.isEnabled),
    Field("parent_id", \.parentID),
    Field("is_domain", \.isDomain),
    Field("tags", \.tags),
    Field("options", \.options),
    .links("/projects/", \.id),
  ])

  static let routes: [Route] = [
    .get("/projects", "identity:list_projects", listRule, access: .resource, run: list),
    .post(
      "/projects", "identity:create_project", writeRule, access: .resource, body: attributes.creation(of: member),
      returns: 201, run: create),
    .get("/projects/:project_id", "identity:get_project", showRule, access: .resource, run: show),
    .patch(
      "/projects/:project_id", "identity:update_project", writeRule, access: .resource,
      body: changeable.change(of: member, atLeast: 0), run: update),
    .delete("/projects/:project_id", "identity:delete_project", writeRule, access: .resource, run: delete),
    .get("/users/:user_id/projects", "identity:list_user_projects", userRule, access: .resource, run: listOfUser),
  ]

  static let attributes: [Attribute] =
    changeable + [.reference("domain_id"), .reference("parent_id"), .spelledTruth("is_domain")]

  /// What can be changed later.
  static let changeable: [Attribute] = [
    .name(longest: 64), .text("description"), .spelledTruth("enabled"),
    Attribute("tags", ProjectTags.schema, keeping: .handler),
    .options(ResourceOptions.schema),
  ]

  private static let listRule: PolicyRule =
    "rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s)"
  /// Who may see a project.
  static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (role:reader and domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s)
    or project_id:%(target.project.id)s
    """
  /// Who may make and change one: administrators, and managers of its domain.
  static let writeRule: PolicyRule = """
    rule:admin_required
    or (role:manager and domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s)
    """
  private static let userRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.user.domain_id)s)
    or user_id:%(target.user.id)s
    """

  var target: PolicyTarget { ["project.id": id, "project.domain_id": domainID ?? "None"] }

  /// What messages call it.
  var kind: String { isDomain ? "domain" : "project" }
}

extension Project {
  private static let filters: [Collection<Project>.Filter] = [
    .exact("domain_id"), .truth("enabled"), .name, .exact("parent_id"), .truth("is_domain"),
  ]

  /// Projects that act as domains are only shown to those who ask for them. A token for a domain lists that domain's.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let own = try call.caller.domainID
    try call.authorize(own.map { ["domain_id": $0] } ?? [:])
    try call.checkQuery([
      ("domain_id", .keystoneID), ("enabled", .keystoneTruth), ("name", .name(longest: 64)),
      ("is_domain", .keystoneTruth),
    ])
    var projects = Collection<Project>(conditions: ProjectTags.conditions(call.query), filters: filters)
    if call.query["is_domain"] == nil { projects.conditions.append(Condition("NOT is_domain")) }
    if let own { projects.conditions.append(Condition("domain_id = ?", own)) }
    return try projects.response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let project = try authorized(call, "project_id")
    let relatives = try call.world.read { try ProjectRelatives(of: project, call, $0) }
    return .json { json in
      json.object("project") { json in
        json.members(of: project.extra)
        view.projection(for: call).writeMembers(of: project, to: &json)
        relatives.write(to: &json, call)
      }
    }
  }

  @Sendable private static func listOfUser(_ call: Call) throws -> Response {
    let id = call.parameter("user_id")
    let user = try call.world.read { try User.find(id, $0) }
    try call.authorize(user?.target ?? [:])
    guard user != nil else { throw Fault.missing("user", id) }
    return try Collection<Project>(
      conditions: [Assignment.projects(of: id)], filters: [.exact("domain_id"), .truth("enabled"), .name]
    ).response(call)
  }

  /// The text of a body's member; an empty one is as good as none.
  static func named(_ member: String, in input: JSON) -> String? {
    input[member]?.text.flatMap { $0.isEmpty ? nil : $0 }
  }
}
