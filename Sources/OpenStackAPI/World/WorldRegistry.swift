import Persistence

/// The worlds of a process, for whoever makes, forks and ends them. `PocketStack` is one; each world knows it
/// (`World.registry`).
public protocol WorldRegistry: AnyObject, Sendable {
  /// What the process listens on.
  var addresses: ServedAddresses { get }
  /// The services that every world has.
  var services: [Service] { get }

  /// The names of the worlds that the configuration wants to be there.
  var configured: [String] { get }
  /// The world of a name, if it serves right now.
  func world(_ name: String) -> World?

  /// All worlds, by name.
  var worlds: [WorldDescription] { get }
  /// The world of a name.
  func describe(world name: String) throws -> WorldDescription
  /// Whether a world of the configuration is still to be made, by the first request that comes to it.
  func isPending(world name: String) -> Bool
  /// Makes a world; returns when it serves.
  func create(_ plan: WorldPlan) async throws -> WorldDescription
  /// Takes a world back to what it was made from. Requests that come meanwhile wait. If it fails the world is as it was.
  func reset(world name: String) async throws -> WorldDescription
  /// Ends a world and removes all that it holds, and the worlds and snapshots that belong to it.
  func delete(world name: String) async throws

  /// How many snapshots there are.
  var snapshotCount: Int { get }
  /// The snapshots that a world sees, by name: its own, and the cloud's but for those whose names its own have. The main
  /// world sees all.
  func snapshots(seenFrom world: String) -> [SnapshotDescription]
  /// The snapshot of a name.
  func describe(snapshot name: String, seenFrom world: String) throws -> SnapshotDescription
  /// Saves all rows and bytes of a world as they are now, while it serves. Without a name it gets one. It ends with its
  /// owner; `nil` makes it the cloud's own.
  func save(world: String, as name: String?, for owner: String?) async throws -> SnapshotDescription
  /// Takes a world to what a snapshot holds. Requests that come meanwhile wait. If it fails the world is as it was.
  func restore(snapshot name: String, seenFrom viewer: String, into world: String) async throws -> WorldDescription
  /// Lends a connection that reads the rows of a snapshot, with the tables as they are today.
  func read(snapshot name: String, seenFrom world: String, _ body: (Connection) throws -> Void) throws
  /// Forgets a snapshot; worlds made from it stay.
  func delete(snapshot name: String, seenFrom world: String) async throws
  /// A snapshot as one file, a tar archive.
  func export(snapshot name: String, seenFrom world: String) async throws -> SnapshotFile
  /// Takes in what `export` gave out, here or elsewhere, piece by piece; `nil` is its end. Refuses what has more bytes
  /// than `limit`, and rows that are not in the tables of this program.
  func importSnapshot(
    as name: String?, for owner: String?, limit: Int, _ next: @escaping () async throws -> [UInt8]?
  ) async throws -> SnapshotDescription
}

/// A snapshot on its way out.
public struct SnapshotFile: Sendable {
  /// How many bytes it has.
  public let length: Int
  /// Writes all of them, piece by piece, to a function.
  public let write: @Sendable (@Sendable ([UInt8]) async throws -> Void) async throws -> Void

  /// A file of so many bytes.
  public init(
    length: Int, write: @escaping @Sendable (@Sendable ([UInt8]) async throws -> Void) async throws -> Void
  ) {
    (self.length, self.write) = (length, write)
  }
}

/// What a new world begins with.
public enum WorldSource: Sendable, Equatable {
  /// What the configuration's `seed` says.
  case configuration
  /// Nothing but what it takes to log in: the part of `seed` that is Keystone's.
  case empty
  /// All that another world holds at this moment.
  case world(String)
  /// All that a snapshot holds.
  case snapshot(String)
}

extension WorldSource {
  /// Whether it is another world's content.
  public var isFork: Bool {
    switch self {
    case .configuration, .empty: false
    case .world, .snapshot: true
    }
  }

