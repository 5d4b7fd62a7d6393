import Locking
import Logging
import Persistence

/// One whole cloud: its storage, its clock, its identifiers and its settings. It reaches every handler inside the call;
/// nothing of it is global, so that one process can hold many.
public final class World: Sendable {
  /// The name in `/worlds/<name>/`; `default` also answers the plain paths.
  public let name: String
  /// How many worlds of this name there were before with a seed, whose secrets would be the same.
  public let incarnation: Int
  /// The rows.
  public let database: Database
  /// The bytes of images and objects.
  public let blobs: BlobStore
  /// The time.
  public let clock: WorldClock
  /// Where identifiers, secrets and chance come from.
  public let identifiers: Identifiers
  /// The same for the requests of the control interface, which must not disturb the others' order.
  public let controlIdentifiers: Identifiers
  /// What the configuration says, one value per service.
  public let settings: Settings
  /// The policy rules in force.
  public let policies: Policies
  /// How services reach one another.
  public let crossings: Crossings
  /// The log.
  public let log: Logger
  /// The rules for faults.
  public let faults = FaultRules()
  /// The last requests.
  public let journal: Journal
  /// What all worlds of a cloud count together.
  public let metrics: CloudMetrics
  /// What the services tell of changes.
  public let notifications: Notifications
  let transitionRunner: TransitionRunner
  private let memory = WorldMemory()
  /// The kinds of resource that can be waited for, by name.
  let resources: [String: ResourceKind]
  /// Whether somebody sets or moves the clock right now.
  let clockMoves = Locked(false)
  /// What a world has in common with those it was forked from and those forked from it: findings that hold in each of
  /// them, such as which password fits which hash.
  public let lineage: WorldMemory
  /// The worlds beside this one.
  public weak let registry: (any WorldRegistry)?

  /// A world of these parts. `transitions` and `works` map a kind of transition to what carries it out.
  public init(
    name: String, incarnation: Int = 0, database: Database, blobs: BlobStore, clock: WorldClock,
    identifiers: Identifiers,
    settings: Settings, policies: Policies, crossings: Crossings, log: Logger,
    transitions: [String: TransitionHandler] = [:], works: [String: TransitionWork] = [:],
    resources: [ResourceKind] = [], notifications: [NotificationSource] = [], lineage: WorldMemory = WorldMemory(),
    metrics: CloudMetrics = CloudMetrics(), registry: (any WorldRegistry)? = nil
  ) {
    controlIdentifiers = identifiers.branch()
    let waited = resources.filter { $0.status != nil }
    self.resources = Dictionary(waited.map { ($0.name, $0) }) { first, _ in first }
    (self.lineage, self.metrics, self.registry) = (lineage, metrics, registry)
    (self.name, self.incarnation) = (name, incarnation)
    (self.database, self.blobs, self.clock) = (database, blobs, clock)
    (self.identifiers, self.settings, self.policies) = (identifiers, settings, policies)
    (self.crossings, self.log) = (crossings, log)
    self.notifications = Notifications(notifications)
    journal = Journal(settings.get(default: JournalSettings()))
    transitionRunner = TransitionRunner(handlers: transitions, works: works)
  }

  /// The moment it is in this world.
  public var now: Timestamp { clock.now }

  /// Reads rows, on the caller's thread.
  public func read<T>(_ body: (Connection) throws -> T) throws -> T { try database.read(body) }

  /// Changes rows, all or none; returns when the change is durable. Transitions that became due run afterwards: at once,
  /// or, while the clock stands, once the request has its answer.
  /// With `spendingReserve` a full disk gives its last room (`DiskReserve`): for what ends something that was begun, and
  /// for what has to work so that things can be removed.
  public func write<T: Sendable>(
    spendingReserve: Bool = false, _ body: @escaping @Sendable (Connection) throws -> T
  ) async throws -> T {
    let value =
      spendingReserve
      ? try await DiskReserve.spend { try await database.write(body) } : try await database.write(body)
    if !clock.isStopped { transitionRunner.check(self) }
    return value
  }

  /// Begins to carry out what became due, if that waited for the end of a request.
  public func carryOutDue() { transitionRunner.check(self) }

  /// Begins to carry out transitions, those left by an earlier run first.
  public func start() {
    clock.onMove { [weak self] in if let self { self.transitionRunner.check(self, force: true) } }
    transitionRunner.start(self)
  }

  /// Ends the answers that go on for as long as the world does.
  public func endFollowing() {
    journal.close()
    notifications.close()
  }

  /// Waits for the transitions under way, ends the world's work and closes its files.
  public func close() async {
    endFollowing()
    await transitionRunner.stop()
    database.close()
    blobs.close()
  }

  /// Waits until every transition that is due now has been carried out, works included; or, with a limit, for so long by
  /// the machine's clock.
  public func settle(within limit: Duration? = nil) async { await transitionRunner.settle(self, within: limit) }

  /// What a service keeps in memory for this world (a cache), made on first use.
  public func remembered<T: Sendable>(_ type: T.Type = T.self, make: () -> T) -> T {
    memory.remembered(type, make: make)
  }
}

/// What the configuration says, one value per service.
public struct Settings: Sendable {
  private var values: [ObjectIdentifier: any Sendable] = [:]

  /// No settings.
  public init() {}

  /// Keeps a service's settings.
  public mutating func set<T: Sendable>(_ value: T) { values[ObjectIdentifier(T.self)] = value }

  /// A service's settings, or what it falls back to.
  public func get<T: Sendable>(_ type: T.Type = T.self, default fallback: @autoclosure () -> T) -> T {
    values[ObjectIdentifier(type)] as? T ?? fallback()
  }
}
