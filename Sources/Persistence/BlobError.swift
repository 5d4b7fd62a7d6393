/// What can go wrong with blob files.
public enum BlobError: Error, Equatable, Sendable {
  /// The disk, or the quota, is full.
  case noSpace
  /// There is no blob of that name.
  case notFound(id: String)
  /// A blob of that name is there already, or is being written.
  case exists(id: String)
  /// The name is not fit to be a blob's.
  case invalidID(String)
  /// The store was closed.
  case closed
  /// The writer was already committed or abandoned.
  case finished
  /// Another server holds the directory.
  case inUse(path: String)
  /// A system call failed: its `errno`, and what it was about.
  case system(code: Int32, action: String)

  init(_ error: SystemError) {
    switch StorageTrouble(errno: error.code) {
    case .full: self = .noSpace
    default: self = .system(code: error.code, action: error.action)
    }
  }
}

extension BlobError: CustomStringConvertible {
  /// One line for a log.
  public var description: String {
    switch self {
    case .noSpace: "no space left for blobs"
    case .notFound(let id): "there is no blob \(id)"
    case .exists(let id): "there is a blob \(id) already"
    case .invalidID(let id): "\(id) is no name for a blob"
    case .closed: "the blob store is closed"
    case .finished: "the blob was committed or abandoned before"
    case .inUse(let path): "the blobs in \(path) are in use by another server"
    case .system(let code, let action): SystemError(action, code: code).description
    }
  }
}
