import OpenStackAPI
import Persistence

/// The limits of a project, or of one of its users, for administrators to set (Compute API, "Quota sets").
enum QuotaSet {
  private static let ofUser = Query([QueryParameter("user_id")], refusesUnknownSince: "2.75")

  private static let change = Body(
    "quota_set",
    QuotaResource.all.map { Property($0.name, QuotaResource.limit, until: $0.versions.until) } + [.truth("force")])

  static let routes: [Route] = [
    .get(
      "/os-quota-sets/:id", "os_compute_api:os-quota-sets:show", .projectReader, access: .resource, query: ofUser,
      run: show),
    .put(
      "/os-quota-sets/:id", "os_compute_api:os-quota-sets:update", .admin, access: .resource, query: ofUser,
      body: change, run: update),
    .delete(
      "/os-quota-sets/:id", "os_compute_api:os-quota-sets:delete", .admin, access: .resource, query: ofUser,
      returns: 202, run: delete),
    .get(
      "/os-quota-sets/:id/detail", "os_compute_api:os-quota-sets:detail", .projectReader, access: .resource,
      query: ofUser, run: detail),
    .get("/os-quota-sets/:id/defaults", "os_compute_api:os-quota-sets:defaults", run: defaults),
  ]

  /// The project of the path. Nova asks Keystone for it with the caller's token, so that only administrators learn that
  /// there is none.
  private static func checkedProject(_ call: Call, _ db: Connection) throws -> String {
    let id = call.parameter("id")
    try call.authorize(["project_id": id])
    guard try !call.caller.isAdmin || call.world.crossings.tokens.projectExists(id, db) else {
      throw Fault.badRequest("Project ID \(id) is not a valid project.")
    }
    return id
  }

  private static func user(_ call: Call) -> String? { call.query["user_id"].flatMap { $0.isEmpty ? nil : $0 } }

  private static func answer(_ limits: QuotaLimits, id: String?, _ call: Call) -> Response {
    .json { json in
      json.object("quota_set") { json in
        if let id { json.member("id", id) }
        for resource in QuotaResource.all where resource.versions.contains(call.version) {
          json.key(resource.name)
          json.integer(limits[resource])
        }
      }
    }
  }

  private static func show(_ call: Call) throws -> Response {
    try call.world.read { db -> Response in
      let project = try checkedProject(call, db)
      let limits = try QuotaLimits.of(project: project, user: user(call), db, call.world)
      return answer(limits, id: project, call)
    }
  }

  private static func defaults(_ call: Call) throws -> Response {
    try call.world.read { db -> Response in
      let project = try checkedProject(call, db)
      return answer(try QuotaLimits.initial(db, call.world), id: project, call)
    }
  }

  private static func detail(_ call: Call) throws -> Response {
    let user = user(call)
    let (project, limits, usage) = try call.world.read { db -> (String, QuotaLimits, QuotaUsage?) in
      let project = try checkedProject(call, db)
      let limits = try QuotaLimits.of(project: project, user: user, db, call.world)
      return (project, limits, try QuotaUsage.of(project: project, user: user, db))
    }
    return .json { json in
      json.object("quota_set") { json in
        json.member("id", project)
        for resource in QuotaResource.all where resource.versions.contains(call.version) {
          json.key(resource.name)
          json.object { json in
            json.member("limit", limits[resource])
            json.member("in_use", usage.flatMap { resource.used?($0) } ?? 0)
            json.member("reserved", 0)
          }
        }
      }
    }
  }

  /// Sets limits, all or none. Without `force` they must leave room for what is used, and a user's cannot exceed what
  /// the project has left for its users.
  private static func update(_ call: Call) async throws -> Response {
    let isForced = call.input["force"]?.truth ?? false
    let given = QuotaResource.all.compactMap { resource in
      call.input[resource.name]?.wholeNumber.map { (resource, $0) }
    }
    let user = user(call)
    let limits = try await call.world.write { db -> QuotaLimits in
      let project = try checkedProject(call, db)
      let range = try SettableQuota(project: project, user: user, db, call.world)
      for (resource, limit) in given {
        if !isForced { try range.check(limit, of: resource) }
        try db.execute(
          """
          INSERT INTO quota_limits (project_id, user_id, resource, hard_limit) VALUES (?, ?, ?, ?)
          ON CONFLICT (project_id, user_id, resource) DO UPDATE SET hard_limit = excluded.hard_limit
          """, project, user ?? "", resource.name, limit)
      }
      return try QuotaLimits.of(project: project, user: user, db, call.world)
    }
    return answer(limits, id: nil, call)
  }

  /// Forgets what was set; nobody asks whether there is such a project.
  private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("id")
    try call.authorize(["project_id": id])
    let user = user(call)
    _ = try await call.world.write { db in
      try db.execute(
        "DELETE FROM quota_limits WHERE project_id = ? AND (? IS NULL OR user_id = ?)", id, user, user)
    }
    return .empty
  }
}

/// The values that limits can be set to (nova.quota, `get_settable_quotas`).
private struct SettableQuota {
  private let limits: QuotaLimits
  private let usage: QuotaUsage?
  private let isOfUser: Bool
  /// What the project's users were given, by resource.
  private let given: [String: Int]
  /// What the user has now of that.
  private let own: [String: Int]

  private struct Entry: RowDecodable {
    let resource, user: String
    let limit: Int

    init(row: inout Row) throws {
      resource = try row.next()
      user = try row.next()
      limit = try row.next(in: .amounts)
    }
  }

  init(project: String, user: String?, _ db: Connection, _ world: World) throws {
    limits = try .of(project: project, db, world)
    usage = try .of(project: project, user: user, db)
    isOfUser = user != nil
    let entries: [Entry] = try db.query(
      "SELECT resource, user_id, hard_limit FROM quota_limits WHERE project_id = ? AND user_id <> ''", project)
    given = Dictionary(entries.map { ($0.resource, $0.limit) }, uniquingKeysWith: +)
    own = Dictionary(entries.filter { $0.user == user }.map { ($0.resource, $0.limit) }) { first, _ in first }
  }

  func check(_ limit: Int, of resource: QuotaResource) throws {
    let minimum = minimum(of: resource)
    guard limit < 0 || limit >= minimum else {
      throw Fault.badRequest(
        "Quota limit \(limit) for \(resource.name) must be greater than or equal to already used and reserved "
          + "\(minimum).")
    }
    guard isOfUser, let maximum = maximum(of: resource) else { return }
    guard limit >= 0, limit <= maximum else {
      throw Fault.badRequest("Quota limit \(limit) for \(resource.name) must be less than or equal to \(maximum).")
    }
  }

  private func minimum(of resource: QuotaResource) -> Int {
    let used = usage.flatMap { resource.used?($0) } ?? 0
    guard !isOfUser, limits[resource] >= 0 else { return used }
    let taken = given[resource.name] ?? 0
    return limits[resource] >= taken ? max(used, taken) : used
  }

  /// What the project has left, and what the user had; `nil` is no limit.
  private func maximum(of resource: QuotaResource) -> Int? {
    let left = limits[resource] < 0 ? -1 : limits[resource] - (given[resource.name] ?? 0)
    let had = own[resource.name] ?? 0
    return left < 0 || had < 0 ? nil : left + had
  }
}
