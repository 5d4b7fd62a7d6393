import OpenStackAPI
import Persistence

/// `GET /v3/role_assignments`: who has which role where, as it was given, or, with `effective`, as it works out through
/// groups, inheritance and implied roles.
///
/// Source: Identity API v3, "List role assignments"; keystone.api.role_assignments; keystone.assignment.core.Manager.
struct RoleAssignments: Sendable {
  static let routes: [Route] = [
    .get("/role_assignments", "identity:list_role_assignments", rule, access: .resource, run: list)
  ]

  /// Who may list them, also those of a tree of projects.
  static let rule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s)
    """
  private static let treeRule = "identity:list_role_assignments_for_tree"

  private let filters: Filters
  /// The domain that a caller's token is limited to.
  private let ownDomain: String?
}

extension RoleAssignments {
  /// What the query string asks for.
  private struct Filters: Sendable {
    let role, user, group, project, domain: String?
    let wantsSystem: Bool
    let isInherited: Bool?
    let isEffective, hasNames, hasSubtree: Bool

    init(_ query: QueryParameters) throws {
      let given = { (name: String) in query[name].flatMap { $0.isEmpty ? nil : $0 } }
      (role, user, group) = (given("role.id"), given("user.id"), given("group.id"))
      (project, domain) = (given("scope.project.id"), given("scope.domain.id"))
      // Any other word than `all` is as good as none.
      wantsSystem = query["scope.system"] == "all"
      isInherited = query["scope.OS-INHERIT:inherited_to"].map { $0 == "projects" }
      isEffective = query.asks(for: "effective")
      hasNames = query.asks(for: "include_names")
      hasSubtree = query.asks(for: "include_subtree")
      try refuseContradictions(hasSystem: given("scope.system") != nil)
    }

    private func refuseContradictions(hasSystem: Bool) throws {
      let mistakes = [
        (domain != nil && project != nil, "Specify a domain or project, not both"),
        (domain != nil && hasSystem, "Specify system or domain, not both"),
        (project != nil && hasSystem, "Specify system or project, not both"),
        (user != nil && group != nil, "Specify a user or group, not both"),
        (isEffective && group != nil, "Combining effective and group filter will always result in an empty list."),
        (
          isEffective && isInherited == true && domain != nil,
          "Combining effective, domain and inherited filters will always result in an empty list."
        ),
      ]
      if let mistake = mistakes.first(where: \.0) { throw Fault.badRequest(mistake.1) }
    }
  }

  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.checkQuery([
      ("group.id", .keystoneID), ("role.id", .keystoneID), ("scope.domain.id", .keystoneID),
      ("scope.project.id", .keystoneID),
    ])
    if call.query["include_subtree"] != nil, call.query["scope.project.id"] == nil {
      throw Fault.badRequest("'scope.project.id' is a dependency of 'include_subtree'")
    }
    let isTree = call.query.asks(for: "include_subtree")
    let own = isTree ? nil : try call.caller.domainID
    if isTree {
      let id = call.query["scope.project.id"] ?? ""
      let project = try call.world.read { try Project.existing(id, $0) }
      let domain = project.domainID.map { ["domain_id": $0] } ?? [:]
      try call.authorize(domain.merging(project.target) { $1 }, rule: treeRule)
    } else {
      try call.authorize(own.map { ["domain_id": $0] } ?? [:])
    }
    return try RoleAssignments(filters: Filters(call.query), ownDomain: own).response(call)
  }

  private func response(_ call: Call) throws -> Response {
    let rows = try call.world.read { try filters.isEffective ? effective($0) : direct($0) }
    return .json { json in
      json.array("role_assignments") { json in
        for row in rows { row.write(to: &json, named: filters.hasNames, call) }
      }
      json.object("links") { json in
        json.member("next", String?.none)
        json.member("self", call.address + (call.exchange.request.query.map { "?" + $0 } ?? ""))
        json.member("previous", String?.none)
      }
    }
  }
}

extension RoleAssignments {
  /// What `RoleAssignment` reads, from a table `given` of assignments that carry what they came from.
  private static let select = """
    SELECT given.user_id, users.name, users.domain_id, user_domains.name,
      given.group_id, user_groups.name, user_groups.domain_id, group_domains.name,
      given.role_id, roles.name, roles.domain_id, role_domains.name,
      given.scope, given.target_id, targets.name, targets.domain_id, target_domains.name, given.inherited,
      given.source_group, given.source_scope, given.source_id, given.prior_role
    FROM given
    CROSS JOIN roles ON roles.id = given.role_id
    LEFT JOIN projects AS role_domains ON role_domains.id = roles.domain_id
    LEFT JOIN users ON users.id = given.user_id
    LEFT JOIN projects AS user_domains ON user_domains.id = users.domain_id
    LEFT JOIN user_groups ON user_groups.id = given.group_id
    LEFT JOIN projects AS group_domains ON group_domains.id = user_groups.domain_id
    LEFT JOIN projects AS targets ON targets.id = given.target_id
    LEFT JOIN projects AS target_domains ON target_domains.id = targets.domain_id
    """

  /// The projects that the filter names: one, or with `include_subtree` those below it as well.
  private var wanted: (sql: String, values: [any Bindable]) {
    guard let project = filters.project else {
      return ("wanted (id) AS (SELECT id FROM projects)", [])
    }
    let below = "UNION SELECT projects.id FROM wanted JOIN projects ON projects.parent_id = wanted.id"
    return ("wanted (id) AS (SELECT ? \(filters.hasSubtree ? below : ""))", [project])
  }

  /// The assignments as they were given. Those on the system are none of a project's or a domain's, and do not care for
  /// the filter by inheritance.
  private func direct(_ db: Connection) throws -> [RoleAssignment] {
    var conditions = ownConditions
    if let role = filters.role { conditions.append(("given.role_id = ?", role)) }
    if let user = filters.user { conditions.append(("given.user_id = ?", user)) }
    if let group = filters.group { conditions.append(("given.group_id = ?", group)) }
    if let domain = filters.domain { conditions.append(("given.scope = 'domain' AND given.target_id = ?", domain)) }
    if let inherited = filters.isInherited {
      conditions.append(("(given.scope = 'system' OR given.inherited = ?)", inherited))
    }
    var fixed: [String] = []
    if filters.project != nil { fixed.append("given.scope = 'project' AND given.target_id IN (SELECT id FROM wanted)") }
    if filters.wantsSystem { fixed.append("given.scope = 'system'") }
    let all = fixed + conditions.map(\.sql)
    let sql = """
      WITH RECURSIVE \(wanted.sql),
      given AS (
        SELECT number, user_id, group_id, role_id, scope, target_id, inherited,
          NULL AS source_group, NULL AS source_scope, NULL AS source_id, NULL AS prior_role
        FROM role_assignments
      )
      \(Self.select) \(all.isEmpty ? "" : "WHERE " + all.joined(separator: " AND "))
      ORDER BY given.scope = 'system', given.number
      """
    return try db.query(sql, wanted.values + conditions.map(\.value))
  }

  /// A token for a domain lists what concerns it and its projects.
  private var ownConditions: [(sql: String, value: any Bindable)] {
    guard let ownDomain else { return [] }
    return [
      (
        "? IN (CASE given.scope WHEN 'domain' THEN given.target_id END, CASE given.scope WHEN 'project' THEN "
          + "targets.domain_id END)", ownDomain
      )
    ]
  }

  /// The assignments as they work out: for every member of a group, for every project below, for every implied role.
  /// Roles of a domain only count through what they imply; those on the system are not worked out.
  private func effective(_ db: Connection) throws -> [RoleAssignment] {
    if let project = filters.project { _ = try Project.existing(project, db) }
    if let user = filters.user { _ = try User.existing(user, db) }
    var conditions = ownConditions
    if let role = filters.role { conditions.append(("given.role_id = ?", role)) }
    let (mine, placed) = (mine, placed)
    let sql = """
      WITH RECURSIVE \(wanted.sql), \(Self.above), \(mine.sql), \(placed.sql),
      given (user_id, group_id, role_id, scope, target_id, inherited, source_group, source_scope, source_id, prior_role)
      AS (
        SELECT ifnull(placed.user_id, memberships.user_id) AS holder, NULL, role_id, scope, target_id, 0,
          placed.group_id, source_scope, source_id, NULL
        FROM placed LEFT JOIN memberships ON memberships.group_id = placed.group_id
        WHERE \(filters.user == nil ? "holder IS NOT NULL" : "holder = ?")
        UNION
        SELECT user_id, NULL, implied_role_id, scope, target_id, 0, source_group, source_scope, source_id, given.role_id
        FROM given JOIN implied_roles ON prior_role_id = given.role_id
      )
      \(Self.select) WHERE \((["roles.domain_id IS NULL"] + conditions.map(\.sql)).joined(separator: " AND "))
      """
    let user = filters.user.map { [$0 as any Bindable] } ?? []
    return try db.query(sql, wanted.values + mine.values + placed.values + user + conditions.map(\.value))
  }

  /// The projects above the wanted ones.
  private static let above = """
    above (id, ancestor) AS (
      SELECT projects.id, parent_id FROM wanted JOIN projects ON projects.id = wanted.id WHERE parent_id IS NOT NULL
      UNION ALL
      SELECT above.id, parent_id FROM above JOIN projects ON projects.id = ancestor WHERE parent_id IS NOT NULL
    )
    """

  /// What was given to those whom the filter names.
  private var mine: (sql: String, values: [any Bindable]) {
    guard let user = filters.user else { return ("mine AS (SELECT * FROM role_assignments)", []) }
    let sql = """
      mine AS (
        SELECT * FROM role_assignments
        WHERE user_id = ? OR group_id IN (SELECT group_id FROM memberships WHERE user_id = ?)
      )
      """
    return (sql, [user, user])
  }

  /// The assignments at the places where they count: what is not inherited where it was given, what is inherited at the
  /// wanted projects below that place.
  private var placed: (sql: String, values: [any Bindable]) {
    var values: [any Bindable] = []
    var parts: [String] = []
    if filters.isInherited != true {
      var place = "scope <> 'system'"
      if filters.project != nil { place = "scope = 'project' AND target_id IN (SELECT id FROM wanted)" }
      if let domain = filters.domain {
        place = "scope = 'domain' AND target_id = ?"
        values.append(domain)
      }
      parts.append(
        """
        SELECT user_id, group_id, role_id, scope, target_id, NULL AS source_scope, NULL AS source_id
        FROM mine WHERE NOT inherited AND \(place)
        """)
    }
    if filters.isInherited != false, filters.domain == nil {
      parts.append(
        """
        SELECT user_id, group_id, role_id, 'project' AS scope, above.id AS target_id, scope AS source_scope,
          target_id AS source_id
        FROM mine JOIN above ON ancestor = target_id WHERE inherited
        """)
    }
    return ("placed AS (\(parts.joined(separator: " UNION ALL ")))", values)
  }
}
