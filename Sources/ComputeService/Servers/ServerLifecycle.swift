import OpenStackAPI
import Persistence

/// One row of the servers' life: where an action may begin, what the server shows on the way, and where it settles
/// (nova.compute.api, the `check_instance_state` decorators). The 409 for a wrong state, the steps, the end and the entry
/// in the log of actions all come from here.
struct ServerLifecycle: Sendable {
  /// The action's name in the row of its transitions.
  let action: String
  /// What Nova's refusals call it.
  let verb: String
  /// The states in which it may begin.
  let from: Set<VMState>
  /// The task states in which it may begin besides none.
  let during: Set<TaskState>
  /// What the server must be besides.
  let needs: Needs
  /// What the log of actions says of it; nothing of what goes on by itself.
  let entry: InstanceAction.Entry?
  let steps: [Step]
  let end: @Sendable (ServerState, Transition) -> ServerState
  /// What else happens at the end, in the same transaction.
  let finish: (@Sendable (Transition, Connection, World) throws -> Void)?

  /// What an action asks of a server besides its state.
  struct Needs: OptionSet, Sendable {
    let rawValue: Int

    /// Nobody has locked it, unless the caller is an administrator.
    static let unlocked = Needs(rawValue: 1)
    /// It ran at least once.
    static let launched = Needs(rawValue: 2)
    /// It is on a host.
    static let host = Needs(rawValue: 4)
  }

  /// Something a server is seen doing.
  struct Step: Sendable {
    let task: TaskState
    /// How long a real cloud takes for it.
    let realistic: Duration
  }

  init(
    _ action: String, verb: String? = nil, from: Set<VMState>, during: Set<TaskState> = [],
    needs: Needs = [.unlocked, .launched], log entry: InstanceAction.Entry?,
    via steps: [(TaskState, realistic: Duration)],
    to end: @escaping @Sendable (ServerState, Transition) -> ServerState,
    finish: (@Sendable (Transition, Connection, World) throws -> Void)? = nil
  ) {
    (self.action, self.verb, self.from, self.during) = (action, verb ?? action, from, during)
    (self.needs, self.entry) = (needs, entry)
    self.steps = steps.map { Step(task: $0.0, realistic: $0.realistic) }
    (self.end, self.finish) = (end, finish)
  }

  init(
    _ action: String, verb: String? = nil, from: Set<VMState>, during: Set<TaskState> = [],
    needs: Needs = [.unlocked, .launched], log entry: InstanceAction.Entry?,
    via steps: [(TaskState, realistic: Duration)], to vm: VMState, _ power: PowerState
  ) {
    self.init(action, verb: verb, from: from, during: during, needs: needs, log: entry, via: steps) { _, _ in
      ServerState(vm: vm, power: power)
    }
  }
}

extension ServerLifecycle {
  static let kind = "server"

  /// Refuses a server that is locked or in a wrong state, in Nova's order: lock, host, states, launch.
  func check(_ server: Server, _ call: Call) throws {
    if needs.contains(.unlocked) { try server.refuseLocked(call) }
    if needs.contains(.host) { try server.refuseWithoutHost() }
    guard from.contains(server.state.vm) else { throw refusal(of: server, "vm_state", server.state.vm.rawValue) }
    if let task = server.state.task, !during.contains(task) {
      throw refusal(of: server, "task_state", task.rawValue)
    }
    guard !needs.contains(.launched) || server.launchedAt != nil else {
      throw Fault.conflict("Instance \(server.id) is in an invalid state for '\(verb)'", reason: .state)
    }
  }

  private func refusal(of server: Server, _ attribute: String, _ value: String) -> Fault {
    Fault.conflict("Cannot '\(verb)' instance \(server.id) while it is in \(attribute) \(value)", reason: .state)
      .because([
        "server": .string(server.id), "vm_state": .string(server.state.vm.rawValue),
        "task_state": server.state.task.map { .string($0.rawValue) } ?? .null,
        "allowed_vm_states": .array(from.map(\.rawValue).sorted().map(JSON.string)),
        "allowed_task_states": .array(during.map(\.rawValue).sorted().map(JSON.string)),
      ])
  }

  /// Begins what a caller asked for: ends what was under way, sets out, and writes it into the log, of which the server
  /// as it then is becomes part when others are told.
  func begin(_ id: String, payload: String = "{}", _ call: Call, _ db: Connection) throws {
    try InstanceAction.abandon(of: id, db, call.world)
    let takesTime = !steps.isEmpty
    if takesTime { try begin(id, payload: payload, db, call.world) }
    if let entry { try InstanceAction.record(entry, of: id, isDone: !takesTime, payload: payload, call, db) }
  }

