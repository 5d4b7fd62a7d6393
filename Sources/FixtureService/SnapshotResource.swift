import OpenStackAPI

/// Snapshots: all that a world held at one moment, under a name, to go back to or to make worlds from.
enum SnapshotResource {
  static let view = View<SnapshotDescription>([
    Field("name", \.name),
    Field("owner", \.owner),
    Field("world", \.world),
    Field("created_at", { $0.createdAt.text(.microsecondsZ) }),
    Field("bytes", \.bytes),
  ])

  /// `{"snapshot": {"name": "base"}}`; without `world` it is of the world that the path names. It belongs to the world of
  /// the path, or with `keep`, and at the plain paths, to the cloud.
  static let creation = Body(
    "snapshot",
    [
      Property("name", .string(format: ControlFormat.name).orNull),
      Property("world", .string(format: ControlFormat.name).orNull),
      Property("keep", .boolean),
    ])

  /// `{"restore": {}}`; without `world` into the world that the path names.
  static let restoration = Body("restore", [Property("world", .string(format: ControlFormat.name).orNull)])

  static let routes: [Route] = [
    .get("/snapshots", "snapshots:list", access: .open, query: .nothing, run: list),
    .post("/snapshots", "snapshots:create", access: .open, query: .nothing, body: creation, returns: 201, run: create),
    .get("/snapshots/:name", "snapshots:show", access: .open, query: .nothing, run: show),
    .delete("/snapshots/:name", "snapshots:delete", access: .open, query: .nothing, run: delete),
    .post(
      "/snapshots/:name/restore", "snapshots:restore", access: .open, query: .nothing, body: restoration, returns: 200,
      run: restore),
    .get("/snapshots/:name/export", "snapshots:export", access: .open, query: .nothing, run: export),
    .put("/snapshots/:name/import", "snapshots:import", access: .open, query: .nothing, returns: 201, run: take),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    let snapshots = try call.registry.snapshots(seenFrom: call.world.name)
    let fields = view.projection(for: call)
    return .json { json in
      json.array("snapshots") { json in for snapshot in snapshots { fields.write(snapshot, to: &json) } }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    answer(try call.registry.describe(snapshot: call.parameter("name"), seenFrom: call.world.name), call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let world = call.input["world"]?.text ?? call.world.name
    return answer(
      try await call.registry.save(world: world, as: call.input["name"]?.text, for: call.ownerOfNew), call)
  }

  @Sendable private static func restore(_ call: Call) async throws -> Response {
    let world = call.input["world"]?.text ?? call.world.name
    return WorldResource.answer(
      try await call.registry.restore(snapshot: call.parameter("name"), seenFrom: call.world.name, into: world), call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.registry.delete(snapshot: call.parameter("name"), seenFrom: call.world.name)
    return .empty
  }

  @Sendable private static func export(_ call: Call) async throws -> Response {
    let file = try await call.registry.export(snapshot: call.parameter("name"), seenFrom: call.world.name)
    return Response(
      headers: [("Content-Disposition", "attachment; filename=\"\(call.parameter("name")).tar\"")],
      contentType: "application/x-tar",
      body: .stream(length: file.length) { writer in try await file.write { try await writer.write($0) } })
  }

  @Sendable private static func take(_ call: Call) async throws -> Response {
    let name = call.parameter("name")
    guard WorldName.isValid(name) else {
      throw Fault.badRequest("\(JSON.quoted(name)) is no name for a snapshot: 1 to 64 \(WorldName.rule).")
    }
    var pieces = call.exchange.request.body.makeAsyncIterator()
    let taken = try await call.registry.importSnapshot(
      as: name, for: call.world.name, limit: call.world.fixture.maxImportBytes
    ) { try await pieces.next() }
    return answer(taken, call)
  }

  static func answer(_ snapshot: SnapshotDescription, _ call: Call) -> Response {
    .json { json in
      json.key("snapshot")
      view.projection(for: call).write(snapshot, to: &json)
    }
  }
}
