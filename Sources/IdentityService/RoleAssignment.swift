import OpenStackAPI
import Persistence

/// One role of one user or group at one place, with what it came from.
struct RoleAssignment: RowDecodable {
  /// Something with its name and its domain.
  private struct Party {
    let id: String
    let name: String?
    let domainID: String?
    let domainName: String?

    init?(_ row: inout Row) throws {
      let id: String? = try row.next()
      (name, domainID, domainName) = (try row.next(), try row.next(), try row.next())
      guard let id else { return nil }
      self.id = id
    }

    func write(to json: inout JSONWriter, named: Bool, domain: Bool = true) {
      json.object { json in
        json.member("id", id)
        guard named else { return }
        json.member("name", name ?? "")
        guard domain else { return }
        json.object("domain") { json in
          json.member("id", domainID)
          json.member("name", domainName)
        }
      }
    }
  }

  private let user: Party?
  private let group: Party?
  private let role: Party?
  private let scope: String
  private let target: Party?
  private let isInherited: Bool
  /// The group through which the user has it.
  private let sourceGroup: String?
  /// Where it was given, if it came from above.
  private let sourceScope: String?
  private let sourceID: String?
  /// The role that implies this one.
  private let priorRole: String?

  init(row: inout Row) throws {
    user = try Party(&row)
    group = try Party(&row)
    role = try Party(&row)
    scope = try row.next()
    target = try Party(&row)
    isInherited = try row.next()
    sourceGroup = try row.next()
    sourceScope = try row.next()
    sourceID = try row.next()
    priorRole = try row.next()
  }
}

extension RoleAssignment {
  /// Writes it, its links among it. The names only where they are asked for.
  func write(to json: inout JSONWriter, named: Bool, _ call: Call) {
    json.object { json in
      json.object("links") { json in writeLinks(to: &json, call) }
      json.object("scope") { json in writeScope(to: &json, named: named) }
      if let user {
        json.key("user")
        user.write(to: &json, named: named)
      } else if let group {
        json.key("group")
        group.write(to: &json, named: named)
      }
      json.key("role")
      role?.write(to: &json, named: named, domain: role?.domainID != nil)
    }
  }

  private func writeScope(to json: inout JSONWriter, named: Bool) {
    switch scope {
    case "system": json.object("system") { $0.member("all", true) }
    case "domain":
      json.key("domain")
      target?.write(to: &json, named: named, domain: false)
    default:
      json.key("project")
      target?.write(to: &json, named: named)
    }
    if comesFromAbove { json.member("OS-INHERIT:inherited_to", "projects") }
  }

  private var comesFromAbove: Bool { isInherited || sourceID != nil }

  /// The addresses of the grant, of the membership and of the rule of inference that it came from. Keystone's address of
  /// the rule has the roles in the wrong order.
  private func writeLinks(to json: inout JSONWriter, _ call: Call) {
    let roleID = role?.id ?? ""
    json.member("assignment", call.link(address))
    if let sourceGroup, let user { json.member("membership", call.link("/groups/\(sourceGroup)/users/\(user.id)")) }
    if let priorRole { json.member("prior_role", call.link("/prior_role/\(roleID)/implies/\(priorRole)")) }
  }

  private var address: String {
    let place = scope == "system" ? "/system" : "/\(sourceScope ?? scope)s/\(sourceID ?? target?.id ?? "")"
    let actor =
      (sourceGroup ?? group?.id).map { "/groups/\($0)" } ?? "/users/\(user?.id ?? "")"
    let grant = "\(place)\(actor)/roles/\(priorRole ?? role?.id ?? "")"
    return comesFromAbove ? "/OS-INHERIT\(grant)/inherited_to_projects" : grant
  }
}
