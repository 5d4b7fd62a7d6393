import OpenStackAPI
import Persistence

/// The rules that Glance's policies are made of (glance/policies/base.py).
enum ImageRules {
  private static let inProject = "project_id:%(project_id)s"
  private static let reachable =
    "(project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s"
    + " or 'public':%(visibility)s or 'shared':%(visibility)s)"

  static let reader = PolicyRule("rule:context_is_admin or (role:reader and \(inProject))")
  static let member = PolicyRule("rule:context_is_admin or (role:member and \(inProject))")
  static let creator = PolicyRule("rule:context_is_admin or (role:member and \(inProject) and project_id:%(owner)s)")
  static let viewer = PolicyRule("rule:context_is_admin or (role:reader and \(reachable))")
  static let downloader = PolicyRule("rule:context_is_admin or (role:member and \(reachable))")

  static let locator = PolicyRule(
    "rule:service_or_admin or (role:member and \(inProject) and project_id:%(owner)s)")
  static let memberReader = PolicyRule(
    "rule:context_is_admin or role:reader and (\(inProject) or project_id:%(member_id)s)")
  static let sharedMember = PolicyRule("rule:context_is_admin or (role:member and project_id:%(member_id)s)")

  /// Rules that no route names.
  static let others: [String: PolicyRule] = [
    "publicize_image": .admin, "communitize_image": member, "copy_image": .admin,
    "get_image_location": reader, "set_image_location": member,
  ]
}

extension Image {
  /// Whether a caller sees the image at all. What is not seen does not exist for the caller, whatever the policy says.
  func isVisible(to caller: Authorization, _ db: Connection) throws -> Bool {
    if caller.isAdmin || owner == nil || visibility == .public || visibility == .community { return true }
    guard let project = caller.projectID else { return false }
    if owner == project { return true }
    return try visibility == .shared
      && db.exists("SELECT 1 FROM image_members WHERE image_id = ? AND member = ?", id, project)
  }

  /// The image as policy rules see it.
  func target(for caller: Authorization) -> PolicyTarget {
    var target = ["id": id, "status": status.rawValue, "visibility": visibility.rawValue]
    target["project_id"] = owner
    target["owner"] = owner
    if visibility == .shared, owner != caller.projectID { target["member_id"] = caller.projectID }
    return target
  }

  static func notFound(_ id: String) -> Fault { .notFound("No image found with ID \(id)") }
}

extension Call {
  /// The image that the path names, if the caller sees it; otherwise `missing` says what the client reads.
  func visibleImage(_ db: Connection, missing: (String) -> Fault = Image.notFound) throws -> Image {
    let id = parameter("image_id")
    guard let image = try Image.find(id, db), try image.isVisible(to: caller, db) else { throw missing(id) }
    return image
  }

  /// Refuses what the route's rule (or another) forbids. An image that the caller may not even look at is "not found".
  func authorize(_ image: Image, rule: String? = nil) throws {
    let rule = rule ?? route.operation
    let target = try image.target(for: caller)
    guard !isAllowed(rule, target) else { return }
    guard rule != "get_image", isAllowed("get_image", target) else {
      throw Fault.notFound("The resource could not be found.", reason: .policy)
    }
    throw exchange.service.dialect.denied(rule)
  }

  /// Refuses to make an image public, or open to the community, without the right to.
  func authorize(visibility: ImageVisibility, _ target: PolicyTarget) throws {
    switch visibility {
    case .public: try authorize(target, rule: "publicize_image")
    case .community: try authorize(target, rule: "communitize_image")
    case .private, .shared: break
    }
  }
}
