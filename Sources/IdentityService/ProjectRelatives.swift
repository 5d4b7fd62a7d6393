import OpenStackAPI
import Persistence

/// What stands above and below a project, as `GET /projects/{id}` shows it with `parents_as_list`, `parents_as_ids`,
/// `subtree_as_list` and `subtree_as_ids`. Lists hold only projects on which the caller has a role; `include_limits` adds
/// the limits of each.
///
/// Source: keystone.resource.core.Manager.list_project_parents and its neighbours.
struct ProjectRelatives: Sendable {
  private var parents: Form?
  private var subtree: Form?

  private enum Form {
    case list([Listed])
    case ids(JSON)
  }

  /// A project of a list, and its limits, if they were asked for.
  private struct Listed {
    let project: Project
    let limits: [Limit]?
  }

  /// What a request asks for; a list and ids of the same projects are refused.
  init(of project: Project, _ call: Call, _ db: Connection) throws {
    let asked = { call.query.asks(for: $0) }
    for name in ["parents", "subtree"] where asked("\(name)_as_list") && asked("\(name)_as_ids") {
      throw Fault.badRequest("Cannot use \(name)_as_list and \(name)_as_ids query params at the same time.")
    }
    if asked("parents_as_list") {
      parents = .list(try Self.listed(Self.above(project.id, db), call, db))
    } else if asked("parents_as_ids") {
      parents = .ids(
        try Self.above(project.id, db).reversed().reduce(JSON.null) { .object(JSONObject([(key: $1.id, value: $0)])) })
    }
    if asked("subtree_as_list") {
      subtree = .list(try Self.listed(Self.below(project.id, db), call, db))
    } else if asked("subtree_as_ids") {
      let children = Dictionary(grouping: try Self.below(project.id, db)) { $0.parentID ?? "" }
      subtree = .ids(Self.tree(below: project.id, children))
    }
  }

  /// Adds the members that were asked for to the project's object.
  func write(to json: inout JSONWriter, _ call: Call) {
    write("parents", parents, to: &json, call)
    write("subtree", subtree, to: &json, call)
  }

  private func write(_ name: StaticString, _ form: Form?, to json: inout JSONWriter, _ call: Call) {
    switch form {
    case .list(let projects):
      let (projection, limits) = (Project.view.projection(for: call), Limit.bareView.projection(for: call))
      json.array(name) { json in
        for listed in projects {
          json.object { json in
            json.object("project") { json in
              json.members(of: listed.project.extra)
              projection.writeMembers(of: listed.project, to: &json)
              guard let own = listed.limits else { return }
              json.array("limits") { json in for limit in own { limits.write(limit, to: &json) } }
            }
          }
        }
      }
    case .ids(let ids): json.member(name, ids)
    case nil: break
    }
  }

  private static func tree(below id: String, _ children: [String: [Project]]) -> JSON {
    guard let projects = children[id] else { return .null }
    return .object(JSONObject(projects.map { (key: $0.id, value: tree(below: $0.id, children)) }))
  }

  private static func listed(_ projects: [Project], _ call: Call, _ db: Connection) throws -> [Listed] {
    let withLimits = call.query.asks(for: "include_limits")
    let sql = "SELECT \(Limit.columns) FROM limits WHERE project_id = ? ORDER BY number"
    return try reachable(projects, call, db).map { project in
      Listed(project: project, limits: withLimits ? try db.query(sql, project.id) : nil)
    }
  }

  private static func reachable(_ projects: [Project], _ call: Call, _ db: Connection) throws -> [Project] {
    var listing = Listing("id", from: Project.table, key: "id")
    listing.conditions = [
      Condition.isOne("id", of: projects.map(\.id)), Assignment.projects(of: try call.caller.user.id),
    ]
    let ids = Set(try listing.page(db, after: nil, limit: -1, as: String.self) ?? [])
    return projects.filter { ids.contains($0.id) }
  }
}

extension ProjectRelatives {
  /// The projects above one, the nearest first, the domain last.
  static func above(_ id: String, _ db: Connection) throws -> [Project] {
    try db.query(
      """
      WITH RECURSIVE above (ancestor, distance) AS (
        SELECT parent_id, 1 FROM projects WHERE id = ? AND parent_id IS NOT NULL
        UNION ALL
        SELECT parent_id, distance + 1 FROM above JOIN projects ON projects.id = ancestor WHERE parent_id IS NOT NULL
      )
      SELECT \(Project.columns) FROM above JOIN projects ON projects.id = ancestor ORDER BY distance
      """, id)
  }

  /// The projects below one, the nearest first.
  static func below(_ id: String, _ db: Connection) throws -> [Project] {
    try db.query(
      """
      WITH RECURSIVE below (descendant, distance) AS (
        SELECT id, 1 FROM projects WHERE parent_id = ?
        UNION ALL
        SELECT id, distance + 1 FROM below JOIN projects ON parent_id = descendant
      )
      SELECT \(Project.columns) FROM below JOIN projects ON projects.id = descendant ORDER BY distance, number
      """, id)
  }
}

extension QueryParameters {
  /// Whether a switch is on: it is there, and not `0` (keystone.server.flask.common.query_filter_is_true).
  func asks(for name: String) -> Bool { self[name].map { $0 != "0" } ?? false }
}
