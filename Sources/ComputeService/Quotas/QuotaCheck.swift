import OpenStackAPI
import Persistence

/// Whether a project may have more (Nova, "Quotas"). The check and what it allows happen in one transaction, so that two
/// requests cannot both take the last place.
struct QuotaCheck {
  private let quota: ComputeSettings.Quota
  private let project: String
  private let db: Connection

  init(_ call: Call, _ db: Connection) throws {
    quota = call.world.compute.quota
    project = try call.projectID
    self.db = db
  }

  /// Refuses servers that the project has no room for, in Nova's words.
  func reserve(instances: Int, flavor: Flavor) throws {
    try reserve(instances: instances, cores: flavor.vcpus * instances, ram: flavor.ram * instances)
  }

  func reserve(instances: Int, cores: Int, ram: Int) throws {
    // What a project has is counted only where there is a limit to hold it against.
    guard [quota.instances, quota.cores, quota.ram].contains(where: { $0 >= 0 }) else { return }
    let usage = try Limits.Usage.of(project: project, db)
    let wanted: [(name: String, requested: Int, used: Int, limit: Int, unit: String)] = [
      ("cores", cores, usage.cores, quota.cores, "cores"),
      ("instances", instances, usage.instances, quota.instances, "instances"),
      ("ram", ram, usage.ram, quota.ram, "ram"),
    ]
    let exceeded = wanted.filter { $0.limit >= 0 && $0.requested > 0 && $0.used + $0.requested > $0.limit }
    guard let first = exceeded.first else { return }
    func joined(_ number: (Int, Int, Int) -> Int) -> String {
      exceeded.map { String(number($0.requested, $0.used, $0.limit)) }.joined(separator: ", ")
    }
    throw Fault.forbidden(
      "Quota exceeded for \(exceeded.map(\.name).joined(separator: ",")): Requested \(joined { a, _, _ in a }), "
        + "but already used \(joined { _, b, _ in b }) of \(joined { _, _, c in c }) \(first.unit)", reason: .quota)
  }
}
