import Persistence

/// Where a world's clock stands, and what is still to come in the world.
public struct ClockDescription: Sendable {
  /// How it goes.
  public let mode: ClockMode
  /// What it shows.
  public let now: Timestamp
  /// How many transitions are to come or under way.
  public let pending: Int
  /// When the next of those to come is due.
  public let next: Timestamp?
}

extension World {
  private static let mark = "clock"

  /// Where the clock stands.
  public func describeClock() throws -> ClockDescription {
    let (pending, next) = try read { db in
      (
        try db.first("SELECT (SELECT count(*) FROM transitions) + (SELECT count(*) FROM works)", as: Int.self) ?? 0,
        try Transition.nextDue(db)
      )
    }
    return ClockDescription(mode: clock.mode, now: now, pending: pending, next: next)
  }

  /// Lets the clock go otherwise. What is due by then is carried out.
  public func setClock(_ setting: ClockSetting) async throws {
    try await movingClock {
      try Self.refuse(after: setting.now)
      clock.set(clock.state(for: setting))
      try await keepClock()
    }
    if clock.isStopped { await settle() }
  }

  /// Lets the clock go as an earlier run, or the world that this one was forked from, left it.
  public func resumeClock() throws {
    let text = try read { try $0.first("SELECT value FROM marks WHERE name = ?", Self.mark, as: String.self) }
    guard let text else { return }
    guard let kept = JSON(stored: text).flatMap(ClockState.init) else {
      let finding = "the clock goes with the machine's: what was kept of it is no clock"
      return log.warning("\(finding)", metadata: ["clock": "\(text)"])
    }
    clock.set(kept)
  }

  private static let beyond = Fault.badRequest("The year 9999 is the last that a clock shows.")

  private static func refuse(after moment: Timestamp?) throws {
    guard moment.map({ $0 > Timestamp.last }) != true else { throw beyond }
  }

  /// The moment a duration from now.
  private func end(after duration: Duration) throws -> Timestamp {
    guard let end = now.adding(duration) else { throw Self.beyond }
    return end
  }

  private func keepClock() async throws {
    let text = clock.mode == .real ? nil : clock.kept.json.jsonText
    _ = try await write { db in
      try db.execute("DELETE FROM marks WHERE name = ?", Self.mark)
      if let text { try db.execute("INSERT INTO marks (name, value) VALUES (?, ?)", Self.mark, text) }
    }
  }

  /// One at a time may set or move the clock.
  private func movingClock<T>(_ body: () async throws -> T) async throws -> T {
    guard
      clockMoves.withLock({ isMoving in
        defer { isMoving = true }
        return !isMoving
      })
    else { throw Fault.conflict("The clock of this world is being moved already.", reason: .state) }
    defer { clockMoves.withLock { $0 = false } }
    return try await body()
  }
}

// MARK: - Moving by hand

extension World {
  /// Moves a stopped clock forward. What is due on the way is carried out in order, each at its own moment.
  public func advance(by duration: Duration) async throws {
    try await advance(to: end(after: duration)) { () -> Bool? in nil }
  }

  /// Moves a stopped clock to the moment at which nothing is to come any more.
  public func advanceUntilIdle(within limit: Duration) async throws {
    let isIdle = try await advance(to: end(after: limit)) { try describeClock().pending == 0 ? true : nil }
    guard isIdle == nil else { return }
    throw Fault.conflict("There is still something to come after \(limit.configured).", reason: .state)
  }

  /// Moves a stopped clock to the moment at which a resource has a status. Refused where it will never have it: because
  /// nothing more is to come, because it fails, or because that takes longer than `limit`.
  public func advance(until wanted: ResourceGoal, within limit: Duration) async throws -> ResourceState {
    _ = try wanted.find(self)
    let reached: ResourceState? = try await advance(to: end(after: limit)) {
      switch try wanted.look(self) {
      case .reached(let state): return state
      case .failed(let state): throw wanted.refusal(state, "and will not be \(wanted.status)")
      case .waiting(let state):
        guard try describeClock().pending == 0 else { return nil }
        throw wanted.refusal(state, "and nothing more is to come")
      }
    }
    guard let reached else {
      throw wanted.refusal(try wanted.find(self), "still, after \(limit.configured)")
    }
    return reached
  }

  /// Goes from one due moment to the next until the end, or until `stopAt` answers something.
  @discardableResult
  private func advance<T>(to end: Timestamp, stopAt: () throws -> T?) async throws -> T? {
    try await movingClock {
      guard clock.isStopped else {
        throw Fault.conflict(
          "Only a stopped clock can be moved by hand; this one is \(clock.mode.name).", reason: .state)
      }
      try Self.refuse(after: end)
      await settle()
      do {
        while true {
          if let found = try stopAt() {
            try await keepClock()
            return found
          }
          guard let next = try read(Transition.nextDue), next <= end else { break }
          clock.move(to: max(now, next))
          await settle()
          // What is due and cannot be done would be met here again and again.
          if let trouble = transitionRunner.trouble { throw Fault(trouble) }
        }
      } catch {
        try await keepClock()
        throw error
      }
      clock.move(to: end)
      try await keepClock()
      await settle()
      return try stopAt()
    }
  }
}

extension Transition {
  /// When the next transition is due.
  static func nextDue(_ db: Connection) throws -> Timestamp? {
    try db.first("SELECT due FROM transitions ORDER BY due LIMIT 1", as: Int.self).map { Timestamp(microseconds: $0) }
  }
}
