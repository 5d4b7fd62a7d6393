import Locking
import Persistence

/// Carries out transitions when they are due. One task at most runs per world, and none while nothing is due.
final class TransitionRunner: Sendable {
  private struct State {
    var isRunning = false
    var askedAgain = false
    var isStopped = false
    var seenVersion: UInt64?
    var timer: Task<Void, Never>?
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let handlers: [String: TransitionHandler]
  private let state = Locked(State())

  init(handlers: [String: TransitionHandler]) { self.handlers = handlers }

  /// Looks for due transitions if any were planned since the last look.
  func check(_ world: World, force: Bool = false) {
    let version = world.database.tableVersion("transitions")
    let shouldRun = state.withLock { state in
      guard !state.isStopped, force || state.seenVersion != version else { return false }
      state.seenVersion = version
      if state.isRunning {
        state.askedAgain = true
        return false
      }
      state.isRunning = true
      return true
    }
    if shouldRun { Task { await run(world) } }
  }

  private func run(_ world: World) async {
    var goOn = true
    while goOn {
      do {
        while try await runDue(world) {}
      } catch {
        world.log.error("transitions stopped", metadata: ["error": "\(error)"])
      }
      let next = try? world.read { try $0.first("SELECT due FROM transitions ORDER BY due LIMIT 1", as: Int.self) }
      goOn = finish(world, next: next ?? nil)
    }
  }

  /// Whether there is more to do; if not, sets the timer and wakes who waits.
  private func finish(_ world: World, next: Int?) -> Bool {
    let waiting: [CheckedContinuation<Void, Never>]? = state.withLock { state in
      if state.askedAgain, !state.isStopped {
        state.askedAgain = false
        return nil
      }
      state.isRunning = false
      state.timer?.cancel()
      state.timer = nil
      if let next, !state.isStopped, !world.clock.isStopped { state.timer = timer(world, next: next) }
      defer { state.waiting = [] }
      return state.waiting
    }
    waiting?.forEach { $0.resume() }
    return waiting == nil
  }

  private func timer(_ world: World, next: Int) -> Task<Void, Never> {
    let delay = Duration.microseconds(max(0, next - world.now.microseconds))
    return Task { [weak world] in
      guard (try? await Task.sleep(for: delay)) != nil, let world else { return }
      self.check(world, force: true)
    }
  }

  /// Carries out what is due, a batch at a time; each in its own transaction, so that one that fails harms no other.
  private func runDue(_ world: World) async throws -> Bool {
    let now = world.now
    let due: [Transition] = try world.read {
      try $0.query(
        "SELECT \(Transition.columns) FROM transitions WHERE due <= ? ORDER BY due, id LIMIT 256", now.microseconds)
    }
    guard !due.isEmpty, !state.withLock(\.isStopped) else { return false }
    await withTaskGroup(of: Void.self) { group in
      for transition in due { group.addTask { await self.carryOut(transition, world) } }
    }
    return true
  }

  private func carryOut(_ transition: Transition, _ world: World) async {
    let handler = handlers[transition.kind]
    do {
      try await world.database.write { db in
        guard try db.execute("DELETE FROM transitions WHERE id = ?", transition.id) > 0 else { return }
        try Self.steps(of: transition, with: handler, db, world)
      }
    } catch {
      world.log.error(
        "transition failed",
        metadata: ["kind": "\(transition.kind)", "resource": "\(transition.resource)", "error": "\(error)"])
      _ = try? await world.database.write { try $0.execute("DELETE FROM transitions WHERE id = ?", transition.id) }
    }
  }

  /// Steps that take no time follow one another in the same transaction.
  private static func steps(
    of first: Transition, with handler: TransitionHandler?, _ db: Connection, _ world: World
  ) throws {
    var transition = first
    while let delay = try handler?(transition, db, world) {
      guard delay == .zero else {
        try Transition.plan(
          db, kind: transition.kind, resource: transition.resource, action: transition.action,
          step: transition.step + 1, due: transition.due + delay, payload: transition.payload)
        return
      }
      transition = transition.following
    }
  }

  /// Returns when nothing is due any more.
  func settle(_ world: World) async {
    check(world, force: true)
    await idle()
  }

  /// Lets the batch under way finish and starts no other.
  func stop() async {
    state.withLock { state in
      state.isStopped = true
      state.timer?.cancel()
      state.timer = nil
    }
    await idle()
  }

  private func idle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        guard state.isRunning else { return true }
        state.waiting.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }
}

extension Transition {
  private init(_ earlier: Transition, step: Int) {
    (id, kind, resource, action) = (earlier.id, earlier.kind, earlier.resource, earlier.action)
    (self.step, due, payload) = (step, earlier.due, earlier.payload)
  }

  /// The next step of the same action.
  fileprivate var following: Transition { Transition(self, step: step + 1) }
}
