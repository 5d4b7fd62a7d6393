import Glibc

/// Why storage cannot do its work: what whoever asked for it can be told, and whoever keeps the machine can mend.
public enum StorageTrouble: String, Sendable, Hashable {
  /// There is no room: on the disk, in the user's quota, or for a larger file.
  case full
  /// The process has no descriptors or no memory left.
  case exhausted
  /// Somebody outside this process holds a lock.
  case busy
  /// What is stored is not what was stored.
  case damaged
  /// The system refuses: an error of the device, a file system that may only be read, missing rights.
  case failed

  /// What an error of the system means for storage.
  public init(errno code: Int32) {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: self = .full
    case EMFILE, ENFILE, ENOMEM: self = .exhausted
    default: self = .failed
    }
  }
}

extension StorageTrouble {
  /// The trouble that an error tells of; `nil` for any other error.
  public init?(_ error: any Error) {
    guard let trouble = (error as? any StorageError)?.trouble else { return nil }
    self = trouble
  }
}

/// An error of a database, of blobs or of files, which knows what the trouble is.
public protocol StorageError: Error {
  /// The trouble; `nil` for an error that is no fault of the storage.
  var trouble: StorageTrouble? { get }
}

extension DatabaseError: StorageError {
  /// The trouble; `nil` for a broken constraint, a mistake in a statement and the like.
  public var trouble: StorageTrouble? {
    switch self {
    case .full: .full
    case .exhausted: .exhausted
    case .busy: .busy
    case .corrupt, .column: .damaged
    case .openFailed, .failed: .failed
    case .inUse, .newerVersion, .migration, .constraint, .closed, .bindings, .searchTooLong, .sqlite: nil
    }
  }
}

extension SystemError: StorageError {
  /// What the system's number for it means.
  public var trouble: StorageTrouble? { StorageTrouble(errno: code) }
}

extension BlobError: StorageError {
  /// The trouble; `nil` for a blob that is not there, or there already, and the like.
  public var trouble: StorageTrouble? {
    switch self {
    case .noSpace: .full
    case .system(let code, _): StorageTrouble(errno: code)
    case .notFound, .exists, .invalidID, .closed, .finished, .inUse: nil
    }
  }
}
