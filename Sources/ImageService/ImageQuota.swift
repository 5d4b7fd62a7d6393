import OpenStackAPI
import Persistence

/// How much one project's images may take: Glance's resources of Keystone's unified limits (glance/quota/keystone.py).
enum ImageQuota: String, CaseIterable, Sendable {
  /// MiB in stores, every copy counted.
  case sizeTotal = "image_size_total"
  /// MiB that are staged.
  case stageTotal = "image_stage_total"
  case countTotal = "image_count_total"
  /// Images whose bytes are on their way.
  case countUploading = "image_count_uploading"

  /// What the configuration's `image.quota` allows; -1 is no limit.
  struct Limits: Sendable {
    private var limits = ImageQuota.allCases.map { _ in -1 }

    init() {}

    init(_ section: Configuration) throws(ConfigurationError) {
      for resource in ImageQuota.allCases {
        self[resource] = try section.integer(resource.rawValue, in: -1...1 << 40) ?? -1
      }
    }

    subscript(_ resource: ImageQuota) -> Int {
      get { limits[resource.place] }
      set { limits[resource.place] = newValue }
    }
  }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  private static let gone = "('killed', 'pending_delete')"
  private static let underWay = "('saving', 'uploading', 'importing')"
  private static let isCopying = """
    EXISTS (SELECT 1 FROM image_properties p WHERE p.image_id = images.id
      AND p.name = 'os_glance_importing_to_stores' AND p.value <> '')
    """

  private var sql: String {
    switch self {
    case .sizeTotal:
      """
      SELECT ifnull(sum(size * (SELECT count(*) FROM image_locations l WHERE l.image_id = images.id)), 0) >> 20
      FROM images WHERE owner = ? AND size > 0 AND status NOT IN \(Self.gone)
      """
    case .stageTotal:
      """
      SELECT ifnull(sum(size), 0) >> 20 FROM images
      WHERE owner = ? AND size > 0
        AND (status IN ('uploading', 'importing') OR status NOT IN \(Self.gone) AND \(Self.isCopying))
      """
    case .countTotal: "SELECT count(*) FROM images WHERE owner = ? AND status NOT IN \(Self.gone)"
    case .countUploading:
      """
      SELECT count(*) FROM images WHERE owner = ?
        AND (status IN \(Self.underWay) OR status NOT IN \(Self.gone) AND \(Self.isCopying))
      """
    }
  }

  /// How much a project takes.
  func usage(of project: String, _ db: Connection) throws -> Int { try db.scalar(sql, project, as: Int.self) ?? 0 }

  /// Refuses what would take a project over its limit. Images without a project count for nobody.
  func enforce(adding delta: Int, to project: String?, _ db: Connection, _ world: World) throws {
    let limit = world.settings.get(default: Limits())[self]
    guard limit >= 0, let project else { return }
    let usage = try usage(of: project, db)
    guard usage + delta > limit else { return }
    throw refusal(of: project, limit: limit, usage, delta)
  }

  /// The same for a call, which a rule for faults may find to be too much.
  func enforce(adding delta: Int, _ call: Call, _ db: Connection) throws {
    guard let project = try call.caller.projectID else { return }
    func usedUp() throws -> Fault {
      let usage = try usage(of: project, db)
      return refusal(of: project, limit: usage, usage, delta)
    }
    try call.refuseByFault(usedUp())
    try enforce(adding: delta, to: project, db, call.world)
  }

  private func refusal(of project: String, limit: Int, _ usage: Int, _ delta: Int) -> Fault {
    Fault(
      413,
      "The request returned a 413 Request Entity Too Large. This generally means that rate limiting or a quota threshold "
        + "was breached.\n\nThe response body:\nProject \(project) is over a limit for [Resource \(rawValue) is over "
        + "limit of \(limit) due to current usage \(usage) and delta \(delta)]", reason: .quota)
  }
}

/// `GET /v2/info/usage`
enum ImageUsage {
  static let routes: [Route] = [.get("/info/usage", "info_usage", .unprotected, run: show)]

  @Sendable private static func show(_ call: Call) throws -> Response {
    let limits = call.world.settings.get(default: ImageQuota.Limits())
    let project = try call.caller.projectID ?? ""
    let usages = try call.world.read { db in try ImageQuota.allCases.map { ($0, try $0.usage(of: project, db)) } }
    return .json { json in
      json.object("usage") { json in
        for (resource, usage) in usages {
          json.key(resource.rawValue)
          json.object { json in
            json.member("usage", usage)
            json.member("limit", limits[resource])
          }
        }
      }
    }
  }
}
