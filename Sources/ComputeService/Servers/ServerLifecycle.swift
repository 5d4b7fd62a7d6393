import OpenStackAPI
import Persistence

/// One row of the servers' life: where an action may begin, what the server shows on the way, and where it settles
/// (nova.compute.api, the `check_instance_state` decorators). The 409 for a wrong state, the steps and the end all come
/// from here.
struct ServerLifecycle: Sendable {
  /// The action's name in the row of its transitions.
  let action: String
  /// What Nova's refusals call it.
  let verb: String
  /// The states in which it may begin.
  let from: Set<VMState>
  /// The task states in which it may begin besides none.
  let during: Set<TaskState>
  let steps: [Step]
  let end: @Sendable (ServerState, Transition) -> ServerState
  /// What else happens at the end, in the same transaction.
  let finish: (@Sendable (Transition, Connection, World) throws -> Void)?

  /// Something a server is seen doing.
  struct Step: Sendable {
    let task: TaskState
    /// How long a real cloud takes for it.
    let realistic: Duration
  }

  init(
    _ action: String, verb: String? = nil, from: Set<VMState>, during: Set<TaskState> = [],
    via steps: [(TaskState, realistic: Duration)],
    to end: @escaping @Sendable (ServerState, Transition) -> ServerState,
    finish: (@Sendable (Transition, Connection, World) throws -> Void)? = nil
  ) {
    (self.action, self.verb, self.from, self.during) = (action, verb ?? action, from, during)
    self.steps = steps.map { Step(task: $0.0, realistic: $0.realistic) }
    (self.end, self.finish) = (end, finish)
  }

  init(
    _ action: String, verb: String? = nil, from: Set<VMState>, during: Set<TaskState> = [],
    via steps: [(TaskState, realistic: Duration)], to vm: VMState, _ power: PowerState
  ) {
    self.init(action, verb: verb, from: from, during: during, via: steps) { _, _ in
      ServerState(vm: vm, power: power)
    }
  }

  private static let everywhere: [VMState] = VMState.allCases.filter { $0 != .deleted }

  static let create = ServerLifecycle(
    "create", from: [],
    via: [
      (.scheduling, realistic: .milliseconds(500)), (.networking, realistic: .seconds(1)),
      (.spawning, realistic: .seconds(4)),
    ], to: { _, _ in ServerState(vm: .active, power: .running) }, finish: Server.launch)

