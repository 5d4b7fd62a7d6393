import OpenStackAPI

/// What a request for a fault asks for: `{"fault": {"kind": "error", "status": 503, "service": "compute", "first": 2}}`.
struct FaultInput {
  let effect: FaultEffect
  let match: FaultMatch
  let choice: FaultRule.Choice

  /// The kinds that strike requests, with the members that each takes for itself.
  private static let kinds: [(name: String, members: [String])] = [
    ("error", ["status", "message", "retry_after"]), ("delay", ["delay", "jitter"]), ("drop", []), ("cut", []),
    ("slow", ["bytes_per_second"]), ("expired-token", []),
  ]
  private static let ofRequests = ["service", "operation", "method", "path"]
  private static let ofAll = ["kind", "project", "user", "resource", "nth", "first", "share", "seed"]
  private static let names = kinds.map(\.name) + DomainFault.allCases.map(\.rawValue)

  static let body = Body(
    "fault",
    [
      .string("kind", in: names, .required),
      Property("status", .integer(400...599)), .string("message", 1...4096),
      Property("retry_after", .string(format: ControlFormat.duration)),
      Property("delay", .string(format: ControlFormat.duration)),
      Property("jitter", .string(format: ControlFormat.duration)),
      Property("bytes_per_second", .integer(1...1 << 40)), .string("task_state", 1...255),
      .string("service", 1...255), .string("operation", 1...255), .string("method", 1...20), .string("path", 1...4096),
      .string("project", 1...255), .string("user", 1...255), .string("resource", 1...255),
      Property("nth", .integer(1...Int.max)), Property("first", .integer(1...Int.max)),
      Property("share", share), Property("seed", .integer()),
    ])

  private static let share = Schema { value, _ in
    switch value {
    case .number(let share) where (0...1).contains(share): nil
    case .integer(0), .integer(1): nil
    default: Violation(value, "\(value.pythonRepresentation) is not a number from 0 to 1")
    }
  }

  init(_ call: Call) throws {
    let input = call.input
    let kind = input["kind"]?.text ?? ""
    try Self.refuseForeign(input, of: kind)
    effect = try Self.effect(kind, input)
    match = try Self.match(input, call)
    let share: Double? =
      switch input["share"] {
      case .number(let share): share
      case .integer(let share): Double(share)
      default: nil
      }
    choice = FaultRule.Choice(
      nth: input["nth"]?.integer, first: input["first"]?.integer, share: share, seed: input["seed"]?.integer ?? 0)
  }

  /// Refuses members that mean nothing for a kind, rather than forget them.
  private static func refuseForeign(_ input: JSON, of kind: String) throws(Fault) {
    let own = kinds.first { $0.name == kind }.map { $0.members + ofRequests } ?? ["message"]
    let taken = ofAll + own + (kind == DomainFault.stuck.rawValue ? ["task_state"] : [])
    for name in input.object?.keys ?? [] where !taken.contains(name) {
      throw .badRequest("A fault of the kind \(kind) takes no \(name); it takes \(taken.joined(separator: ", ")).")
    }
  }

  private static func effect(_ kind: String, _ input: JSON) throws(Fault) -> FaultEffect {
    func duration(_ name: String) -> Duration? { input[name]?.text.flatMap(Duration.init(configured:)) }
    switch kind {
    case "error":
      guard let status = input["status"]?.integer else {
        throw .badRequest("A fault of the kind error needs a status.")
      }
      return .error(status: status, message: input["message"]?.text, retryAfter: duration("retry_after"))
    case "delay":
      guard let delay = duration("delay") else { throw .badRequest("A fault of the kind delay needs a delay.") }
      return .delay(delay, jitter: duration("jitter") ?? .zero)
    case "slow":
      guard let rate = input["bytes_per_second"]?.integer else {
        throw .badRequest("A fault of the kind slow needs bytes_per_second.")
      }
      return .slow(bytesPerSecond: rate)
    case "drop": return .drop
    case "cut": return .cut
    case "expired-token": return .expiredToken
    default:
      guard let fault = DomainFault(rawValue: kind) else { throw .badRequest("There is no fault of the kind \(kind).") }
      return .domain(fault, message: input["message"]?.text, taskState: input["task_state"]?.text)
    }
  }

  private static func match(_ input: JSON, _ call: Call) throws -> FaultMatch {
    var match = FaultMatch()
    let services = try call.registry.services.filter { !$0.controlsWorlds }
    match.service = try input["service"]?.text.map { try service($0, among: services) }
    match.operation = try input["operation"]?.text.map { try operation($0, among: services) }
    match.method = input["method"]?.text?.uppercased()
    match.path = input["path"]?.text
    match.resource = input["resource"]?.text
    match.projects = try input["project"]?.text.map { try identifiers(of: .project, $0, call) }
    match.users = try input["user"]?.text.map { try identifiers(of: .user, $0, call) }
    return match
  }

  /// A service by its type or by its project's name.
  private static func service(_ name: String, among services: [Service]) throws(Fault) -> String {
    if let found = services.first(where: { $0.type == name || $0.name == name }) { return found.type }
    throw unknown("service", name, among: services.map(\.type))
  }

  private static func operation(_ name: String, among services: [Service]) throws(Fault) -> String {
    let known = Set(services.flatMap { $0.routes.map(\.operation) })
    guard !known.contains(name) else { return name }
    throw unknown("operation", name, among: known.sorted())
  }

  private static func unknown(_ what: String, _ name: String, among known: [String]) -> Fault {
    let nearest = NearestName.of(name, among: known).map { "; did you mean \($0)?" } ?? "."
    return .badRequest("There is no \(what) \(name)\(nearest)", reason: .lookup)
  }

  private static func identifiers(of kind: NamedKind, _ name: String, _ call: Call) throws -> [String] {
    let found = try call.world.read { try call.world.crossings.tokens.identifiers(of: kind, named: name, $0) }
    guard !found.isEmpty else {
      throw Fault.badRequest("There is no \(kind == .user ? "user" : "project") \(name).", reason: .lookup)
    }
    return found
  }
}
