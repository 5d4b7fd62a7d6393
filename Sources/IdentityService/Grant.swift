import OpenStackAPI
import Persistence

/// Giving a role to a user or a group on a project, on a domain or on the system, under the addresses of
/// Identity API v3, "Assign role to user on project" and its neighbours. Those under `/OS-INHERIT` are for the projects
/// below the target rather than for the target.
struct Grant: Sendable {
  private let place: Place
  private let actor: Actor
  private let isInherited: Bool

  private enum Place: String {
    case project, domain, system
  }

  private enum Actor: String {
    case user, group

    var column: String { rawValue + "_id" }
  }

  /// A role on the system is not inherited by anything.
  static let routes: [Route] = [
    (Place.project, false), (.domain, false), (.system, false), (.project, true), (.domain, true),
  ]
  .flatMap { place, isInherited in
    [Actor.user, .group].flatMap { Grant(place: place, actor: $0, isInherited: isInherited).routes }
  }

  private var routes: [Route] {
    let all: [Route] = [
      .get(one, operation("check"), rule("check"), access: .resource, returns: 204, run: check),
      .put(one, operation("create"), rule("create"), access: .resource, returns: 204, run: give),
      .delete(one, operation("revoke"), rule("revoke"), access: .resource, run: take),
    ]
    // There is no list of what is inherited from one project.
    if isInherited, place == .project { return all }
    return [.get(many, operation("list"), rule("list"), access: .resource, run: list)] + all
  }

  private var path: String {
    let target = place == .system ? "/system" : "/\(place)s/:\(place)_id"
    return (isInherited ? "/OS-INHERIT" : "") + "\(target)/\(actor)s/:\(actor)_id/roles"
  }
  private var many: String { path + (isInherited ? "/inherited_to_projects" : "") }
  private var one: String { path + "/:role_id" + (isInherited ? "/inherited_to_projects" : "") }

  private func operation(_ verb: String) -> String {
    let many = verb == "list" ? "s" : ""
    return "identity:\(verb)_" + (place == .system ? "system_grant\(many)_for_\(actor)" : "grant\(many)")
  }

  private func rule(_ verb: String) -> PolicyRule {
    switch (place, verb) {
    case (.system, "check"), (.system, "list"): .systemReader
    case (.system, _): .keystoneAdmin
    case (_, "check"): Self.checkRule
    case (_, "list"): Self.listRule
    default: Self.changeRule
    }
  }
}

/// Who may see and give roles, besides administrators (keystone.common.policies.grant): those who have a role on a
/// domain that is the domain of everything involved.
extension Grant {
  private static let checkRule = PolicyRule(
    "rule:admin_required or (role:reader and system_scope:all) or (\(ofDomain("reader"))) and (\(roleOfDomain))")
  private static let listRule = PolicyRule(
    "rule:admin_required or (role:reader and system_scope:all) or \(ofDomain("reader"))")
  private static let changeRule = PolicyRule(
    "rule:admin_required or (\(ofDomain("admin"))) and (\(roleOfDomain)) "
      + "or (\(ofDomain("manager"))) and rule:domain_managed_target_role")

  private static let roleOfDomain = "domain_id:%(target.role.domain_id)s or None:%(target.role.domain_id)s"

  private static func ofDomain(_ role: String) -> String {
    let pairs = ["user", "group"].flatMap { actor in
      ["project.domain_id", "domain.id"].map { place in
        "(role:\(role) and domain_id:%(target.\(actor).domain_id)s and domain_id:%(target.\(place))s)"
      }
    }
    return pairs.joined(separator: " or ")
  }
}

extension Grant {
  /// What takes part in a grant.
  private enum Party {
    case role, actor, place

    static let all: Set<Party> = [.role, .actor, .place]
  }

  /// What a path names, as far as it is there.
  private struct Parties {
    var target: PolicyTarget = [:]
    var role: Role?
    var project: Project?
    /// What is not there, in the order in which Keystone looks.
    var missing: [(party: Party, fault: Fault)] = []

    func refuseMissing(_ parties: Set<Party> = Party.all) throws {
      if let fault = missing.first(where: { parties.contains($0.party) })?.fault { throw fault }
    }

    mutating func look<R: Resource>(for id: String, where condition: String = "1", _ db: Connection) throws -> R? {
      let found = try R.find(id, where: condition, db)
      target.merge(found?.target ?? [:]) { $1 }
      return found
    }
  }

  private func parties(_ call: Call, _ db: Connection) throws -> Parties {
    var parties = Parties()
    if place == .domain { try findPlace(of: &parties, call, db) }
    if let id = roleID(call) {
      parties.role = try parties.look(for: id, db)
      if parties.role == nil { parties.missing.append((.role, Role.missing(id))) }
    }
    try findActor(of: &parties, call, db)
    if place == .project { try findPlace(of: &parties, call, db) }
    return parties
  }

