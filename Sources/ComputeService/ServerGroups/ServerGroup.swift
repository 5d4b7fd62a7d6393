import OpenStackAPI
import Persistence

/// Servers that belong together, or apart: where the scheduler may put them (Compute API, "Server groups").
struct ServerGroup: Sendable, RowDecodable {
  let id, projectID, userID, name, policy: String
  /// How many members one host may have, where the policy has such a rule.
  let maximumPerHost: Int?
  /// JSON array of the ids of its servers that still exist.
  let members: String

  static let columns = """
    uuid, project_id, user_id, name, policy, max_server_per_host,
    (SELECT json_group_array(s.uuid) FROM servers s WHERE s.server_group = server_groups.uuid AND s.deleted = 0)
    """

  init(row: inout Row) throws {
    id = try row.next()
    projectID = try row.next()
    userID = try row.next()
    name = try row.next()
    policy = try row.next()
    maximumPerHost = try row.next()
    members = try row.next()
  }

  /// A server keeps the group that it was booted into.
  static let migration = """
    CREATE TABLE server_groups (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      uuid TEXT NOT NULL UNIQUE,
      project_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      name TEXT NOT NULL,
      policy TEXT NOT NULL,
      max_server_per_host INTEGER
    ) STRICT;
    CREATE INDEX server_groups_by_project ON server_groups (project_id, id);
    ALTER TABLE servers ADD COLUMN server_group TEXT;
    CREATE INDEX servers_by_group ON servers (server_group, deleted) WHERE server_group IS NOT NULL;
    """
}

extension ServerGroup {
  static let view = View<ServerGroup>([
    Field("id", \.id),
    Field("name", \.name),
    Field("policies", { [$0.policy] }, until: "2.63"),
    Field("policy", \.policy, since: "2.64"),
    Field("rules", { $0.maximumPerHost.map { ["max_server_per_host": $0] } ?? [:] }, since: "2.64"),
    Field("members") { group, _, json in json.raw(group.members) },
    Field("metadata", until: "2.63") { _, _, json in json.object { _ in } },
    Field("project_id", \.projectID, since: "2.13"),
    Field("user_id", \.userID, since: "2.13"),
  ])

  private static let strict = ["anti-affinity", "affinity"]
  private static let all = strict + ["soft-anti-affinity", "soft-affinity"]

  private static let policies = Schema.byVersion { version in
    .array(.string(in: version < "2.15" ? strict : all), count: 1...1, unique: true)
  }

  private static let creation = Body(
    "server_group",
    [
      .string("name", 1...255, format: .name, .required),
      Property("policies", policies, until: "2.63", .required),
      .string("policy", in: all, since: "2.64", .required),
      Property(
        "rules", .object([Property("max_server_per_host", .integerOrDigits(1...2_147_483_647, digits: "^[0-9]*$"))]),
        since: "2.64"),
    ])

  private static let number = Schema.integerOrDigits(0...Int.max, digits: "^[0-9]*$")

  private static let list = Query(
    [QueryParameter("all_projects"), QueryParameter("limit", number), QueryParameter("offset", number)],
    refusesUnknownSince: "2.75")

  static let routes: [Route] = [
    .get("/os-server-groups", "os_compute_api:os-server-groups:index", .projectReader, query: list, run: index),
    .post(
      "/os-server-groups", "os_compute_api:os-server-groups:create", .projectMember, body: creation, returns: 200,
      run: create),
    .get(
      "/os-server-groups/:id", "os_compute_api:os-server-groups:show", .projectReader, access: .resource,
      query: .empty, run: show),
    .delete(
      "/os-server-groups/:id", "os_compute_api:os-server-groups:delete", .projectMember, access: .resource, run: delete),
  ]
}

extension ServerGroup {
  /// A page by number, unlike Nova's other lists; a limit of 0 is none. Only administrators see all projects'.
  private static func index(_ call: Call) throws -> Response {
    let maximum = 1000
    let limit = call.query.integer("limit").map { $0 == 0 ? maximum : min($0, maximum) } ?? maximum
    let offset = call.query.integer("offset") ?? 0
    let isForAll = try call.query["all_projects"] != nil && call.caller.isAdmin
    if isForAll { try call.authorize(rule: "os_compute_api:os-server-groups:index:all_projects") }
    let project = isForAll ? nil : try call.projectID
    let groups: [ServerGroup] = try call.world.read { db in
      let filter = project == nil ? "" : "WHERE project_id = ?"
      let values: [any Bindable] = project.map { [$0] } ?? []
      return try db.query(
        "SELECT \(columns) FROM server_groups \(filter) ORDER BY id LIMIT ? OFFSET ?", values + [limit, offset])
    }
    let projection = view.projection(for: call)
    return .json { json in
      json.array("server_groups") { json in
        for group in groups { projection.write(group, to: &json) }
      }
    }
  }

