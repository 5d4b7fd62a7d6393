import OpenStackAPI

/// The clock of a world: real, paced, or stopped and moved by hand.
enum ClockResource {
  static let view = View<ClockDescription>([
    Field("mode", \.mode.name),
    Field("rate", \.mode.rate),
    Field("now", { $0.now.text(.microsecondsZ) }),
    Field("pending", \.pending),
    Field("next", { $0.next?.text(.microsecondsZ) }),
  ])

  static let setting = Body("clock", ClockSetting.schema)

  /// `{"advance": {"by": "30s"}}`, or `until`: `"idle"`, or a resource and its status; `within` is how far at most.
  static let move = Body("advance", moves)

  private static let moves = members.and { value, _ in
    (value["by"] == nil) == (value["until"] == nil) ? Violation(value, "one of 'by' and 'until' is needed") : nil
  }

  private static let members = Schema.object([
    Property("by", .string(format: ControlFormat.duration)),
    Property("until", .anyOf([.string(in: ["idle"]), ResourceGoal.schema])),
    Property("within", .string(format: ControlFormat.duration)),
  ])

  static let routes: [Route] = [
    .get("/clock", "clock:show", access: .open, query: .nothing, run: show),
    .put("/clock", "clock:set", access: .open, query: .nothing, body: setting, returns: 200, run: set),
    .post("/clock/advance", "clock:advance", access: .open, query: .nothing, body: move, returns: 200, run: advance),
  ]

  @Sendable private static func show(_ call: Call) async throws -> Response {
    if call.world.clock.isStopped { await call.world.settle(within: .seconds(5)) }
    return try answer(call)
  }

  @Sendable private static func set(_ call: Call) async throws -> Response {
    guard let setting = ClockSetting(call.input) else { throw Fault.unexpected }
    try await call.world.setClock(setting)
    return try answer(call)
  }

  @Sendable private static func advance(_ call: Call) async throws -> Response {
    let input = call.input
    let limit = duration(input["within"]) ?? .seconds(24 * 3600)
    if let step = duration(input["by"]) {
      try await call.world.advance(by: step)
    } else if let goal = try ResourceGoal(input["until"], call) {
      return try answer(call, try await call.world.advance(until: goal, within: limit))
    } else {
      try await call.world.advanceUntilIdle(within: limit)
    }
    return try answer(call)
  }

  static func duration(_ json: JSON?) -> Duration? { json?.text.flatMap(Duration.init(configured:)) }

  private static func answer(_ call: Call, _ state: ResourceState? = nil) throws -> Response {
    let clock = try call.world.describeClock()
    return .json { json in
      json.key("clock")
      view.projection(for: call).write(clock, to: &json)
      if let state {
        json.key("resource")
        WaitResource.view.projection(for: call).write(state, to: &json)
      }
    }
  }
}
