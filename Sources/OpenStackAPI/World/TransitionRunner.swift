import Locking
import Persistence

/// Carries out transitions when they are due. One task at most runs per world, and none while nothing is due.
final class TransitionRunner: Sendable {
  struct State {
    var isStarted = false
    var isRunning = false
    var askedAgain = false
    var isStopped = false
    /// The works under way, by their numbers.
    var working: [Int: Task<Void, Never>] = [:]
    var isIdle: Bool { !isRunning && working.isEmpty }
    var seenVersion: UInt64?
    var timer: Task<Void, Never>?
    /// Why what is due has to wait, since the last look.
    var trouble: StorageTrouble?
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var waitings = 0

    /// Those who wait, once there is nothing to wait for.
    mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
      guard isIdle else { return [] }
      defer { waiting = [:] }
      return Array(waiting.values)
    }
  }

  private let handlers: [String: TransitionHandler]
  private let works: [String: TransitionWork]
  let state = Locked(State())

  init(handlers: [String: TransitionHandler], works: [String: TransitionWork]) {
    (self.handlers, self.works) = (handlers, works)
  }

  /// Begins; what an earlier run had under way begins anew.
  func start(_ world: World) {
    state.withLock { state in (state.isStarted, state.isRunning) = (true, true) }
    Task {
      do {
        try await world.database.write { try Transition.resumeWorks($0) }
      } catch {
        world.log.error("works of an earlier run stand still", metadata: ["error": "\(error)"])
      }
      await run(world)
    }
  }

  /// Looks for due transitions if any were planned since the last look.
  func check(_ world: World, force: Bool = false) {
    let version = world.database.tableVersion("transitions")
    let shouldRun = state.withLock { state in
      guard state.isStarted, !state.isStopped, force || state.seenVersion != version else { return false }
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

  /// What was begun has to come to its end: on a full disk too.
  private func run(_ world: World) async { await DiskReserve.spend { await runAll(world) } }

  private func runAll(_ world: World) async {
    var goOn = true
    while goOn {
      let before = state.withLock { state in
        defer { state.trouble = nil }
        return state.trouble
      }
      do {
        while try await runDue(world) {}
      } catch {
        hold(error)
      }
      if let trouble, trouble != before {
        world.log.error("transitions wait for the storage", metadata: ["trouble": "\(trouble)"])
      }
      let next = try? world.read(Transition.nextDue)
      goOn = finish(world, next: next ?? nil)
    }
  }

  /// Whether there is more to do; if not, sets the timer and wakes who waits.
  private func finish(_ world: World, next: Timestamp?) -> Bool {
    let waiting: [CheckedContinuation<Void, Never>]? = state.withLock { state in
      if state.askedAgain, !state.isStopped {
        state.askedAgain = false
        return nil
      }
      state.isRunning = false
      state.timer?.cancel()
      state.timer = nil
      if !state.isStopped {
        state.timer =
          state.trouble == nil
          ? next.flatMap { timer(world, next: $0) } : timer(world, after: Self.patience)
      }
      return state.takeWaiting()
    }
    waiting?.forEach { $0.resume() }
    return waiting == nil
  }

  private func timer(_ world: World, next: Timestamp) -> Task<Void, Never>? {
    world.clock.wait(until: next).map { timer(world, after: $0) }
  }

  private func timer(_ world: World, after delay: Duration) -> Task<Void, Never> {
    Task { [weak world] in
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
    guard !world.clock.isStopped else {
      for transition in due { await carryOutAlone(transition, world) }
      return trouble == nil
    }
    await withTaskGroup(of: Void.self) { group in
      for transition in due { group.addTask { await self.carryOut(transition, world) } }
    }
    return trouble == nil
  }

  /// While the clock stands one follows the other, works too, so that what they do and the identifiers that they draw are
  /// the same on every run.
  private func carryOutAlone(_ transition: Transition, _ world: World) async {
    await carryOut(transition, world)
    for work in state.withLock({ Array($0.working.values) }) { await work.value }
  }

  private func carryOut(_ transition: Transition, _ world: World) async {
    if let work = works[transition.kind] { return await begin(work, transition, world) }
    let handler = handlers[transition.kind]
    do {
      let isDone = try await world.database.write { db in
        guard try db.execute("DELETE FROM transitions WHERE id = ?", transition.id) > 0 else { return false }
        try Self.steps(of: transition, with: handler, db, world)
        return true
      }
      if isDone { world.metrics.count(transition, .done) }
    } catch let error where hold(error) {
      // It stays due.
    } catch {
      world.metrics.count(transition, .failed)
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
        return try plan(transition, after: delay, from: transition.due, db)
      }
      transition = transition.following
    }
  }

  private static func plan(
    _ transition: Transition, after delay: Duration, from moment: Timestamp, _ db: Connection
  ) throws {
    try Transition.plan(
      db, kind: transition.kind, resource: transition.resource, action: transition.action,
      step: transition.step + 1, due: moment + delay, payload: transition.payload)
  }

  /// Moves the row out of the way, so that nobody begins the work twice, and lets it run beside everything else.
  private func begin(_ work: @escaping TransitionWork, _ transition: Transition, _ world: World) async {
    do {
      guard let number = try await world.database.write({ try transition.beginWork($0) }) else { return }
      state.withLock { state in
        guard !state.isStopped else { return }
        state.working[number] = Task { await self.perform(work, number, transition, world) }
      }
    } catch let error where hold(error) {
      // It stays due.
    } catch {
      world.log.error("a work did not begin", metadata: ["kind": "\(transition.kind)", "error": "\(error)"])
    }
  }

  /// Does the work and what it ends with. Work that fails is forgotten; work that is broken off, as the world ends, begins
  /// anew when the world does.
  private func perform(
    _ work: TransitionWork, _ number: Int, _ transition: Transition, _ world: World
  ) async {
    do {
      let end = try await patiently { try await work(transition, world) }
      let isDone = try await patiently {
        try await world.database.write { db in
          guard try Transition.endWork(number, db) else { return false }
          if let delay = try end(db) { try Self.plan(transition, after: delay, from: world.now, db) }
          return true
        }
      }
      if isDone { world.metrics.count(transition, .done) }
    } catch {
      if !state.withLock(\.isStopped) {
        world.metrics.count(transition, .failed)
        world.log.error(
          "work failed",
          metadata: ["kind": "\(transition.kind)", "resource": "\(transition.resource)", "error": "\(error)"])
        _ = try? await world.database.write { try Transition.endWork(number, $0) }
      }
    }
    let waiting = state.withLock { state in
      state.working[number] = nil
      return state.isStopped ? state.takeWaiting() : []
    }
    waiting.forEach { $0.resume() }
    check(world, force: true)
  }

  /// Returns when nothing is due any more, or when the limit is over.
  func settle(_ world: World, within limit: Duration?) async {
    check(world, force: limit == nil)
    await idle(within: limit)
  }

  /// Lets the batch under way finish, breaks works off, and starts nothing more.
  func stop() async {
    state.withLock { state in
      state.isStopped = true
      state.timer?.cancel()
      state.timer = nil
      for work in state.working.values { work.cancel() }
    }
    await idle()
  }

  private func idle(within limit: Duration? = nil) async {
    let number: Int? = state.withLock { state in
      guard !state.isIdle else { return nil }
      state.waitings += 1
      return state.waitings
    }
    guard let number else { return }
    let timer = limit.map { limit in
      Task {
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        giveUp(number)
      }
    }
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if !state.isIdle { state.waiting[number] = continuation }
        return state.isIdle
      }
      if isIdle { continuation.resume() }
    }
    timer?.cancel()
  }

  private func giveUp(_ number: Int) { state.withLock { $0.waiting.removeValue(forKey: number) }?.resume() }
}

extension Transition {
  private init(_ earlier: Transition, step: Int) {
    (id, kind, resource, action) = (earlier.id, earlier.kind, earlier.resource, earlier.action)
    (self.step, due, payload) = (step, earlier.due, earlier.payload)
  }

  /// The next step of the same action.
  fileprivate var following: Transition { Transition(self, step: step + 1) }
}