  /// Sets the first task state and plans the way to the end.
  func begin(_ id: String, payload: String = "{}", _ db: Connection, _ world: World) throws {
    try Transition.cancel(db, kind: Self.kind, resource: id)
    try db.execute(
      "UPDATE servers SET task_state = ?, updated_at = ? WHERE uuid = ?", steps.first?.task.rawValue,
      world.now.microseconds, id)
    let delay = try steps.first.map { try duration(of: $0, id, db, world) } ?? .zero
    try plan(id, payload: payload, after: delay, db, world)
  }

  /// Plans the end of the first step; for what has none, all of it.
  func plan(_ id: String, payload: String = "{}", after delay: Duration, _ db: Connection, _ world: World) throws {
    try Transition.plan(
      db, kind: Self.kind, resource: id, action: action, due: world.now + delay, payload: payload)
  }

  private func duration(of step: Step, _ id: String, _ db: Connection, _ world: World) throws -> Duration {
    if world.directives.isEnabled, action == Self.create.action, step.task == .spawning,
      let wanted = try Server.buildTime(of: id, db, world)
    {
      return wanted
    }
    return world.cloud.pace.duration(of: "\(Self.kind).\(action).\(step.task.rawValue)", realistic: step.realistic)
  }

  /// A step is over: the next one begins, or the server settles.
  static func advance(_ transition: Transition, _ db: Connection, _ world: World) throws -> Duration? {
    guard let lifecycle = all[transition.action] else { return nil }
    if let disturbance = try ServerDisturbance.striking(lifecycle, transition, db, world) {
      try lifecycle.end(by: disturbance, transition, db, world)
      return nil
    }
    let next = transition.step + 1
    if next < lifecycle.steps.count {
      let step = lifecycle.steps[next]
      let delay = try lifecycle.duration(of: step, transition.resource, db, world)
      if delay != .zero {
        try db.execute(
          "UPDATE servers SET task_state = ?, updated_at = ? WHERE uuid = ?", step.task.rawValue,
          world.now.microseconds, transition.resource)
      }
      return delay
    }
    try lifecycle.settle(transition, db, world)
    return nil
  }

  private func settle(_ transition: Transition, _ db: Connection, _ world: World) throws {
    let found: ServerRowState? = try db.first(
      "SELECT vm_state, task_state, power_state FROM servers WHERE uuid = ? AND deleted = 0", transition.resource)
    guard let found else { return }
    let state = end(found.state, transition)
    let isGone = state.vm == .deleted
    try db.execute(
      """
      UPDATE servers SET vm_state = ?, task_state = NULL, power_state = ?, updated_at = ?, deleted = ?,
        terminated_at = CASE WHEN ? THEN ? ELSE terminated_at END WHERE uuid = ?
      """,
      state.vm.rawValue, state.power.rawValue, world.now.microseconds, isGone, isGone, world.now.microseconds,
      transition.resource)
    try conclude(transition, db, world)
  }

  /// What the end brings besides; a failure becomes the server's fault, and its state where it leaves one.
  private func conclude(_ transition: Transition, _ db: Connection, _ world: World) throws {
    do {
      try finish?(transition, db, world)
      if let entry { try InstanceAction.finish(entry, of: transition.resource, db, world) }
    } catch let failure as ServerFailure {
      try record(failure, transition, db, world)
    }
  }

  /// Writes a failure into the server, into the log of its actions, and to the request that began it.
  func record(_ failure: ServerFailure, _ transition: Transition, _ db: Connection, _ world: World) throws {
    let fault: JSON = [
      "code": 500, "created": .string(world.now.text(.seconds)), "message": .string(failure.message),
    ]
    try db.execute(
      "UPDATE servers SET fault = ?, vm_state = coalesce(?, vm_state) WHERE uuid = ?", fault.jsonText,
      failure.leaves?.rawValue, transition.resource)
    guard let entry else { return }
    if let request = try InstanceAction.request(of: entry, transition.resource, db) {
      world.journal.note(Fault(500, failure.message, reason: failure.reason).because(failure.evidence), of: request)
    }
    try InstanceAction.finish(entry, of: transition.resource, error: failure.message, db, world)
  }
}

/// Why an action that was accepted came to nothing.
struct ServerFailure: Error {
  /// Nova's words.
  let message: String
  /// The state in which it leaves the server, where that is another than it was in.
  var leaves: VMState?
  /// What said no, and what it looked at.
  var reason = Fault.Reason.scheduler
  var evidence: JSON = .null

  static let noValidHost = "No valid host was found. There are not enough hosts available."
}

/// The state columns of one row.
private struct ServerRowState: RowDecodable {
  let state: ServerState

  init(row: inout Row) throws { state = try ServerState(row: &row) }
}