  private static func answer(_ group: ServerGroup, _ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.key("server_group")
      projection.write(group, to: &json)
    }
  }

  private static func named(_ id: String, _ db: Connection) throws -> ServerGroup? {
    try db.first("SELECT \(columns) FROM server_groups WHERE uuid = ?", id)
  }

  /// The group of the path. Nova looks it up among all projects', and only then asks whether the caller may.
  private static func find(_ call: Call, _ db: Connection) throws -> ServerGroup {
    let id = call.parameter("id")
    guard let group = try named(id, db) else { throw unknown(id) }
    try call.authorize(["project_id": group.projectID])
    return group
  }

  private static func unknown(_ id: String) -> Fault { .notFound("Instance group \(id) could not be found.") }

  private static func show(_ call: Call) throws -> Response {
    answer(try call.world.read { try find(call, $0) }, call)
  }

  private static func create(_ call: Call) async throws -> Response {
    let input = call.input
    let policy = input["policy"]?.text ?? input["policies"]?.array?.first?.text ?? ""
    let id = call.world.identifiers.uuid()
    let group = try await call.world.write { db in
      try refuseAnother(call, db)
      guard policy == "anti-affinity" || (input["rules"]?.object?.members ?? []).isEmpty else {
        throw Fault.badRequest("Only anti-affinity policy supports rules.")
      }
      try db.execute(
        """
        INSERT INTO server_groups (uuid, project_id, user_id, name, policy, max_server_per_host)
        VALUES (?, ?, ?, ?, ?, ?)
        """, id, try call.projectID, try call.caller.user.id, input["name"]?.text ?? "", policy,
        input["rules"]?["max_server_per_host"]?.wholeNumber)
      return try named(id, db)
    }
    guard let group else { throw Fault.unexpected }
    return answer(group, call)
  }

  private static func refuseAnother(_ call: Call, _ db: Connection) throws {
    let (project, user) = (try call.projectID, try call.caller.user.id)
    let refusal = Fault.forbidden("Quota exceeded, too many server groups.", reason: .quota)
    try call.refuseByFault(refusal)
    let ofProject = try QuotaUsage.of(project: project, db)?.serverGroups ?? 0
    let ofUser = try QuotaUsage.of(project: project, user: user, db)?.serverGroups ?? 0
    guard try QuotaLimits.of(project: project, db, call.world).allow(ofProject + 1, of: .serverGroups),
      try QuotaLimits.of(call, db).allow(ofUser + 1, of: .serverGroups)
    else { throw refusal }
  }

  /// Its servers stay, and are in no group.
  private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let group = try find(call, db)
      try db.execute("UPDATE servers SET server_group = NULL WHERE server_group = ?", group.id)
      try db.execute("DELETE FROM server_groups WHERE uuid = ?", group.id)
    }
    return .empty
  }
}

extension ServerGroup {
  /// The group that a request to boot so many servers names in its hint `group`, with room for them.
  static func hinted(_ call: Call, count: Int, _ db: Connection) throws -> ServerGroup? {
    guard let id = BootRequest.hints(call.body)["group"]?.array?.first?.text else { return nil }
    let caller = try call.caller
    guard let group = try named(id, db), caller.isAdmin || group.projectID == caller.projectID else {
      throw Fault.badRequest("Instance group \(id) could not be found.", reason: .lookup)
    }
    let own = try db.scalar(
      "SELECT count(*) FROM servers WHERE server_group = ? AND deleted = 0 AND user_id = ?", group.id, caller.user.id,
      as: Int.self)
    guard try QuotaLimits.of(call, db).allow((own ?? 0) + count, of: .serverGroupMembers) else {
      throw Fault.forbidden("Quota exceeded, too many servers in group", reason: .quota)
    }
    return group
  }
}
