import OpenStackAPI

/// Faults: failure on demand, in OpenStack's own words.
enum FaultResource {
  static let routes: [Route] = [
    .get("/faults", "faults:list", access: .open, query: .nothing, run: list),
    .post(
      "/faults", "faults:create", access: .open, query: .nothing, body: FaultInput.body, returns: 201, run: create),
    .delete("/faults", "faults:delete-all", access: .open, query: .nothing, run: deleteAll),
    .get("/faults/:id", "faults:show", access: .open, query: .nothing, run: show),
    .delete("/faults/:id", "faults:delete", access: .open, query: .nothing, run: delete),
  ]

  @Sendable private static func list(_ call: Call) throws -> Response {
    .json { json in json.member("faults", JSON.array(call.world.faults.all.map(\.json))) }
  }

  @Sendable private static func create(_ call: Call) throws -> Response {
    let input = try FaultInput(call)
    guard let rule = call.world.faults.add(input.effect, match: input.match, choice: input.choice) else {
      throw Fault(403, "There are \(FaultRules.most) faults in this world, and there may be no more.", reason: .limit)
    }
    return answer(rule)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let id = call.parameter("id")
    guard let rule = call.world.faults[id] else { throw unknown(id) }
    return answer(rule)
  }

  @Sendable private static func delete(_ call: Call) throws -> Response {
    let id = call.parameter("id")
    guard call.world.faults.remove(where: { $0.id == id }) > 0 else { throw unknown(id) }
    return .empty
  }

  @Sendable private static func deleteAll(_ call: Call) -> Response {
    call.world.faults.remove { _ in true }
    return .empty
  }

  private static func unknown(_ id: String) -> Fault { .notFound("There is no fault \(id).") }

  private static func answer(_ rule: FaultRule) -> Response { .json { $0.member("fault", rule.json) } }
}

extension FaultRule {
  /// As the control interface shows it: what was asked for, and how often it happened.
  var json: JSON {
    var json = JSONObject([("id", .string(id)), ("kind", .string(effect.kind))])
    for (key, value) in effect.members + match.members + choice.members { json[key] = value }
    json["matched"] = .integer(matched)
    json["struck"] = .integer(struck)
    return .object(json)
  }
}

extension FaultEffect {
  /// The name of what it does.
  var kind: String {
    switch self {
    case .error: "error"
    case .delay: "delay"
    case .drop: "drop"
    case .cut: "cut"
    case .slow: "slow"
    case .expiredToken: "expired-token"
    case .domain(let fault, _, _): fault.rawValue
    }
  }

  fileprivate var members: [(String, JSON?)] {
    switch self {
    case .error(let status, let message, let retryAfter):
      [
        ("status", .integer(status)), ("message", message.map(JSON.string)),
        ("retry_after", retryAfter.map { .string($0.inWords) }),
      ]
    case .delay(let duration, let jitter):
      [("delay", .string(duration.inWords)), ("jitter", jitter == .zero ? nil : .string(jitter.inWords))]
    case .slow(let rate): [("bytes_per_second", .integer(rate))]
    case .domain(_, let message, let taskState):
      [("message", message.map(JSON.string)), ("task_state", taskState.map(JSON.string))]
    case .drop, .cut, .expiredToken: []
    }
  }
}

extension FaultMatch {
  fileprivate var members: [(String, JSON?)] {
    [
      ("service", service.map(JSON.string)), ("operation", operation.map(JSON.string)),
      ("projects", projects.map { .array($0.map(JSON.string)) }), ("users", users.map { .array($0.map(JSON.string)) }),
      ("resource", resource.map(JSON.string)), ("method", method.map(JSON.string)), ("path", path.map(JSON.string)),
    ]
  }
}

extension FaultRule.Choice {
  fileprivate var members: [(String, JSON?)] {
    [
      ("nth", nth.map(JSON.integer)), ("first", first.map(JSON.integer)), ("share", share.map(JSON.number)),
      ("seed", share == nil ? nil : .integer(seed)),
    ]
  }
}

extension Duration {
  /// `2s`, or `1500ms`.
  fileprivate var inWords: String {
    let (seconds, attoseconds) = components
    return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
  }
}
