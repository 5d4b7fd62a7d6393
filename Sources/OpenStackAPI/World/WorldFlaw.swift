import Persistence

/// What is wrong with what is stored of a world.
public struct WorldFlaw: Sendable, Equatable {
  /// A sentence for whoever asks.
  public let summary: String
  /// What was found, for those who may use the control interface, and for the log.
  public let reason: String

  /// A flaw in words.
  public init(_ summary: String, reason: String) { (self.summary, self.reason) = (summary, reason) }

  /// Why a world cannot be opened.
  public init(_ error: any Error) {
    self.init(StorageTrouble(error)?.sentence ?? "It cannot be opened.", reason: "\(error)")
  }
}

extension World {
  /// What was found to be wrong with its rows or bytes since it was opened; `nil` while nothing was.
  public var flaw: WorldFlaw? {
    if let damage = database.foundDamage {
      return WorldFlaw(StorageTrouble.damaged.sentence, reason: "the database is damaged: \(damage)")
    }
    let missing = blobs.missingCount
    guard missing > 0 else { return nil }
    return WorldFlaw(
      "The bytes of some of its images are missing.", reason: "\(missing) files are missing in \(blobs.directory)")
  }
}

extension StorageTrouble {
  /// What is wrong with a world whose storage is in trouble.
  public var sentence: String {
    switch self {
    case .full: "Its disk is full."
    case .exhausted: "The server is out of file descriptors or memory."
    case .busy: "Its database is in use by another program."
    case .damaged: "What is stored of it is damaged."
    case .failed: "Its storage cannot be read or written."
    }
  }
}
