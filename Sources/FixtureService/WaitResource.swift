import OpenStackAPI
import Persistence

/// Waiting for a resource to reach a status, by the machine's clock.
enum WaitResource {
  static let view = View<ResourceState>([
    Field("id", \.id),
    Field("name", \.name),
    Field("status", \.status),
  ])

  /// `{"wait": {"resource": "server", "name": "web", "status": "ACTIVE", "timeout": "30s"}}`
  static let body = Body(
    "wait", .object(ResourceGoal.properties + [Property("timeout", .string(format: ControlFormat.duration))]))

  static let routes: [Route] = [
    .post("/wait", "wait", access: .open, query: .nothing, body: body, returns: 200, run: wait)
  ]

  @Sendable private static func wait(_ call: Call) async throws -> Response {
    guard let goal = try ResourceGoal(call.input, call) else { throw Fault.unexpected }
    let timeout = ClockResource.duration(call.input["timeout"]) ?? .seconds(60)
    let state = try await wait(for: goal, call.world, until: .now + timeout)
    return .json { json in
      json.key("resource")
      view.projection(for: call).write(state, to: &json)
    }
  }

  /// Looks whenever a row of the world has changed.
  private static func wait(
    for goal: ResourceGoal, _ world: World, until end: ContinuousClock.Instant
  ) async throws -> ResourceState {
    while true {
      let version = world.database.version
      if world.clock.isStopped { world.carryOutDue() }
      switch try goal.look(world) {
      case .reached(let state): return state
      case .failed(let state): throw goal.refusal(state, "and will not be \(goal.status)")
      case .waiting(let state):
        while world.database.version == version {
          guard ContinuousClock.now < end else {
            throw Fault(408, goal.refusal(state, "and its time is over").message, reason: .limit)
          }
          try await Task.sleep(for: .milliseconds(5))
        }
      }
    }
  }
}

extension ResourceGoal {
  /// A kind of resource, one of the kind by its id or name, and a status.
  static let properties = [
    Property("resource", .string(1...64), .required),
    Property("id", .string(1...255)),
    Property("name", .string(1...255)),
    Property("status", .string(1...64), .required),
  ]

  static let schema = Schema.object(properties)

  /// Reads what `schema` takes; `nil` for anything else.
  init?(_ json: JSON?, _ call: Call) throws {
    guard let json, let kind = json["resource"]?.text, let status = json["status"]?.text else { return nil }
    guard let resource = json["id"]?.text ?? json["name"]?.text else {
      throw Fault.badRequest("An 'id' or a 'name' says which \(kind) is meant.")
    }
    try self.init(kind, resource, status, in: call.world)
  }
}
