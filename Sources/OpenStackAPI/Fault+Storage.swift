import Persistence

extension Fault {
  /// 507 or 503: the storage cannot do what was asked. Who keeps the machine can mend that, and the client cannot; the
  /// details are for the log.
  public init(_ trouble: StorageTrouble) {
    switch trouble {
    // webob's words for 507. RFC 4918 wants nobody to try again by himself, so there is no Retry-After.
    case .full:
      self.init(
        507, "There was not enough space to save the resource: the disk of this cloud is full.", reason: .storage)
    case .exhausted:
      self.init(
        503, "This cloud is out of file descriptors or memory. Please try again later.", reason: .storage,
        headers: Self.soon)
    case .busy:
      self.init(
        503, "The database of this cloud is in use by another program. Please try again later.", reason: .storage,
        headers: Self.soon)
    case .damaged: self.init(503, "The database of this cloud is damaged.", reason: .storage)
    case .failed: self.init(503, "The storage of this cloud cannot be read or written.", reason: .storage)
    }
  }

  private static let soon = [(name: "Retry-After", value: "1")]
}
