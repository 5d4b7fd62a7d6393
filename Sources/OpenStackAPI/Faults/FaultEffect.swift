/// What a rule for faults does to what it matches.
public enum FaultEffect: Sendable, Equatable {
  /// A refusal in the service's own shape; without a message in the words that fit the status.
  case error(status: Int, message: String?, retryAfter: Duration?)
  /// An answer that comes late, by the machine's clock: so much, and up to `jitter` more.
  case delay(Duration, jitter: Duration)
  /// No answer: the connection ends before the request has any effect.
  case drop
  /// Half an answer to a request that has had its effect; then the connection ends.
  case cut
  /// An answer that trickles.
  case slow(bytesPerSecond: Int)
  /// A token that is not good any more.
  case expiredToken
  /// Something that goes wrong inside a service.
  case domain(DomainFault, message: String?, taskState: String?)
}

/// What can go wrong inside a service, after it has accepted a request or while it checks one.
public enum DomainFault: String, Sendable, CaseIterable {
  /// The scheduler finds no host for a server.
  case noValidHost = "no-valid-host"
  /// The host fails to start a server.
  case spawning
  /// The bytes of an image do not get into their store.
  case imageUpload = "image-upload"
  /// A project has used up what it may have.
  case quota
  /// A server stays in a task state for good.
  case stuck
  /// A resize comes to nothing, and the server is as it was.
  case resize
  /// A server cannot be deleted.
  case deletion
}

/// A domain fault that strikes.
public struct DomainFailure: Sendable {
  /// The rule's words; `nil` for the service's own.
  public let message: String?
  /// A failure with words of its own, or without.
  public init(message: String?) { self.message = message }
}
