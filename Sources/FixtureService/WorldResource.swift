import OpenStackAPI

/// Worlds: whole clouds of their own, made, forked, taken back and ended at will.
enum WorldResource {
  static let view = View<WorldDescription>([
    Field("name", \.name),
    Field("owner", \.owner),
    Field("from", \.source.json),
    Field("seed", { $0.seed.map { Int(truncatingIfNeeded: $0) } }),
    Field("storage", { $0.isInMemory ? "memory" : "disk" }),
    Field("created_at", { $0.createdAt.text(.microsecondsZ) }),
    Field("expires_at", { $0.expiresAt?.text(.microsecondsZ) }),
    Field("broken", { $0.flaw?.reason }),
    Field("url") { world, call, json in json.string(call.url(of: world.name)) },
    Field("auth_url") { world, call, json in
      json.string(call.url(of: world.name) + call.world.crossings.tokens.path + "/v3")
    },
  ])

  /// `{"world": {"from": {"snapshot": "base"}, "seed": 7}}`
  static let creation = Body(
    "world",
    [
      Property("name", .string(format: ControlFormat.name).orNull),
      Property("from", source.orNull),
      Property("seed", .integer(0...Int.max).orNull),
      Property("storage", .string(in: ["memory", "disk"]).orNull),
      Property("time_to_live", .string(format: ControlFormat.duration).orNull),
      Property("clock", ClockSetting.schema.orNull),
      Property("keep", .boolean),
    ])

  private static let source = Schema { value, _ in
    WorldSource(value) == nil
      ? Violation(
        value,
        "\(value.pythonRepresentation) is none of {'empty': true}, {'world': NAME} and {'snapshot': NAME}") : nil
  }

  static let routes: [Route] = [
    .get("/worlds", "worlds:list", access: .open, query: .nothing, run: list),
    .post("/worlds", "worlds:create", access: .open, query: .nothing, body: creation, returns: 201, run: create),
    .get("/worlds/:name", "worlds:show", access: .open, query: .nothing, run: show),
    .delete("/worlds/:name", "worlds:delete", access: .open, query: .nothing, run: delete),
    .post("/worlds/:name/reset", "worlds:reset", access: .open, query: .nothing, returns: 200, run: reset),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    let worlds = try call.registry.worlds
    let fields = view.projection(for: call)
    return .json { json in
      json.array("worlds") { json in for world in worlds { fields.write(world, to: &json) } }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    answer(try call.registry.describe(world: call.parameter("name")), call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let input = call.input
    return answer(
      try await call.registry.create(
        WorldPlan(
          name: input["name"]?.text, from: WorldSource(input["from"] ?? .null) ?? .configuration,
          seed: input["seed"]?.integer.map { UInt64($0) }, isInMemory: input["storage"]?.text.map { $0 == "memory" },
          timeToLive: input["time_to_live"]?.text.flatMap(Duration.init(configured:)),
          clock: ClockSetting(input["clock"]), viewer: call.world.name, owner: call.ownerOfNew,
          limit: call.world.fixture.maxWorlds)), call)
  }

  @Sendable private static func reset(_ call: Call) async throws -> Response {
    answer(try await call.registry.reset(world: call.parameter("name")), call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.registry.delete(world: call.parameter("name"))
    return .empty
  }

  static func answer(_ world: WorldDescription, _ call: Call) -> Response {
    .json { json in
      json.key("world")
      view.projection(for: call).write(world, to: &json)
    }
  }
}

extension Call {
  /// The worlds of this process.
  var registry: any WorldRegistry {
    get throws {
      guard let registry = world.registry else {
        throw Fault(503, "The cloud is being closed.", reason: .internal, headers: [("Retry-After", "1")])
      }
      return registry
    }
  }

  /// The world that a new world or snapshot belongs to, and ends with: that of the path, unless it is to be kept. What is
  /// made at the plain paths is the cloud's own.
  var ownerOfNew: String? {
    world.name == WorldName.main || input["keep"] == .bool(true) ? nil : world.name
  }

  /// The address of a world, as this client reaches it.
  func url(of world: String) -> String {
    var origin = exchange.origin
    let own = "/worlds/" + self.world.name
    if origin.hasSuffix(own) { origin.removeLast(own.count) }
    return origin + "/worlds/" + world
  }
}
