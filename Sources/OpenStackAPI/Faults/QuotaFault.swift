extension Call {
  /// What a rule for faults says of the caller's quota: that it is used up.
  public var exhaustedQuota: DomainFailure? {
    get throws {
      let (caller, faults) = (try caller, world.faults)
      return faults.take(.quota, FaultSubject(project: caller.projectID, user: caller.user.id))
    }
  }

  /// Refuses, in the service's words or the rule's, what a rule for faults finds to be too much.
  public func refuseByFault(_ refusal: @autoclosure () throws -> Fault) throws {
    guard let failure = try exhaustedQuota else { return }
    let refusal = try refusal()
    throw Fault(refusal.status, failure.message ?? refusal.message, reason: .injected)
  }
}
