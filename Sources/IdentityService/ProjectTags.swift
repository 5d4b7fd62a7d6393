import OpenStackAPI
import Persistence

/// The tags of projects (Identity API v3, "Project Tags").
enum ProjectTags {
  private static let tag = Schema.string(
    1...255, format: .pattern("^[^,/]*$") { !$0.contains(",") && !$0.contains("/") })
  private static let most = 80

  /// The tags of one project.
  static let schema = Schema.array(tag, count: 0...most, unique: true)

  static let routes: [Route] = [
    .get(path, "identity:list_project_tags", Project.showRule, access: .resource, run: list),
    .put(
      path, "identity:update_project_tags", Project.writeRule, access: .resource,
      body: Body(unwrapped: .object([Property("tags", .array(tag))])), run: replace),
    .delete(path, "identity:delete_project_tags", Project.writeRule, access: .resource, run: clear),
    .get(
      path + "/:value", "identity:get_project_tag", Project.showRule, access: .resource, returns: 204, run: check),
    .put(
      path + "/:value", "identity:create_project_tag", Project.writeRule, access: .resource, returns: 201, run: add),
    .delete(path + "/:value", "identity:delete_project_tag", Project.writeRule, access: .resource, run: remove),
  ]

  private static let path = "/projects/:project_id/tags"

  /// What the parameters `tags`, `tags-any`, `not-tags` and `not-tags-any` of a list of projects mean.
  static func conditions(_ query: QueryParameters) -> [Condition] {
    let all = query["tags"].map { condition(havingAll: $0) }
    let any = query["tags-any"].map { condition(havingAny: $0) }
    let notAll = query["not-tags"].map { condition(havingAll: $0).negated }
    let notAny = query["not-tags-any"].map { condition(havingAny: $0).negated }
    return [all, any, notAll, notAny].compactMap { $0 }
  }

  /// Replaces a project's tags. White space at the ends of a tag is no part of it.
  static func replace(of project: String, by tags: [String], _ db: Connection) throws {
    try db.execute("DELETE FROM project_tags WHERE project_id = ?", project)
    for tag in tags {
      try db.execute(
        "INSERT INTO project_tags (project_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING", project, tag.pythonStripped)
    }
  }
}

extension ProjectTags {
  private static func names(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map(String.init).uniqued
  }

  private static func condition(havingAny text: String) -> Condition {
    .isOne("name", of: names(text)).within("id IN (SELECT project_id FROM project_tags WHERE")
  }

  /// No project has a tag twice.
  private static func condition(havingAll text: String) -> Condition {
    let names = names(text)
    return .isOne("name", of: names).within(
      "\(names.count) = (SELECT count(*) FROM project_tags WHERE project_id = projects.id AND")
  }
}

extension ProjectTags {
  @Sendable private static func list(_ call: Call) throws -> Response {
    let project = try Project.authorized(call, "project_id")
    return response(JSON(stored: project.tags.text) ?? [], call)
  }

  @Sendable private static func replace(_ call: Call) async throws -> Response {
    let id = try Project.authorized(call, "project_id").id
    try refuse(call.input["tags"] ?? [:], by: schema, call)
    let tags = call.input["tags"]?.array?.compactMap { $0.text?.pythonStripped } ?? []
    try await call.world.write { db in
      _ = try mutable(id, to: "update", db)
      try replace(of: id, by: tags, db)
    }
    return response(.array(tags.map(JSON.string)), call)
  }

  @Sendable private static func clear(_ call: Call) async throws -> Response {
    let id = try Project.authorized(call, "project_id").id
    try await call.world.write { db in
      _ = try mutable(id, to: "update", db)
      try replace(of: id, by: [], db)
    }
    return .empty
  }

  @Sendable private static func check(_ call: Call) throws -> Response {
    let project = try Project.authorized(call, "project_id")
    try refuseMissing(call.parameter("value"), of: project)
    return .empty
  }

  /// Keystone's address of the new tag lacks the word `projects`.
  @Sendable private static func add(_ call: Call) async throws -> Response {
    let id = try Project.authorized(call, "project_id").id
    let value = call.parameter("value")
    try refuse(.string(value), by: tag, call)
    try await call.world.write { db in
      let tags = try Project.existing(id, db).tagNames
      try refuse(.array((tags + [value]).map(JSON.string)), by: schema, call)
      _ = try mutable(id, to: "create", db)
      try replace(of: id, by: tags + [value], db)
    }
    return Response.empty.with(
      "Location", call.link("/") + [id, "tags", value].map(\.percentEncoded).joined(separator: "/"))
  }

  @Sendable private static func remove(_ call: Call) async throws -> Response {
    let id = try Project.authorized(call, "project_id").id
    let value = call.parameter("value")
    try await call.world.write { db in
      let project = try mutable(id, to: "delete", db)
      try refuseMissing(value, of: project)
      try db.execute("DELETE FROM project_tags WHERE project_id = ? AND name = ?", id, value)
    }
    return .empty
  }

  private static func refuse(_ value: JSON, by schema: Schema, _ call: Call) throws {
    if let violation = schema.check(value, call.version) { throw Fault.badRequest(violation.detail) }
  }

  private static func refuseMissing(_ tag: String, of project: Project) throws {
    guard project.tagNames.contains(tag) else { throw Fault.missing("project tag", tag) }
  }

  private static func mutable(_ id: String, to action: String, _ db: Connection) throws -> Project {
    let project = try Project.existing(id, db)
    guard !project.isImmutable else {
      throw Fault.forbidden(
        "Cannot \(action) project tags for \(id), project is immutable. Set \"immutable\" option to false before "
          + "creating project tags.", reason: .state)
    }
    return project
  }

  /// The link is that of the whole API, as in Keystone.
  private static func response(_ tags: JSON, _ call: Call) -> Response {
    .json { json in
      json.object("links") { $0.member("self", call.link("") + (call.exchange.request.query.map { "?" + $0 } ?? "")) }
      json.member("tags", tags)
    }
  }
}

extension Project {
  fileprivate var tagNames: [String] { JSON(stored: tags.text)?.array?.compactMap(\.text) ?? [] }
}
