import Glibc
import HTTPServer
import OpenStackAPI
import Persistence
import PocketStack

/// Why the command ended, by the numbers of sysexits(3).
enum ExitStatus: Int32 {
  /// The running cloud refused.
  case refused = 1
  /// Whether something differs, or was left behind, could not be found out.
  case notFoundOut = 2
  /// A database written by a later version, or damaged.
  case badData = 65
  /// A port or a database that another program has, or no cloud where one was to be asked.
  case unavailable = 69
  /// A failure of ours, or of the system.
  case failure = 70
  /// Too few descriptors, or too little memory, allowed by the system.
  case resources = 71
  /// A file or directory that cannot be made or written, also for want of room.
  case cannotCreate = 73
  /// What was waited for did not come in time.
  case timedOut = 75
  /// A mistake in the configuration.
  case configuration = 78

  /// The status for an error that is not the argument parser's own.
  init?(of error: any Error) {
    switch error {
    case is ConfigurationError, is PolicySyntaxError: self = .configuration
    case is HTTPServerError: self = .unavailable
    case let error as CloudError: self = Self.status(of: error)
    case let failure as CommandFailure: self = failure.status
    case is FindingFailure: self = .notFoundOut
    case let failure as ControlFailure: self = Self.status(of: failure)
    case let error as any StorageError:
      guard let trouble = error.trouble else { return nil }
      self = Self.status(of: trouble)
    default: return nil
    }
  }

  private static func status(of failure: ControlFailure) -> ExitStatus {
    switch failure.status {
    case nil: .unavailable
    case 408: .timedOut
    default: .refused
    }
  }

  private static func status(of error: CloudError) -> ExitStatus {
    error.trouble.map(status) ?? statusWithoutTrouble(of: error)
  }

  private static func status(of trouble: StorageTrouble) -> ExitStatus {
    switch trouble {
    case .full, .failed: .cannotCreate
    case .exhausted: .resources
    case .busy: .unavailable
    case .damaged: .badData
    }
  }

  private static func statusWithoutTrouble(of error: CloudError) -> ExitStatus {
    switch error {
    case .directory, .blobs: .cannotCreate
    case .inUse: .unavailable
    case .newerVersion, .record, .database, .empty, .snapshot: .badData
    case .seeding: .failure
    }
  }
}

/// A file that could not be written, or the like: a sentence.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  var status = ExitStatus.cannotCreate

  /// What the system said of a file.
  static func system(_ path: String) -> CommandFailure {
    CommandFailure(description: "\(path): \(String(cString: strerror(errno)))")
  }
}
