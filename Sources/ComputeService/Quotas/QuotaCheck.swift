import OpenStackAPI
import Persistence

/// Whether a project, and the user in it, may have more (Nova, "Quotas"). The check and what it allows happen in one
/// transaction, so that two requests cannot both take the last place.
struct QuotaCheck {
  /// The limits of the user in the project.
  let limits: QuotaLimits
  private let ofProject: (limits: QuotaLimits, usage: QuotaUsage?)
  private let ofUser: QuotaUsage?
  /// A rule for faults that says that there is no room.
  private let exhausted: DomainFailure?

  init(_ call: Call, _ db: Connection) throws {
    try self.init(project: call.projectID, user: call.caller.user.id, db, call.world)
  }

  /// Whoever calls, a server counts for its own project and user.
  init(project: String, user: String, _ db: Connection, _ world: World) throws {
    limits = try .of(project: project, user: user, db, world)
    ofProject = (try .of(project: project, db, world), try .counted(project: project, db, world))
    ofUser = try .counted(project: project, user: user, db, world)
    exhausted = world.faults.take(.quota, FaultSubject(project: project, user: user))
  }

  /// Refuses what the project has no room for, in Nova's words.
  /// `shown` is how the refusal calls the number of servers, where it is not that number.
  func reserve(instances: Int, cores: Int, ram: Int, shown: String? = nil) throws {
    let wanted: [(QuotaResource, Int)] = [(.cores, cores), (.instances, instances), (.ram, ram)]
    let exceeded = wanted.filter { $1 > 0 && left(of: $0) < $1 }
    guard !exceeded.isEmpty else { return }
    if let message = exhausted?.message { throw Fault.forbidden(message, reason: .injected) }
    func joined(_ text: (QuotaResource, Int) -> String) -> String { exceeded.map(text).joined(separator: ", ") }
    let names = joined { resource, _ in resource.name }
    throw Fault.forbidden(
      "Quota exceeded for \(names): Requested "
        + joined { resource, amount in resource.name == "instances" ? shown ?? "\(amount)" : "\(amount)" } + ", "
        + "but already used \(joined { resource, _ in "\(used(resource))" }) of "
        + "\(joined { resource, _ in "\(tighter(resource).limit)" }) \(names)", reason: .quota
    ).because(["exceeded": .array(exceeded.map(evidence)), "by_fault": .bool(exhausted != nil)])
  }

  /// How many servers of a flavor fit: at most `maximum`, and at least `minimum`, or the refusal.
  func fitting(_ minimum: Int, _ maximum: Int, flavor: Flavor) throws -> Int {
    var room = min(maximum, left(of: .instances))
    if flavor.vcpus > 0 { room = min(room, left(of: .cores) / flavor.vcpus) }
    if flavor.ram > 0 { room = min(room, left(of: .ram) / flavor.ram) }
    guard room >= minimum else {
      try reserve(
        instances: maximum, cores: flavor.vcpus * maximum, ram: flavor.ram * maximum,
        shown: minimum == maximum ? nil : "\(minimum)-\(maximum)")
      return maximum
    }
    return room
  }

  private func evidence(_ resource: QuotaResource, _ amount: Int) -> JSON {
    let (limit, used) = tighter(resource)
    return [
      "resource": .string(resource.name), "limit": .integer(limit), "used": .integer(used),
      "requested": .integer(amount),
    ]
  }

  private func used(_ resource: QuotaResource) -> Int { tighter(resource).used }

  private func left(of resource: QuotaResource) -> Int {
    let (limit, used) = tighter(resource)
    return limit < 0 ? Int.max : limit - used
  }

  /// The limit that leaves less room: the project's for all it has, or the user's for what is the user's.
  private func tighter(_ resource: QuotaResource) -> (limit: Int, used: Int) {
    func used(_ usage: QuotaUsage?) -> Int { usage.flatMap { resource.used?($0) } ?? 0 }
    let project = (limit: ofProject.limits[resource], used: used(ofProject.usage))
    let user = (limit: limits[resource], used: used(ofUser))
    if exhausted != nil { return (project.used, project.used) }
    guard user.limit >= 0 else { return project }
    guard project.limit >= 0 else { return user }
    return user.limit - user.used < project.limit - project.used ? user : project
  }
}
