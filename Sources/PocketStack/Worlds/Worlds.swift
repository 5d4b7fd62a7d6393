import Glibc
import Locking
import OpenStackAPI

/// The worlds of one process and their snapshots, by name.
///
/// A world that is being made, taken back or ended is `changing`: who asks for it waits until that is over, so that a
/// client sees the world before or after, never in between.
final class Worlds: Sendable {
  /// A world that serves, or is about to.
  struct Entry: Sendable {
    var record: WorldRecord
    var waiting: [CheckedContinuation<Void, Never>] = []
    var expiry: Task<Void, Never>?
    /// The image that the last fork began with, and the version of the rows it shows: while nothing changes, all forks
    /// share it.
    var image: (version: UInt64, image: WorldImage)?
  }

  /// A request's hold on a world.
  struct Visit: Sendable {
    let world: World
    let traffic: WorldTraffic
  }

  struct State {
    var isOpen = false
    /// All that have a name.
    var entries: [String: Entry] = [:]
    /// Those of them that serve, for the requests, which need no more than this; the others change.
    var serving: [String: Visit] = [:]
    var snapshots: [String: Snapshot] = [:]
    /// The names of snapshots that are about to be.
    var pendingSnapshots: Set<String> = []
  }

  let builder: WorldBuilder
  let configured: [String]
  let state = Locked(State())
  let memory = MemoryRelease()

  init(_ builder: WorldBuilder, configured: [String]) { (self.builder, self.configured) = (builder, configured) }

  /// Opens the worlds of the configuration and those that an earlier run left, or makes them.
  func open() async throws {
    for name in builder.snapshotNames {
      guard let directory = builder.directory(ofSnapshot: name) else { continue }
      let snapshot = Snapshot(name, in: directory)
      if snapshot == nil { try builder.remove(directory) }
      state.withLock { $0.snapshots[name] = snapshot }
    }
    let records = configured.map { builder.record(ofConfigured: $0) }
    for record in try records + builder.records(except: configured) {
      let world = try await builder.open(record, self)
      state.withLock { state in
        state.entries[record.name] = Entry(record: record)
        state.serving[record.name] = Visit(world: world, traffic: WorldTraffic())
      }
      arm(record)
    }
    state.withLock { $0.isOpen = true }
  }

  /// Ends all worlds.
  func close() async {
    let last = state.withLock { state in
      defer { state = State() }
      return state
    }
    for entry in last.entries.values { entry.expiry?.cancel() }
    for visit in last.serving.values { await visit.world.close() }
  }

  /// Ends the answers that go on for as long as their world.
  func endFollowing() {
    let visits = state.withLock { Array($0.serving.values) }
    for visit in visits { visit.world.endFollowing() }
  }

  /// Whether it was opened and not closed since.
  var isOpen: Bool { state.withLock(\.isOpen) }

  /// The world of a name, if it serves right now.
  func world(_ name: String) -> World? { state.withLock { $0.serving[name]?.world } }

  /// The world of a name for one request, which has to `leave` it; `nil` where there is none. Waits while it changes.
  func enter(_ name: String) async -> Visit? {
    while true {
      switch look(name) {
      case .found(let visit): return visit
      case .unknown: return nil
      case .changing: await change(of: name)
      }
    }
  }

  private enum Look {
    case found(Visit), unknown, changing
  }

  private func look(_ name: String) -> Look {
    state.withLock { state in
      guard let visit = state.serving[name] else { return state.entries[name] == nil ? .unknown : .changing }
      visit.traffic.enter()
      return .found(visit)
    }
  }

  /// Returns when the world no longer changes.
  private func change(of name: String) async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        guard state.serving[name] == nil, state.entries[name] != nil else { return true }
        state.entries[name]?.waiting.append(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }
}

// MARK: - Changes

extension Worlds {
  /// How long a change waits for the requests under way.
  private static let patience = Duration.seconds(5)

  /// Takes a name for a world that is about to be made.
  func reserve(_ record: WorldRecord) throws(Fault) {
    let isFree = state.withLock { state in
      guard state.entries[record.name] == nil else { return false }
      state.entries[record.name] = Entry(record: record)
      return true
    }
    guard isFree else { throw .conflict("There is a world \(record.name) already.") }
  }

  /// Takes a world out of service, once its requests have their answers, and closes it. What `publish` or `forget` must
  /// follow, whatever happens.
  func withdraw(_ name: String) async throws -> WorldRecord {
    let found: (visit: Visit, record: WorldRecord)? = state.withLock { state in
      guard let visit = state.serving.removeValue(forKey: name), let entry = state.entries[name] else { return nil }
      state.entries[name]?.image = nil
      return (visit, entry.record)
    }
    guard let found else { throw Self.unknown(name) }
    await found.visit.traffic.drain(patience: Self.patience)
    await found.visit.world.close()
    return found.record
  }

  /// Puts a world into service and lets those in who waited.
  func publish(_ world: World, _ record: WorldRecord) {
    let waiting = state.withLock { state in
      state.entries[record.name]?.record = record
      state.serving[record.name] = Visit(world: world, traffic: WorldTraffic())
      return Self.takeWaiting(record.name, &state)
    }
    waiting.forEach { $0.resume() }
  }

  /// Forgets a world that is out of service; who waited is told that there is none.
  func forget(_ name: String) {
    let waiting = state.withLock { state in
      let waiting = Self.takeWaiting(name, &state)
      state.entries.removeValue(forKey: name)?.expiry?.cancel()
      return waiting
    }
    waiting.forEach { $0.resume() }
  }

  private static func takeWaiting(_ name: String, _ state: inout State) -> [CheckedContinuation<Void, Never>] {
    defer { state.entries[name]?.waiting = [] }
    return state.entries[name]?.waiting ?? []
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

/// The machine's time.
func systemTime() -> Timestamp {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return Timestamp(microseconds: now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
}
