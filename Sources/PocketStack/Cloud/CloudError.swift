import Persistence

/// Why a cloud could not be opened.
public enum CloudError: Error, CustomStringConvertible {
  /// A world's directory could not be made or cleared.
  case directory(String, reason: String, trouble: StorageTrouble? = nil)
  /// A file beside the worlds' rows, such as the record of a world, cannot be read, or does not say what it should.
  case record(String, reason: String, trouble: StorageTrouble? = .damaged)
  /// Another server has the world's files.
  case inUse(String)
  /// A world's database was written by a later version; nothing was changed.
  case newerVersion(String, DatabaseError)
  /// A world's database cannot be used.
  case database(String, DatabaseError)
  /// A world's database is there and holds no world: something emptied it. It is left as it is.
  case empty(String)
  /// A world's bytes cannot be used.
  case blobs(String, BlobError)
  /// A cloud cannot begin with a snapshot.
  case snapshot(String, reason: String)
  /// The first filling of a new world failed.
  case seeding(world: String, service: String, reason: String, trouble: StorageTrouble? = nil)

  /// A sentence for the log or the terminal.
  public var description: String {
    switch self {
    case .directory(let path, let reason, _): "\(path): cannot be used as a data directory: \(reason)"
    case .record(let path, let reason, _): "\(path): \(reason)"
    case .inUse(let path): "\(path) is in use by another server"
    case .newerVersion(let path, let error): "\(path): \(error); nothing was changed"
    case .database(let path, let error): "\(path): \(error)"
    case .empty(let path): "\(path): there is no world in the database; nothing was changed"
    case .blobs(let path, let error): "\(path): \(error)"
    case .snapshot(let path, let reason): "\(path): the cloud cannot begin with it: \(reason)"
    case .seeding(let world, let service, let reason, _):
      "seeding the world \(world), service \(service): \(reason)"
    }
  }

  init(_ path: String, _ error: DatabaseError) {
    switch error {
    case .inUse: self = .inUse(path)
    case .newerVersion: self = .newerVersion(path, error)
    default: self = .database(path, error)
    }
  }

  init(_ path: String, _ error: BlobError) {
    if case .inUse = error { self = .inUse(path) } else { self = .blobs(path, error) }
  }
}

extension CloudError: StorageError {
  /// That of what it holds.
  public var trouble: StorageTrouble? {
    switch self {
    case .directory(_, _, let trouble), .record(_, _, let trouble), .seeding(_, _, _, let trouble): trouble
    case .database(_, let error): error.trouble
    case .blobs(_, let error): error.trouble
    case .empty: .damaged
    case .inUse, .newerVersion, .snapshot: nil
    }
  }
}
