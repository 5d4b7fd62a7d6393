import OpenStackAPI
import Persistence

/// Marks, and leaks: what was made since a mark and is still there.
enum LeakResource {
  static let routes: [Route] = [
    .get("/marks", "marks:list", access: .open, query: .nothing, run: list),
    .post("/marks", "marks:create", access: .open, query: .nothing, body: creation, returns: 201, run: create),
    .get("/marks/:name", "marks:show", access: .open, query: .nothing, run: show),
    .delete("/marks/:name", "marks:delete", access: .open, query: .nothing, run: delete),
    .get("/leaks", "leaks:list", access: .open, query: query, run: leaks),
  ]

  static let view = View<Mark>([
    Field("name", \.name),
    Field("created_at", { $0.createdAt.text(.microsecondsZ) }),
  ])

  /// `{"mark": {"name": "base"}}`; without a name it gets one.
  private static let creation = Body("mark", [Property("name", .string(format: ControlFormat.name).orNull)])

  /// Without `mark` since the latest.
  private static let query = Query(
    [QueryParameter("mark", .string(format: ControlFormat.name), single: true)], refusesUnknownSince: Version(0, 0))

  @Sendable private static func list(_ call: Call) -> Response {
    let fields = view.projection(for: call)
    let marks = Marks.of(call.world).all
    return .json { json in json.array("marks") { json in for mark in marks { fields.write(mark, to: &json) } } }
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let (marks, world, kinds) = (Marks.of(call.world), call.world, try call.registry.kinds)
    let name = call.input["name"]?.text ?? marks.newName()
    try marks.refuse(name)
    let mark = try await Background.run {
      try world.read { try Mark(name, at: world.now, kinds, $0) }
    }
    try marks.add(mark)
    return answer(mark, call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    answer(try Marks.of(call.world).find(call.parameter("name")), call)
  }

  @Sendable private static func delete(_ call: Call) throws -> Response {
    try Marks.of(call.world).remove(call.parameter("name"))
    return .empty
  }

  /// What is due is carried out first: a server that is about to go is no leak.
  @Sendable private static func leaks(_ call: Call) async throws -> Response {
    let (world, kinds) = (call.world, try call.registry.kinds)
    let mark = try Marks.of(world).find(call.query["mark"])
    await world.settle(within: .seconds(5))
    var leaks = try await Background.run {
      try world.read { try mark.leaks(of: kinds, $0) }
    }
    let makers = Makers(world.journal.entries)
    for index in leaks.indices where leaks[index].requestID == nil {
      leaks[index].requestID = makers.maker(of: leaks[index])
    }
    let found = leaks.map { leak in
      JSON.object(JSONObject(leak.members + [("request_id", leak.requestID.map(JSON.string) ?? .null)]))
    }
    return .json { json in
      json.key("mark")
      view.projection(for: call).write(mark, to: &json)
      json.member("leaks", JSON.array(found))
    }
  }

  private static func answer(_ mark: Mark, _ call: Call) -> Response {
    .json { json in
      json.key("mark")
      view.projection(for: call).write(mark, to: &json)
    }
  }
}
