import OpenStackAPI
import Persistence

/// The limits in force for somebody: what was set for the user, else for the project, else for the quota class
/// `default`, else what the configuration says (nova.quota, `DbQuotaDriver`).
struct QuotaLimits: Sendable {
  private let chosen: [String: Int]
  private let initial: ComputeSettings.Quota

  /// A limit that somebody set.
  private struct Entry: RowDecodable {
    let resource: String
    let limit: Int

    init(row: inout Row) throws {
      resource = try row.next()
      limit = try row.next(in: .amounts)
    }
  }

  private init(_ entries: [Entry], _ world: World) {
    chosen = Dictionary(entries.map { ($0.resource, $0.limit) }) { _, later in later }
    initial = world.compute.quota
  }

  /// The limits of a quota class. Only the class `default` has an effect.
  static func of(quotaClass name: String, _ db: Connection, _ world: World) throws -> QuotaLimits {
    QuotaLimits(try db.query("SELECT resource, hard_limit FROM quota_class_limits WHERE class = ?", name), world)
  }

  /// What holds where nothing was set for a project.
  static func initial(_ db: Connection, _ world: World) throws -> QuotaLimits {
    try of(quotaClass: "default", db, world)
  }

  /// The limits of a project, or of one of its users.
  static func of(
    project: String, user: String? = nil, _ db: Connection, _ world: World
  ) throws -> QuotaLimits {
    QuotaLimits(
      try db.query(
        """
        SELECT resource, hard_limit FROM (
          SELECT 0 AS rank, resource, hard_limit FROM quota_class_limits WHERE class = 'default'
          UNION ALL
          SELECT 1 + (user_id <> '') AS rank, resource, hard_limit FROM quota_limits
          WHERE project_id = ? AND (user_id = '' OR user_id = ?)
        ) ORDER BY rank
        """, project, user ?? ""), world)
  }

  /// The limits of whoever calls.
  static func of(_ call: Call, _ db: Connection) throws -> QuotaLimits {
    try of(project: call.caller.projectID ?? "", user: call.caller.user.id, db, call.world)
  }

  /// The limit of a resource; -1 is none.
  subscript(_ resource: QuotaResource) -> Int { chosen[resource.name] ?? resource.initial(initial) }

  /// Whether so much of a resource is within its limit.
  func allow(_ amount: Int, of resource: QuotaResource) -> Bool {
    let limit = self[resource]
    return limit < 0 || amount <= limit
  }

  static let migration = """
    CREATE TABLE quota_limits (
      id INTEGER PRIMARY KEY,
      project_id TEXT NOT NULL,
      user_id TEXT NOT NULL DEFAULT '',
      resource TEXT NOT NULL,
      hard_limit INTEGER NOT NULL,
      UNIQUE (project_id, user_id, resource)
    ) STRICT;
    CREATE TABLE quota_class_limits (
      id INTEGER PRIMARY KEY,
      class TEXT NOT NULL,
      resource TEXT NOT NULL,
      hard_limit INTEGER NOT NULL,
      UNIQUE (class, resource)
    ) STRICT;
    """
}
