import Glibc
import Locking
import OpenStackAPI
import Persistence

/// The worlds of one process and their snapshots, by name.
///
/// A world that is being made, taken back or ended is claimed by that change, and other changes wait for their turn. While
/// it is out of service its requests wait, so that a client sees the world before or after, never in between. Every wait
/// has an end.
final class Worlds: Sendable {
  /// A world that has a name.
  struct Entry: Sendable {
    var record: WorldRecord
    /// Whether a change has it.
    var isClaimed = true
    /// Whether it is still to be made, by whoever comes first.
    var isPending = false
    /// Why it cannot be opened.
    var failure: WorldFlaw?
    /// Who waits until the change is over.
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
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
    /// Those of them that serve, for the requests, which need no more than this.
    var serving: [String: Visit] = [:]
    var snapshots: [SnapshotID: Snapshot] = [:]
    /// The snapshots that are about to be, or whose files are still read though they are deleted.
    var claimedSnapshots: Set<SnapshotID> = []
    /// How many worlds with a seed each name has had.
    var incarnations: [String: Int] = [:]
    var lastTicket: UInt64 = 0
  }

  let builder: WorldBuilder
  let configured: [String]
  let state = Locked(State())
  let memory = MemoryRelease()
  /// What the configuration's worlds begin with, once one needs it.
  let seeded = Locked<Task<WorldImage, any Error>?>(nil)
  /// The hold on the data directory.
  private let lock = Locked<FileLock?>(nil)
  /// What the server listens on, once there is one.
  let served = Locked(ServedAddresses())

  init(_ builder: WorldBuilder, configured: [String]) { (self.builder, self.configured) = (builder, configured) }

  /// Opens the worlds of the configuration and those that an earlier run left, or makes them; of those beside the main one
  /// that are not there yet each is made when somebody first comes to it. One that cannot be opened does not keep the
  /// others from serving, unless it is the main one.
  func open() async throws {
    try prepareDirectory()
    let records = configured.map { builder.record(ofConfigured: $0) } + (try recordedWorlds())
    for record in records {
      let isPending = record.isConfigured && record.name != WorldName.main && !builder.hasLeft(record)
      state.withLock {
        $0.entries[record.name] = Entry(record: record, isClaimed: !isPending, isPending: isPending)
      }
      if isPending { continue }
      do {
        publish(try await builder.open(record, self), record)
        arm(record)
      } catch  where record.name != WorldName.main {
        builder.log.error("a world cannot be opened", metadata: ["world": "\(record.name)", "reason": "\(error)"])
        fail(record.name, error)
      }
    }
    await endOrphans()
    state.withLock { $0.isOpen = true }
  }

  /// Takes hold of the data directory, brings it in order and finds its snapshots.
  private func prepareDirectory() throws {
    guard let data = builder.data else { return }
    let path = data.path
    do {
      guard let held = try data.lock() else { throw CloudError.inUse(path) }
      lock.withLock { $0 = held }
      try data.recover(configured: configured)
      try findSnapshots(data)
      let incarnations = try data.incarnations()
      state.withLock { $0.incarnations = incarnations }
    } catch let error as CloudError {
      throw error
    } catch {
      throw CloudError.directory(path, reason: "\(error)", trouble: StorageTrouble(error))
    }
  }

  /// A snapshot that cannot be read stays where it is, for whoever can mend it.
  private func findSnapshots(_ data: DataDirectory) throws {
    for id in try data.snapshotIDs {
      if let snapshot = Snapshot(id, in: SharedDirectory(data.snapshot(id))) {
        state.withLock { $0.snapshots[id] = snapshot }
      } else {
        builder.log.error("a snapshot cannot be read", metadata: ["directory": "\(data.snapshot(id))"])
      }
    }
  }

  /// The worlds on the disk beside those of the configuration.
  private func recordedWorlds() throws -> [WorldRecord] {
    guard let data = builder.data else { return [] }
    do throws(File.Failure) {
      return try data.worldNames.filter { !configured.contains($0) }.compactMap { WorldRecord.read($0, in: data) }
    } catch {
      throw CloudError.directory(data.path, reason: "\(error)", trouble: error.trouble)
    }
  }

  /// Ends the worlds that belong to one which is there no more.
  private func endOrphans() async {
    let orphans = state.withLock { state in
      state.entries.values.filter { $0.record.owner.map { state.entries[$0] == nil } == true }.map(\.record.name)
    }
    for name in orphans {
      do {
        try await delete(world: name)
      } catch {
        builder.log.error("a world cannot be ended", metadata: ["world": "\(name)", "reason": "\(error)"])
      }
    }
  }

  /// Ends all worlds.
  func close() async {
    let last = state.withLock { state in
      defer { state = State() }
      return state
    }
    for entry in last.entries.values {
      entry.expiry?.cancel()
      entry.waiting.values.forEach { $0.resume() }
    }
    for visit in last.serving.values { await visit.world.close() }
    seeded.withLock { $0 = nil }
    lock.withLock { $0 = nil }
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
}

/// The machine's time.
func systemTime() -> Timestamp {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return Timestamp(microseconds: now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
}
