import OpenStackAPI

/// What comes of a request for a world.
enum Entrance {
  /// It is there, until `leave`.
  case visit(Worlds.Visit)
  /// There is none of that name.
  case unknown
  /// It is being changed, for longer than anybody should wait.
  case changing
  /// It is there, and cannot be opened.
  case broken(reason: String)
}

extension Worlds {
  /// The longest that a request, or a change, waits for a change to be over.
  static let patience = Duration.seconds(30)

  /// The world of a name for one request, which has to `leave` it. Waits while it is out of service.
  func enter(_ name: String) async -> Entrance {
    // Nearly always it serves, and nobody asks what time it is.
    switch look(name) {
    case .visit(let visit): return .visit(visit)
    case .unknown: return .unknown
    case .changing, .broken: await makePending(name)
    }
    let end = ContinuousClock.now + Self.patience
    repeat {
      let entrance = look(name)
      guard case .changing = entrance else { return entrance }
      await change(of: name, until: end) { state in state.serving[name] == nil }
    } while ContinuousClock.now < end
    return .changing
  }

  private func look(_ name: String) -> Entrance {
    state.withLock { state in
      if let visit = state.serving[name] {
        visit.traffic.enter()
        return .visit(visit)
      }
      guard let entry = state.entries[name] else { return .unknown }
      return entry.failure.map { .broken(reason: $0.reason) } ?? .changing
    }
  }

  /// Returns when the change that has a world is over, or at `end`; at once where `isUnderWay` says that it is not.
  private func change(
    of name: String, until end: ContinuousClock.Instant, isUnderWay: @Sendable (State) -> Bool
  ) async {
    var timer: Task<Void, Error>?
    await withCheckedContinuation { continuation in
      let ticket: UInt64? = state.withLock { state in
        guard state.entries[name] != nil, isUnderWay(state) else { return nil }
        state.lastTicket += 1
        state.entries[name]?.waiting[state.lastTicket] = continuation
        return state.lastTicket
      }
      guard let ticket else { return continuation.resume() }
      timer = Task {
        try await Task.sleep(until: end, clock: .continuous)
        state.withLock { $0.entries[name]?.waiting.removeValue(forKey: ticket) }?.resume()
      }
    }
    timer?.cancel()
  }
}

// MARK: - Worlds that are made when somebody comes

extension Worlds {
  /// Makes a world of the configuration that is still to be made, unless somebody is at it. After a failure whoever comes
  /// next tries again.
  private func makePending(_ name: String) async {
    let record: WorldRecord? = state.withLock { state in
      guard let entry = state.entries[name], entry.isPending, !entry.isClaimed else { return nil }
      state.entries[name]?.isClaimed = true
      return entry.record
    }
    guard let record else { return }
    await Background.run {
      do {
        publish(try await builder.place(build(configured: record), self), record)
      } catch {
        builder.log.error("a world cannot be made", metadata: ["world": "\(name)", "reason": "\(error)"])
        fail(name, error)
      }
    }
  }

  /// Makes a world anew from what its record says: one of the configuration, beside the main one, from the contents that
  /// those share, unless a seed gives each its own.
  func build(configured record: WorldRecord) async throws -> BuiltWorld {
    let isShared = record.isConfigured && record.name != WorldName.main && record.seed == nil
    return try await builder.build(record, seeded: isShared ? seededImage() : nil, self)
  }

  private func seededImage() async throws -> WorldImage {
    let task = seeded.withLock { kept in
      let task = kept ?? Task { try await Background.run { try await builder.seededImage(self) } }
      kept = task
      return task
    }
    do {
      return try await task.value
    } catch {
      // Whoever comes next tries again.
      seeded.withLock { if $0 == task { $0 = nil } }
      throw error
    }
  }
}

// MARK: - Changes

extension Worlds {
  /// How long a change waits for the requests under way.
  private static let drain = Duration.seconds(5)

  /// Takes a name for a world that is about to be made, and claims it.
  func reserve(_ record: WorldRecord, limit: Int) throws(Fault) {
    let refusal: Fault? = state.withLock { state in
      if state.entries[record.name] != nil { return .conflict("There is a world \(record.name) already.") }
      if let owner = record.owner, state.serving[owner] == nil { return Self.unknown(owner) }
      guard state.entries.count < limit else {
        return Fault(
          403, "There are \(limit) worlds, and the configuration allows no more (fixture.max_worlds).", reason: .limit)
      }
      state.entries[record.name] = Entry(record: record)
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Claims a world for a change, which `publish`, `fail`, `forget` or `release` must end. Waits for another's.
  func claim(_ name: String) async throws -> WorldRecord {
    let end = ContinuousClock.now + Self.patience
    repeat {
      let record: WorldRecord? = try state.withLock { state throws(Fault) in
        guard let entry = state.entries[name] else { throw Self.unknown(name) }
        guard !entry.isClaimed else { return nil }
        state.entries[name]?.isClaimed = true
        return entry.record
      }
      if let record { return record }
      await change(of: name, until: end) { state in state.entries[name]?.isClaimed == true }
    } while ContinuousClock.now < end
    throw Fault.conflict("The world \(name) is being changed, which takes long.", reason: .state)
  }

  /// Takes a claimed world out of service, once its requests have their answers, and closes it.
  func withdraw(_ name: String) async {
    let visit = state.withLock { state in
      state.entries[name]?.image = nil
      state.entries[name]?.failure = nil
      return state.serving.removeValue(forKey: name)
    }
    guard let visit else { return }
    await visit.traffic.drain(patience: Self.drain)
    await visit.world.close()
  }

  /// Puts a claimed world into service and lets those in who waited.
  func publish(_ world: World, _ record: WorldRecord) {
    end(record.name) { state in
      state.entries[record.name]?.record = record
      state.entries[record.name]?.failure = nil
      state.entries[record.name]?.isPending = false
      state.serving[record.name] = Visit(world: world, traffic: WorldTraffic())
    }
  }

  /// Says that a claimed world cannot be opened.
  func fail(_ name: String, _ error: any Error) { end(name) { $0.entries[name]?.failure = WorldFlaw(error) } }

  /// Forgets a claimed world; who waited is told that there is none.
  func forget(_ name: String) {
    end(name) { state in state.entries.removeValue(forKey: name)?.expiry?.cancel() }
  }

  /// Gives up the claim on a world that is as it was.
  func release(_ name: String) { end(name) { _ in } }

  private func end(_ name: String, _ change: (inout State) -> Void) {
    let waiting = state.withLock { state in
      let waiting = state.entries[name]?.waiting ?? [:]
      state.entries[name]?.waiting = [:]
      state.entries[name]?.isClaimed = false
      change(&state)
      return waiting
    }
    waiting.values.forEach { $0.resume() }
  }

  /// Sets the timer of a world whose time is limited.
  func arm(_ record: WorldRecord) {
    guard let expiresAt = record.expiresAt else { return }
    let timer = Task { [weak self] in
      guard (try? await Task.sleep(for: max(.zero, expiresAt - systemTime()))) != nil else { return }
      try? await self?.delete(world: record.name)
    }
    state.withLock { $0.entries[record.name]?.expiry = timer }
  }

  static func unknown(_ name: String) -> Fault { .notFound("There is no world \(name).") }
}
