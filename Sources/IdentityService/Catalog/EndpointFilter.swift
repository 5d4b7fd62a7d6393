import OpenStackAPI
import Persistence

/// Which endpoints the catalog of a project lists: those that were given to it, one by one or as groups. A project that
/// was given none has all.
///
/// Source: Identity API v3 extensions, "OS-EP-FILTER"; keystone.conf, [endpoint_filter]
/// return_all_endpoints_if_no_filter.
enum EndpointFilter {
  private static let path = "/OS-EP-FILTER"
  private static let endpoint = path + "/projects/:project_id/endpoints/:endpoint_id"
  private static let group = path + "/endpoint_groups/:endpoint_group_id"

  static let routes: [Route] = [
    .get(
      path + "/endpoints/:endpoint_id/projects", "identity:list_projects_for_endpoint", .systemReader, run: projects),
    .get(
      path + "/projects/:project_id/endpoints", "identity:list_endpoints_for_project", .systemReader, run: endpoints),
    .get(endpoint, "identity:check_endpoint_in_project", .systemReader, returns: 204, run: check),
    .put(endpoint, "identity:add_endpoint_to_project", .keystoneAdmin, returns: 204, run: add),
    .delete(endpoint, "identity:remove_endpoint_from_project", .keystoneAdmin, run: remove),
    .get(
      path + "/projects/:project_id/endpoint_groups", "identity:list_endpoint_groups_for_project", .systemReader,
      run: groups),
    .get(
      group + "/endpoints", "identity:list_endpoints_associated_with_endpoint_group", .systemReader,
      run: endpointsOfGroup),
    .get(
      group + "/projects", "identity:list_projects_associated_with_endpoint_group", .systemReader, run: projectsOfGroup),
    .get(group + "/projects/:project_id", "identity:get_endpoint_group_in_project", .systemReader, run: showGroup),
    .put(
      group + "/projects/:project_id", "identity:add_endpoint_group_to_project", .keystoneAdmin, returns: 204,
      run: addGroup),
    .delete(
      group + "/projects/:project_id", "identity:remove_endpoint_group_from_project", .keystoneAdmin, run: removeGroup),
  ]

  /// Whether a row of `endpoints` is in the group `g`: each filter that is there must be equal.
  private static let isInGroup = ["service_id", "region_id", "interface"].map { name in
    "(json_type(g.filters, '$.\(name)') IS NULL OR json_extract(g.filters, '$.\(name)') IS endpoints.\(name))"
  }.joined(separator: " AND ")

  private static let ofProject = """
    (id IN (SELECT endpoint_id FROM project_endpoints WHERE project_id = ?)
      OR EXISTS (
        SELECT 1 FROM project_endpoint_groups AS m JOIN endpoint_groups AS g ON g.id = m.endpoint_group_id
        WHERE m.project_id = ? AND \(isInGroup)))
    """

  private static let everything = """
    SELECT project_id, endpoint_id FROM project_endpoints
    UNION
    SELECT m.project_id, endpoints.id
    FROM project_endpoint_groups AS m JOIN endpoint_groups AS g ON g.id = m.endpoint_group_id
    JOIN endpoints ON \(isInGroup)
    """

  /// Every project that was given endpoints, with each of them.
  static func all(_ db: Connection) throws -> [(project: String, endpoint: String)] {
    var pairs: [(project: String, endpoint: String)] = []
    try db.forEachRow(everything) { row in
      let project: String = try row.next()
      pairs.append((project, try row.next()))
    }
    return pairs
  }
}

extension EndpointFilter {
  @Sendable private static func projects(_ call: Call) throws -> Response {
    let id = call.parameter("endpoint_id")
    _ = try call.world.read { try Endpoint.existing(id, $0) }
    return try Collection<Project>(
      conditions: [Condition("id IN (SELECT project_id FROM project_endpoints WHERE endpoint_id = ?)", id)],
      filters: []
    ).response(call)
  }

  @Sendable private static func endpoints(_ call: Call) throws -> Response {
    let id = call.parameter("project_id")
    _ = try call.world.read { try Project.existing(id, $0) }
    return try Collection<Endpoint>(conditions: [Condition(ofProject, id, id)], filters: []).response(call)
  }