  static let start = ServerLifecycle(
    "os-start", verb: "start", from: [.stopped], via: [(.poweringOn, realistic: .seconds(2))], to: .active, .running)
  static let stop = ServerLifecycle(
    "os-stop", verb: "stop", from: [.active, .error], via: [(.poweringOff, realistic: .seconds(3))], to: .stopped,
    .shutdown)
  static let rebootSoft = ServerLifecycle(
    "reboot", from: [.active],
    via: [
      (.rebooting, realistic: .milliseconds(500)), (.rebootPending, realistic: .milliseconds(500)),
      (.rebootStarted, realistic: .seconds(3)),
    ], to: .active, .running)
  static let rebootHard = ServerLifecycle(
    "reboot-hard", verb: "reboot", from: [.active, .stopped, .paused, .suspended, .error],
    during: [
      .rebooting, .rebootPending, .rebootStarted, .rebootingHard, .rebootPendingHard, .rebootStartedHard, .resuming,
      .pausing, .unpausing, .suspending,
    ],
    via: [
      (.rebootingHard, realistic: .milliseconds(500)), (.rebootPendingHard, realistic: .milliseconds(500)),
      (.rebootStartedHard, realistic: .seconds(3)),
    ], to: .active, .running)
  static let pause = ServerLifecycle(
    "pause", from: [.active], via: [(.pausing, realistic: .seconds(1))], to: .paused, .paused)
  static let unpause = ServerLifecycle(
    "unpause", from: [.paused], via: [(.unpausing, realistic: .seconds(1))], to: .active, .running)
  static let suspend = ServerLifecycle(
    "suspend", from: [.active], via: [(.suspending, realistic: .seconds(2))], to: .suspended, .suspended)
  static let resume = ServerLifecycle(
    "resume", from: [.suspended], via: [(.resuming, realistic: .seconds(2))], to: .active, .running)
  static let resize = ServerLifecycle(
    "resize", from: [.active, .stopped],
    via: [
      (.resizePrep, realistic: .seconds(1)), (.resizeMigrating, realistic: .seconds(3)),
      (.resizeMigrated, realistic: .seconds(1)), (.resizeFinish, realistic: .seconds(2)),
    ], to: { state, _ in ServerState(vm: .resized, power: state.power) }, finish: Server.takeNewFlavor)
  static let confirmResize = ServerLifecycle(
    "confirmResize", from: [.resized], via: [(.resizeConfirming, realistic: .seconds(1))],
    to: Server.stateBeforeResize, finish: Server.forgetOldFlavor)
  static let revertResize = ServerLifecycle(
    "revertResize", from: [.resized], via: [(.resizeReverting, realistic: .seconds(3))], to: Server.stateBeforeResize,
    finish: Server.takeOldFlavor)
  static let createImage = ServerLifecycle(
    "createImage", from: [.active, .stopped, .paused, .suspended],
    via: [
      (.imageSnapshotPending, realistic: .milliseconds(500)), (.imageSnapshot, realistic: .seconds(1)),
      (.imagePendingUpload, realistic: .seconds(1)), (.imageUploading, realistic: .seconds(3)),
    ], to: { state, _ in ServerState(vm: state.vm, power: state.power) }, finish: Server.completeSnapshot)
  static let delete = ServerLifecycle(
    "delete", from: Set(everywhere), during: Set(TaskState.allCases), via: [(.deleting, realistic: .seconds(2))],
    to: .deleted, .none)

  /// Every lifecycle, by the action's name.
  static let all: [String: ServerLifecycle] = Dictionary(
    uniqueKeysWithValues: [
      create, start, stop, rebootSoft, rebootHard, pause, unpause, suspend, resume, resize, confirmResize,
      revertResize, createImage, delete,
    ].map { ($0.action, $0) })
}

extension ServerLifecycle {
  static let kind = "server"

  /// Refuses a server that is locked or in a wrong state.
  func check(_ server: Server, _ call: Call) throws {
    try server.refuseLocked(call)
    guard from.contains(server.state.vm) else {
      throw Fault.conflict(
        "Cannot '\(verb)' instance \(server.id) while it is in vm_state \(server.state.vm.rawValue)", reason: .state)
    }
    if let task = server.state.task, !during.contains(task) {
      throw Fault.conflict(
        "Cannot '\(verb)' instance \(server.id) while it is in task_state \(task.rawValue)", reason: .state)
    }
  }

  /// Sets the first task state and plans the way to the end.
  func begin(_ id: String, payload: String = "{}", _ db: Connection, _ world: World) throws {
    try Transition.cancel(db, kind: Self.kind, resource: id)
    try db.execute(
      "UPDATE servers SET task_state = ?, updated_at = ? WHERE uuid = ?", steps.first?.task.rawValue,
      world.now.microseconds, id)
    let delay = steps.first.map { duration(of: $0, world) } ?? .zero
    try Transition.plan(
      db, kind: Self.kind, resource: id, action: action, due: world.now + delay, payload: payload)
  }

  private func duration(of step: Step, _ world: World) -> Duration {
    world.cloud.pace.duration(of: "\(Self.kind).\(action).\(step.task.rawValue)", realistic: step.realistic)
  }

  /// A step is over: the next one begins, or the server settles.
  static func advance(_ transition: Transition, _ db: Connection, _ world: World) throws -> Duration? {
    guard let lifecycle = all[transition.action] else { return nil }
    let next = transition.step + 1
    if next < lifecycle.steps.count {
      let step = lifecycle.steps[next]
      let delay = lifecycle.duration(of: step, world)
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
    try finish?(transition, db, world)
  }
}

/// The state columns of one row.
private struct ServerRowState: RowDecodable {
  let state: ServerState

  init(row: inout Row) throws { state = try ServerState(row: &row) }
}
