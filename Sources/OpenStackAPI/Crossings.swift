import Persistence

/// How services reach one another without importing one another. `PocketStack` fills it in; the identity service's
/// part must be there, what others offer may be missing from a small cloud.
public struct Crossings: Sendable {
  /// Who a token belongs to.
  public let tokens: any TokenAuthority
  /// The images that servers boot from.
  public let images: (any ImageCatalog)?

  /// The parts that services offer one another.
  public init(tokens: any TokenAuthority, images: (any ImageCatalog)? = nil) {
    (self.tokens, self.images) = (tokens, images)
  }
}

/// Checks tokens: Keystone's side of keystonemiddleware.
public protocol TokenAuthority: Sendable {
  /// The path of the identity API below an origin: `/identity`.
  var path: String { get }
  /// What a token says, or `Fault.unauthorized`.
  func authorization(for token: String, in world: World) throws -> Authorization
  /// The ids of the users or projects that are called so, or have that id.
  func identifiers(of kind: NamedKind, named name: String, _ db: Connection) throws -> [String]
  /// Whether a project exists.
  func projectExists(_ id: String, _ db: Connection) throws -> Bool
}

/// What rules name by id or by name.
public enum NamedKind: Sendable {
  case user, project
}

/// What Nova needs of an image.
public struct ImageSummary: Sendable {
  /// The image's id.
  public let id: String
  /// Its name.
  public let name: String?
  /// `active`, `queued`, ...
  public let status: String
  /// Bytes; `nil` before the upload.
  public let size: Int?
  /// Bytes of the disk inside; `nil` where unknown.
  public let virtualSize: Int?
  /// Disk in GB that a server needs at least.
  public let minDisk: Int
  /// Memory in MB that a server needs at least.
  public let minRAM: Int
  /// When it was registered.
  public let createdAt: Timestamp
  /// When it last changed.
  public let updatedAt: Timestamp
  /// The project it belongs to.
  public let owner: String?
  /// Its custom properties.
  public let properties: [String: String]
  /// `qcow2`, `raw`, ...
  public let diskFormat: String?
  /// `bare`, ...
  public let containerFormat: String?

  /// A summary.
  public init(
    id: String, name: String?, status: String, size: Int?, virtualSize: Int?, minDisk: Int, minRAM: Int,
    createdAt: Timestamp, updatedAt: Timestamp, owner: String?, properties: [String: String], diskFormat: String?,
    containerFormat: String?
  ) {
    (self.id, self.name, self.status, self.size) = (id, name, status, size)
    (self.virtualSize, self.minDisk, self.minRAM) = (virtualSize, minDisk, minRAM)
    (self.createdAt, self.updatedAt, self.owner) = (createdAt, updatedAt, owner)
    (self.properties, self.diskFormat, self.containerFormat) = (properties, diskFormat, containerFormat)
  }
}

/// A new image made from a server.
public struct SnapshotRequest: Sendable {
  /// The image's id, chosen by the caller.
  public let id: String
  /// Its name.
  public let name: String
  /// The project it belongs to.
  public let owner: String
  /// Another project that it is shared with.
  public let sharedWith: String?
  /// The image whose bytes, formats and minima the snapshot takes over, if that still exists.
  public let source: String?
  /// Its custom properties.
  public let properties: [String: String]
  /// Disk in GB that a server made from it needs at least.
  public let minDisk: Int

  /// A request.
  public init(
    id: String, name: String, owner: String, sharedWith: String? = nil, source: String?,
    properties: [String: String], minDisk: Int
  ) {
    (self.id, self.name, self.owner, self.sharedWith, self.source) = (id, name, owner, sharedWith, source)
    (self.properties, self.minDisk) = (properties, minDisk)
  }
}

/// Glance, as Nova uses it. All of it happens in the caller's transaction.
public protocol ImageCatalog: Sendable {
  /// An image that the caller may see, or `nil`.
  func image(_ id: String, visibleTo caller: Authorization, _ db: Connection) throws -> ImageSummary?
  /// An image by id, whoever may see it (for what is known already); `nil` when it is gone.
  func image(_ id: String, _ db: Connection) throws -> ImageSummary?
  /// The images that the caller may see, oldest first, for Nova's proxy.
  func images(visibleTo caller: Authorization, _ db: Connection) throws -> [ImageSummary]
  /// Registers a snapshot in the state `queued`.
  func createSnapshot(_ request: SnapshotRequest, _ db: Connection, _ world: World) throws
  /// Gives a snapshot its bytes: it becomes `active`.
  func completeSnapshot(_ id: String, _ db: Connection, _ world: World) throws
  /// Deletes an image of the caller's; `false` when there is none, a fault when it is protected or another's.
  func delete(_ id: String, by caller: Authorization, _ db: Connection, _ world: World) throws -> Bool
  /// Deletes an image that Nova made for its own ends; one that is gone or protected stays as it is.
  func discard(_ id: String, _ db: Connection, _ world: World) throws
  /// The ids of the images that have all of these custom properties, the newest first.
  func images(with properties: [String: String], _ db: Connection) throws -> [String]
  /// Replaces an image's custom properties.
  func setProperties(
    _ id: String, _ properties: [String: String], by caller: Authorization, _ db: Connection, _ world: World) throws
}
