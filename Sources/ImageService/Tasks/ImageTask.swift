import OpenStackAPI
import Persistence

/// Something that Glance does in the background: an import, or the registration of a location.
struct ImageTask: Sendable {
  let id: String
  let kind: Kind
  private(set) var status: Status
  let owner: String
  let imageID: String?
  let requestID: String
  let userID: String
  /// What the task was given.
  let input: JSON
  /// What came of it.
  private(set) var result: JSON
  /// Why it failed.
  private(set) var message: String
  let createdAt: Timestamp
  private(set) var updatedAt: Timestamp
  /// When it is forgotten: some time after its end.
  private(set) var expiresAt: Timestamp?

  enum Kind: String, Sendable, Bindable, ColumnDecodable {
    case legacyImport = "import"
    case imageImport = "api_image_import"
    case locationImport = "location_import"
  }

  enum Status: String, CaseIterable, Sendable, Bindable, ColumnDecodable {
    case pending, processing, success, failure

    var isOver: Bool { self == .success || self == .failure }
  }

  /// A new task of a caller's.
  init(_ kind: Kind, input: JSON, image: String?, by call: Call) throws {
    self.init(
      kind, input: input, image: image, id: call.world.identifiers.uuid(), owner: try call.caller.projectID ?? "",
      user: try call.caller.user.id, request: call.requestID, at: call.now)
  }

  /// A new task.
  init(
    _ kind: Kind, input: JSON, image: String?, id: String, owner: String, user: String, request: String,
    at moment: Timestamp
  ) {
    (self.kind, self.input, imageID, self.id, self.owner) = (kind, input, image, id, owner)
    (userID, requestID, createdAt, updatedAt) = (user, request, moment, moment)
    (status, result, message) = (.pending, .null, "")
  }

  /// What is said of a failure that is nobody's business.
  static let internalError = "Task failed due to Internal Error"

  mutating func begin(_ world: World) { move(to: .processing, world) }

  mutating func succeed(_ image: String, _ world: World) {
    result = ["image_id": .string(image)]
    move(to: .success, world)
  }

  mutating func fail(_ world: World, _ message: String = internalError) {
    guard !status.isOver else { return }
    self.message = message
    move(to: .failure, world)
  }

  private mutating func move(to status: Status, _ world: World) {
    self.status = status
    updatedAt = world.now
    if status.isOver { expiresAt = world.now + .seconds(3600 * world.imports.taskTimeToLive) }
  }
}

extension ImageTask: RowDecodable {
  static let columns = """
    id, type, status, owner, image_id, request_id, user_id, input, result, message, created_at, updated_at, expires_at
    """

  init(row: inout Row) throws {
    id = try row.next()
    kind = try row.next()
    status = try row.next()
    owner = try row.next()
    imageID = try row.next()
    requestID = try row.next()
    userID = try row.next()
    input = try JSON(parsing: Array(row.next(String.self).utf8))
    result = try JSON(parsing: Array(row.next(String.self).utf8))
    message = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
    expiresAt = try row.next()
  }

  static func find(_ id: String, _ db: Connection) throws -> ImageTask? {
    try db.first("SELECT \(columns) FROM image_tasks WHERE id = ?", id)
  }

  /// A condition on tasks: that they are not forgotten yet.
  static func isKept(at moment: Timestamp) -> Condition {
    Condition("(expires_at IS NULL OR expires_at > ?)", moment.microseconds)
  }

  /// Adds a task, and forgets those whose time has come.
  func insert(_ db: Connection) throws {
    try db.execute("DELETE FROM image_tasks WHERE expires_at <= ?", createdAt.microseconds)
    try db.execute(
      "INSERT INTO image_tasks (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", id, kind, status,
      owner, imageID, requestID, userID, input.jsonText, result.jsonText, message, createdAt.microseconds,
      updatedAt.microseconds, expiresAt?.microseconds)
  }

  func save(_ db: Connection) throws {
    try db.execute(
      "UPDATE image_tasks SET status = ?, result = ?, message = ?, updated_at = ?, expires_at = ? WHERE id = ?", status,
      result.jsonText, message, updatedAt.microseconds, expiresAt?.microseconds, id)
  }
}