  private func findActor(of parties: inout Parties, _ call: Call, _ db: Connection) throws {
    let id = actorID(call)
    let isThere =
      switch actor {
      case .user: try parties.look(for: id, db) as User? != nil
      case .group: try parties.look(for: id, db) as Group? != nil
      }
    if !isThere { parties.missing.append((.actor, .missing("\(actor)", id))) }
  }

  private func findPlace(of parties: inout Parties, _ call: Call, _ db: Connection) throws {
    let id = call.parameter("\(place)_id")
    let isThere: Bool
    if place == .domain {
      isThere = try parties.look(for: id, where: Domain.isDomain, db) as Domain? != nil
    } else {
      parties.project = try parties.look(for: id, db)
      isThere = parties.project != nil
    }
    if !isThere { parties.missing.append((.place, .missing("\(place)", id))) }
  }

  /// As in Keystone what is not there is said before the rule is asked, but under `/OS-INHERIT` only to those whom the
  /// rule lets through.
  private func authorize(_ call: Call, needing needed: Set<Party> = Party.all) throws {
    let parties = try call.world.read { try self.parties(call, $0) }
    if !isInherited { try parties.refuseMissing(needed) }
    try call.authorize(parties.target)
    try parties.refuseMissing(needed)
  }

  private func roleID(_ call: Call) -> String? {
    let id = call.parameter("role_id")
    return id.isEmpty ? nil : id
  }
  private func actorID(_ call: Call) -> String { call.parameter(actor.column) }
  private func placeID(_ call: Call) -> String? { place == .system ? nil : call.parameter("\(place)_id") }
}

extension Grant {
  /// The assignment that a path names.
  private static let whole =
    "role_id = ? AND scope = ? AND ifnull(target_id, '') = ? AND inherited = ?"

  private func values(_ call: Call) -> [any Bindable] {
    [actorID(call), roleID(call), place.rawValue, placeID(call) ?? "", isInherited]
  }

  private func notAssigned(_ call: Call) -> Fault {
    .notFound(
      "Could not find role assignment with role: \(roleID(call) ?? ""), user or group: \(actorID(call)), project, "
        + "domain, or system: \(placeID(call) ?? "system").")
  }

  /// Keystone tells the roles on a domain from those on the project that acts as it only one by one.
  @Sendable private func list(_ call: Call) throws -> Response {
    try authorize(call)
    let condition = Condition(
      """
      id IN (SELECT role_id FROM role_assignments
        WHERE \(actor.column) = ? AND ifnull(target_id, '') = ? AND inherited = ?)
      """, actorID(call), placeID(call) ?? "", isInherited)
    return try Collection<Role>(conditions: [condition], filters: []).response(call)
  }

  @Sendable private func check(_ call: Call) throws -> Response {
    try authorize(call)
    let sql = "SELECT 1 FROM role_assignments WHERE \(actor.column) = ? AND \(Self.whole)"
    guard try call.world.read({ try $0.exists(sql, values(call)) }) else { throw notAssigned(call) }
    return .empty
  }

  /// A second time changes nothing.
  @Sendable private func give(_ call: Call) async throws -> Response {
    try authorize(call)
    try await call.world.write { db in
      let parties = try self.parties(call, db)
      try parties.refuseMissing()
      try refuseRoleOfOtherDomain(parties)
      try db.execute(
        """
        INSERT INTO role_assignments (\(actor.column), role_id, scope, target_id, inherited)
        VALUES (?, ?, ?, nullif(?, ''), ?) ON CONFLICT DO NOTHING
        """, values(call))
    }
    return .empty
  }

  private func refuseRoleOfOtherDomain(_ parties: Parties) throws {
    guard let role = parties.role, let domain = role.domainID else { return }
    if place == .system {
      throw Fault.badRequest(
        "Role \(role.id) is a domain-specific role. Unable to use a domain-specific role in a system assignment.")
    }
    if let project = parties.project, project.domainID != domain {
      throw Fault.forbidden(
        "Project \(project.id) must be in the same domain as the role \(role.id) being assigned.", reason: .state)
    }
  }

  /// What a user or a group that is gone had is not assigned.
  @Sendable private func take(_ call: Call) async throws -> Response {
    try authorize(call, needing: isInherited ? [.role] : [.role, .place])
    try await call.world.write { db in
      let sql = "DELETE FROM role_assignments WHERE \(actor.column) = ? AND \(Self.whole)"
      guard try db.execute(sql, values(call)) > 0 else { throw notAssigned(call) }
    }
    return .empty
  }
}