  /// As the control interface takes and shows it: `null`, or an object of one member.
  public var json: JSON {
    switch self {
    case .configuration: .null
    case .empty: ["empty": true]
    case .world(let name): ["world": .string(name)]
    case .snapshot(let name): ["snapshot": .string(name)]
    }
  }

  /// Reads what `json` writes.
  public init?(_ json: JSON) {
    switch json.object?.members.first {
    case nil where json.isNull: self = .configuration
    case ("empty", .bool(true))?: self = .empty
    case ("world", .string(let name))?: self = .world(name)
    case ("snapshot", .string(let name))?: self = .snapshot(name)
    default: return nil
    }
  }
}

/// How a new world is to be.
public struct WorldPlan: Sendable {
  /// Its name; without one it gets one.
  public var name: String?
  /// What it begins with.
  public var source: WorldSource
  /// With a seed, every run makes the same identifiers and secrets.
  public var seed: UInt64?
  /// Whether it ends with the process; without a word it is kept as the cloud's other worlds are.
  public var isInMemory: Bool?
  /// After which time, by the machine's clock, it is deleted.
  public var timeToLive: Duration?
  /// How its clock goes; without a word as the other's that it is made from, or the machine's.
  public var clock: ClockSetting?
  /// The world that sees the source's name.
  public var viewer: String
  /// The world that it belongs to, and ends with; `nil` for the cloud's own.
  public var owner: String?
  /// How many worlds there may be with it.
  public var limit: Int

  /// A plan.
  public init(
    name: String? = nil, from source: WorldSource = .configuration, seed: UInt64? = nil, isInMemory: Bool? = nil,
    timeToLive: Duration? = nil, clock: ClockSetting? = nil, viewer: String = WorldName.main, owner: String? = nil,
    limit: Int = .max
  ) {
    (self.clock, self.viewer, self.owner, self.limit) = (clock, viewer, owner, limit)
    (self.name, self.source, self.seed) = (name, source, seed)
    (self.isInMemory, self.timeToLive) = (isInMemory, timeToLive)
  }
}

/// A world as it is.
public struct WorldDescription: Sendable {
  /// Its name.
  public let name: String
  /// What it was made from.
  public let source: WorldSource
  /// The seed of its identifiers.
  public let seed: UInt64?
  /// Whether it ends with the process.
  public let isInMemory: Bool
  /// When it was made, by the machine's clock.
  public let createdAt: Timestamp
  /// When it will be deleted, by the machine's clock.
  public let expiresAt: Timestamp?
  /// The world that it belongs to, and ends with; `nil` for the cloud's own.
  public let owner: String?

  /// What is wrong with it, where something is. A world that cannot be opened does not serve.
  public var flaw: WorldFlaw?

  /// A description.
  public init(
    name: String, source: WorldSource, seed: UInt64?, isInMemory: Bool, createdAt: Timestamp, expiresAt: Timestamp?,
    owner: String? = nil
  ) {
    self.owner = owner
    (self.name, self.source, self.seed) = (name, source, seed)
    (self.isInMemory, self.createdAt, self.expiresAt) = (isInMemory, createdAt, expiresAt)
  }
}

/// A snapshot as it is.
public struct SnapshotDescription: Sendable {
  /// Its name.
  public let name: String
  /// The world that it belongs to, and ends with; `nil` for the cloud's own.
  public let owner: String?
  /// The world that it was taken of.
  public let world: String
  /// When, by the machine's clock.
  public let createdAt: Timestamp
  /// How many bytes its rows and blobs have; blobs share theirs with the world and with other snapshots.
  public let bytes: Int

  /// A description.
  public init(name: String, owner: String?, world: String, createdAt: Timestamp, bytes: Int) {
    (self.name, self.owner) = (name, owner)
    (self.world, self.createdAt, self.bytes) = (world, createdAt, bytes)
  }
}
