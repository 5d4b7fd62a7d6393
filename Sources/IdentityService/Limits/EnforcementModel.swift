import OpenStackAPI
import Persistence

/// Whether limits of projects are held against those of their domains (keystone.conf, [unified_limit]
/// enforcement_model).
enum EnforcementModel: String, Sendable, CaseIterable {
  case flat
  case strictTwoLevel = "strict_two_level"

  /// Keystone's words.
  var description: String {
    switch self {
    case .flat: "Limit enforcement and validation does not take project hierarchy into consideration."
    case .strictTwoLevel: "This model requires project hierarchy never exceeds a depth of two"
    }
  }

  /// Refuses limits that do not fit those above or below them, of which some may be in the same request.
  func check(_ limits: [LimitDraft], _ db: Connection) throws {
    guard self == .strictTwoLevel else { return }
    for limit in limits where try !Self.fits(limit, among: limits, db) {
      throw Fault.forbidden("Invalid resource limit: \(limit.refusal).", reason: .state)
    }
  }

  /// A project's limit must not be above its domain's, nor a domain's below one of its projects'.
  private static func fits(_ limit: LimitDraft, among limits: [LimitDraft], _ db: Connection) throws -> Bool {
    guard let project = limit.projectID else {
      let lowest = try db.scalar(
        "SELECT max(resource_limit) FROM limits JOIN projects ON projects.id = limits.project_id "
          + "WHERE projects.domain_id = ? AND \(LimitDraft.isSameResource)", [limit.domainID] + limit.resource,
        as: Int.self)
      return lowest.map { $0 == 0 || limit.value >= $0 } ?? true
    }
    guard let parent = try Project.find(project, db)?.parentID else { return true }
    if let above = limits.first(where: { $0.domainID == parent && $0.hasResource(of: limit) }) {
      return limit.value <= above.value
    }
    let ofDomain = try db.scalar(
      "SELECT resource_limit FROM limits WHERE domain_id = ? AND \(LimitDraft.isSameResource)",
      [parent] + limit.resource, as: Int.self)
    let above =
      try ofDomain
      ?? db.scalar(
        "SELECT default_limit FROM registered_limits WHERE \(LimitDraft.isSameResource)", limit.resource, as: Int.self)
    return above.map { $0 == 0 || limit.value <= $0 } ?? true
  }
}

/// A limit as a request has it: what is checked before it is kept.
struct LimitDraft: Sendable {
  var projectID: String?
  var domainID: String?
  let serviceID: String
  let regionID: String?
  let resourceName: String
  var value: Int

  /// The condition that a row of either table is about the same resource, which `resource` fills in.
  static let isSameResource =
    "service_id = ? AND region_id IS ? AND \(GeneralCollation.key(sql: "resource_name")) = \(GeneralCollation.key(sql: "?"))"
  var resource: [any Bindable] { [serviceID, regionID, resourceName] }

  func hasResource(of other: LimitDraft) -> Bool {
    serviceID == other.serviceID && regionID == other.regionID
      && NameKeys.areEqual(resourceName, other.resourceName)
  }

  /// How Keystone names a limit that does not fit.
  fileprivate var refusal: String {
    let owner = projectID.map { "project_id: \($0)" } ?? "domain_id: \(domainID ?? "None")"
    return "The resource limit (\(owner), resource_name: \(resourceName), resource_limit: \(value), "
      + "service_id: \(serviceID), region_id: \(regionID ?? "None")) doesn't satisfy current hierarchy model."
  }
}

extension IdentitySettings {
  /// How many projects may stand below one another, a domain aside: what is configured, or what the model of limits can
  /// do with, if that is less.
  var allowedDepth: Int { enforcementModel == .strictTwoLevel ? min(projectDepth, 2) : projectDepth }
}