  @Sendable private static func check(_ call: Call) throws -> Response {
    let (project, endpoint) = (call.parameter("project_id"), call.parameter("endpoint_id"))
    try call.world.read { db in
      _ = try Endpoint.existing(endpoint, db)
      _ = try Project.existing(project, db)
      let sql = "SELECT 1 FROM project_endpoints WHERE project_id = ? AND endpoint_id = ?"
      guard try db.exists(sql, project, endpoint) else { throw notGiven(endpoint, project) }
    }
    return .empty
  }

  @Sendable private static func add(_ call: Call) async throws -> Response {
    let (project, endpoint) = (call.parameter("project_id"), call.parameter("endpoint_id"))
    try await call.world.write { db in
      _ = try Endpoint.existing(endpoint, db)
      _ = try Project.existing(project, db)
      let added = try db.execute(
        "INSERT INTO project_endpoints (project_id, endpoint_id) VALUES (?, ?) ON CONFLICT DO NOTHING", project,
        endpoint)
      guard added > 0 else { throw Fault.conflict(storing: "project_endpoint", "Duplicate entry") }
    }
    return .empty
  }

  @Sendable private static func remove(_ call: Call) async throws -> Response {
    let (project, endpoint) = (call.parameter("project_id"), call.parameter("endpoint_id"))
    try await call.world.write { db in
      let sql = "DELETE FROM project_endpoints WHERE project_id = ? AND endpoint_id = ?"
      guard try db.execute(sql, project, endpoint) > 0 else { throw notGiven(endpoint, project) }
    }
    return .empty
  }

  private static func notGiven(_ endpoint: String, _ project: String) -> Fault {
    .notFound("Endpoint \(endpoint) not found in project \(project)")
  }
}

extension EndpointFilter {
  @Sendable private static func groups(_ call: Call) throws -> Response {
    let id = call.parameter("project_id")
    _ = try call.world.read { try Project.existing(id, $0) }
    return try Collection<EndpointGroup>(
      conditions: [
        Condition("id IN (SELECT endpoint_group_id FROM project_endpoint_groups WHERE project_id = ?)", id)
      ], filters: []
    ).response(call)
  }

  @Sendable private static func endpointsOfGroup(_ call: Call) throws -> Response {
    let id = call.parameter("endpoint_group_id")
    _ = try call.world.read { try EndpointGroup.existing(id, $0) }
    let isInOne = "EXISTS (SELECT 1 FROM endpoint_groups AS g WHERE g.id = ? AND \(isInGroup))"
    return try Collection<Endpoint>(conditions: [Condition(isInOne, id)], filters: []).response(call)
  }

  @Sendable private static func projectsOfGroup(_ call: Call) throws -> Response {
    try Collection<Project>(
      conditions: [
        Condition(
          "id IN (SELECT project_id FROM project_endpoint_groups WHERE endpoint_group_id = ?)",
          call.parameter("endpoint_group_id"))
      ], filters: []
    ).response(call)
  }

  /// The project and the group of the path, which must both be there.
  private static func pair(_ call: Call, _ db: Connection) throws -> (project: String, group: String) {
    let project = try Project.existing(call.parameter("project_id"), db)
    return (project.id, try EndpointGroup.existing(call.parameter("endpoint_group_id"), db).id)
  }

  private static let groupNotGiven = Fault.notFound("Endpoint Group Project Association not found")

  @Sendable private static func showGroup(_ call: Call) throws -> Response {
    let (project, group) = try call.world.read { db in
      let (project, group) = try pair(call, db)
      let sql = "SELECT 1 FROM project_endpoint_groups WHERE project_id = ? AND endpoint_group_id = ?"
      guard try db.exists(sql, project, group) else { throw groupNotGiven }
      return (project, group)
    }
    return .json { json in
      json.object("project_endpoint_group") { json in
        json.member("endpoint_group_id", group)
        json.member("project_id", project)
        json.object("links") { $0.member("self", "\(path)/endpoint_groups/\(group)/projects/\(project)") }
      }
    }
  }

  @Sendable private static func addGroup(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let (project, group) = try pair(call, db)
      let added = try db.execute(
        "INSERT INTO project_endpoint_groups (project_id, endpoint_group_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        project, group)
      guard added > 0 else { throw Fault.conflict(storing: "project_endpoint_group", "Duplicate entry") }
    }
    return .empty
  }

  @Sendable private static func removeGroup(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let (project, group) = try pair(call, db)
      let sql = "DELETE FROM project_endpoint_groups WHERE project_id = ? AND endpoint_group_id = ?"
      guard try db.execute(sql, project, group) > 0 else { throw groupNotGiven }
    }
    return .empty
  }
}
