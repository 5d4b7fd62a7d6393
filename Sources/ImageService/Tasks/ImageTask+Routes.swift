import HTTPServer
import OpenStackAPI
import Persistence

// The tasks API, which Glance keeps for administrators, and the tasks of one image.
extension ImageTask {
  private static let access: PolicyRule = "rule:context_is_admin"

  static let routes: [Route] = [
    .get("/tasks", "tasks_api_access", access, run: list),
    .post("/tasks", "tasks_api_access", access, body: .unchecked, returns: 201, run: create),
    .get("/tasks/:task_id", "tasks_api_access", access, run: show),
    .delete("/tasks/:task_id", "tasks_api_access", access, run: delete),
    .get("/images/:image_id/tasks", "get_image", ImageRules.viewer, access: .resource, run: listOfImage),
  ]

  /// A task in a list.
  private static let brief = View<ImageTask>([
    Field("id", \.id),
    Field("type", \.kind.rawValue),
    Field("status", \.status.rawValue),
    Field("owner", \.owner),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
    Field("self", \.path),
    Field("schema", { _ in "/v2/schemas/task" }),
    Field("expires_at", ifPresent: { $0.expiresAt?.text(.seconds) }),
  ])

  private static let detail = View<ImageTask>([
    Field("id", \.id),
    Field("input", \.input),
    Field("type", \.kind.rawValue),
    Field("status", \.status.rawValue),
    Field("owner", \.owner),
    Field("message", \.message),
    Field("result", \.result),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
    Field("self", \.path),
    Field("schema", { _ in "/v2/schemas/task" }),
    Field("image_id", ifPresent: \.imageID),
    Field("request_id", \.requestID),
    Field("user_id", \.userID),
    Field("expires_at", ifPresent: { $0.expiresAt?.text(.seconds) }),
  ])

  /// A task of an image, as Glance's database has it.
  private static let row = View<ImageTask>([
    Field("id", \.id),
    Field("type", \.kind.rawValue),
    Field("status", \.status.rawValue),
    Field("owner", \.owner),
    Field("expires_at", { $0.expiresAt?.text(.microseconds) }),
    Field("created_at", { $0.createdAt.text(.microseconds) }),
    Field("updated_at", { $0.updatedAt.text(.microseconds) }),
    Field("deleted_at", { _ in JSON.null }),
    Field("deleted", { _ in false }),
    Field("image_id", \.imageID),
    Field("request_id", \.requestID),
    Field("user_id", \.userID),
    Field("input", \.input),
    Field("result", \.result),
    Field("message", \.message),
  ])

  private var path: String { "/v2/tasks/" + id }

  @Sendable private static func listOfImage(_ call: Call) throws -> Response {
    let tasks: [ImageTask] = try call.world.read { db in
      let image = try call.visibleImage(db) { _ in .notFound("The resource could not be found.") }
      try call.authorize(image)
      var listing = Listing(columns, from: "image_tasks", key: "rowid")
      listing.conditions = [Condition("image_id = ?", image.id), isKept(at: call.now)]
      if try !call.caller.isAdmin { listing.conditions.append(Condition("owner = ?", try call.projectID)) }
      return try listing.page(db, after: nil, limit: Int(Int32.max)) ?? []
    }
    return .json { json in
      let projection = row.projection(for: call)
      json.array("tasks") { json in for task in tasks { projection.write(task, to: &json) } }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let id = call.parameter("task_id")
    let task = try call.world.read { db in try find(id, db) }
    guard let task, task.expiresAt.map({ $0 > call.now }) ?? true else {
      throw Fault.notFound("Could not find task \(id)")
    }
    return .json { json in detail.projection(for: call).writeMembers(of: task, to: &json) }
  }

  @Sendable private static func delete(_ call: Call) throws -> Response {
    throw Fault(
      405,
      "This operation is currently not permitted on Glance Tasks. They are auto deleted after reaching the time "
        + "based on their expires_at property.", reason: .state, headers: [("Allow", "GET")])
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    _ = try call.listOrObject()
    for name in ["type", "input"] where call.body[name] == nil {
      throw Fault.badRequest("Task '\(name)' is required")
    }
    try ImageSchemas.task.validate(call.body)
    guard let kind = call.body["type"]?.text.flatMap(Kind.init), let input = call.body["input"] else {
      throw Fault.badRequest("Task 'type' is required")
    }
    if kind == .legacyImport { _ = try LegacyImport.address(input["import_from"], call.world) }
    let task = try ImageTask(kind, input: input, image: input["image_id"]?.text, by: call)
    try await call.world.write { db in
      try task.insert(db)
      try ImportWork.plan(task, db, call.world)
    }
    return .json(headers: [("Location", call.exchange.base + task.path)]) { json in
      detail.projection(for: call).writeMembers(of: task, to: &json)
    }
  }
}

// Lists.
extension ImageTask {
  private static let sortKeys: Set = ["id", "type", "status", "created_at", "updated_at", "expires_at", "owner"]

  @Sendable private static func list(_ call: Call) throws -> Response {
    let limit = try ImageQuery.limit(call.query["limit"])
    let listing = try listing(call)
    let marker = call.query["marker"]
    if let marker, !StringFormat.isUUID(marker) { throw Fault.badRequest("Invalid marker format") }
    let page: [ImageTask]? = try call.world.read { db in try listing.page(db, after: marker, limit: limit) }
    guard let tasks = page else {
      throw Fault.badRequest("Task with the given id \(marker ?? "") was not found", reason: .lookup)
    }
    return .json { json in
      let projection = brief.projection(for: call)
      json.array("tasks") { json in for task in tasks { projection.write(task, to: &json) } }
      json.member("first", call.pagePath("/v2/tasks"))
      json.member("schema", "/v2/schemas/tasks")
      if let last = tasks.last, tasks.count == limit {
        json.member("next", call.pagePath("/v2/tasks", marker: last.id))
      }
    }
  }

  private static func listing(_ call: Call) throws -> Listing {
    var listing = Listing(columns, from: "image_tasks", key: "id")
    listing.conditions = [isKept(at: call.now)]
    for name in ["status", "type"] {
      guard let value = call.query[name], !value.isEmpty else { continue }
      guard name == "type" ? value == "import" : Status(rawValue: value) != nil else {
        throw Fault.badRequest("Invalid \(name) value: \(value)")
      }
      listing.conditions.append(Condition("\(name) = ?", value))
    }
    for name in ["owner", "image_id", "request_id", "user_id"] {
      if let value = call.query[name] { listing.conditions.append(Condition("\(name) = ?", value)) }
    }
    let direction = call.query["sort_dir"] ?? "desc"
    guard direction == "asc" || direction == "desc" else {
      throw Fault.badRequest("Invalid sort direction: \(direction)")
    }
    let key = call.query["sort_key"] ?? "created_at"
    guard sortKeys.contains(key) else { throw Fault.badRequest("Sort key supplied was not valid.") }
    listing.order = ([key] + ["created_at", "id"].filter { $0 != key }).map {
      SortOrder($0, descending: direction == "desc", nullable: $0 == "expires_at")
    }
    return listing
  }
}
