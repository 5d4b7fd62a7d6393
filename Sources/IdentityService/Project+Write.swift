import OpenStackAPI
import Persistence

/// Making, changing and deleting projects, those that act as domains among them.
///
/// Source: keystone.resource.core.Manager, whose messages these are.
extension Project {
  @Sendable static func create(_ call: Call) async throws -> Response {
    let input = call.input
    try call.authorize(named("domain_id", in: input).map { ["project.domain_id": $0] } ?? [:])
    let id = call.world.identifiers.hex()
    let isDomain = input["is_domain"]?.keystoneTruth ?? false
    let domain = try named("domain_id", in: input) ?? (isDomain ? nil : call.homeDomain)
    let parent = named("parent_id", in: input) ?? domain
    if isDomain {
      try refuseReserved(name: input["name"]?.text, id: id)
      guard parent == nil else { throw Fault.badRequest("only root projects are allowed to act as domains.") }
    }
    var values = newValues(id, input, attributes)
    values["is_domain"] = isDomain
    values["domain_id"] = domain
    values["parent_id"] = parent
    let depth = call.world.settings.get(default: IdentitySettings()).allowedDepth
    return try await call.world.write { [values] db in
      if let domain, let parent { try checkPlace(domain: domain, parent: parent, depth: depth, db) }
      return try add(values, tags: input["tags"], db)
    }.response(call)
  }

  /// What a new row holds, of projects and of domains.
  static func newValues(_ id: String, _ input: JSON, _ attributes: [Attribute]) -> RowValues {
    var values = attributes.values(of: input)
    values["id"] = id
    values["name"] = values.text("name")?.pythonStripped
    if input["description"] == nil { values["description"] = "" }
    return values
  }

  /// Writes a new row with its tags.
  @discardableResult
  static func add(_ values: RowValues, tags: JSON?, _ db: Connection) throws -> Project {
    let project = try insert(values, db)
    guard let tags = tags?.array?.compactMap(\.text), !tags.isEmpty else { return project }
    try ProjectTags.replace(of: project.id, by: tags, db)
    return try existing(project.id, db)
  }

  /// No domain may be called as the one of federated users is (keystone.conf, [federation] federated_domain_name).
  static func refuseReserved(name: String?, id: String) throws {
    if let name, name.lowercased() == "federated" { throw Fault.badRequest("Domain cannot be named \(name)") }
    if id.lowercased() == "federated" { throw Fault.badRequest("Domain cannot have ID \(id)") }
  }

  static func duplicate(_ values: RowValues, id: String?) -> Fault {
    let name = values.text("name") ?? ""
    guard values["domain_id"] != nil else {
      return .conflict(
        storing: "project", "it is not permitted to have two projects acting as domains with the same name: \(name)")
    }
    return .conflict(
      storing: "project",
      "it is not permitted to have two projects with either the same name or same id in the same domain: "
        + "name is \(name), project id \(id ?? "")")
  }

  /// The domain and the parent must exist and fit together, and nothing above may be disabled. That either is missing
  /// is the body's mistake, not the address's.
  private static func checkPlace(domain: String, parent: String, depth: Int, _ db: Connection) throws {
    guard try Domain.find(domain, where: Domain.isDomain, db) != nil else {
      throw Fault.badRequest(Fault.missing("domain", domain).message)
    }
    guard let parentProject = try find(parent, db) else {
      throw Fault.badRequest(Fault.missing("project", parent).message)
    }
    try refuseOtherDomain(domain, than: parentProject)
    let above = try ProjectRelatives.above(parent, db) + [parentProject]
    if let disabled = above.first(where: { !$0.isEnabled }) {
      throw Fault.badRequest("cannot create a project in a branch containing a disabled project: \(disabled.id)")
    }
    // The domain stands at the top and does not count.
    guard above.count <= depth else {
      throw Fault.forbidden("Max hierarchy depth reached for \(parent) branch.", reason: .limit)
    }
  }

  private static func refuseOtherDomain(_ domain: String, than parent: Project) throws {
    if parent.isDomain, parent.id != domain {
      throw Fault.badRequest(
        "Cannot create project, the parent (\(parent.id)) is acting as a domain, but this project's domain id "
          + "(\(domain)) does not match the parent's id.")
    }
    if let other = parent.domainID, other != domain {
      throw Fault.badRequest(
        "Cannot create project, since it specifies its domain_id \(domain), but specifies a parent in a different "
          + "domain (\(other)).")
    }
  }
}

extension Project {
  /// The answer to a change shows the members that Keystone does not know a second time, under `extra`.
  private static let changedView = view + [Field("extra", \.extra)]

  @Sendable static func update(_ call: Call) async throws -> Response {
    let id = try authorized(call, "project_id").id
    try call.refuseOtherID(than: "project_id")
    let input = call.input
    return try await call.world.write { db in try apply(input, to: try existing(id, db), db) }
      .response(call, view: changedView)
  }

  /// Changes a project or a domain by what a body says.
  static func apply(_ input: JSON, to project: Project, _ db: Connection) throws -> Project {
    if project.isDomain { try refuseReserved(name: input["name"]?.text, id: project.id) }
    try refuseMoving(project, input)
    var values = changeable.values(of: input)
    for fixed in ["domain_id", "parent_id", "is_domain"] { values.extra[fixed] = nil }
    // It stays what it is, and tells projects from domains where the name is taken.
    values["domain_id"] = project.domainID
    if let name = values.text("name"), name != project.name { values["name"] = name.pythonStripped }
    // As in Keystone any change of a disabled project that does not say otherwise passes for enabling it here.
    let enables = input["enabled"]?.keystoneTruth ?? true
    if enables, !project.isEnabled { try refuseEnabling(project, db) }
    if !enables, project.isEnabled { try disable(project, db) }
    if let tags = input["tags"]?.array { try ProjectTags.replace(of: project.id, by: tags.compactMap(\.text), db) }
    return try change(project.id, values, db)
  }

  private static func refuseMoving(_ project: Project, _ input: JSON) throws {
    if let domain = input["domain_id"], domain.text != project.domainID {
      throw Fault.badRequest("Cannot change Domain ID")
    }
    try ResourceOptions.refuseUpdate(of: project, by: input, kind: project.kind)
    if let parent = input["parent_id"], parent.text != project.parentID {
      throw Fault.forbidden("Update of `parent_id` is not allowed.", reason: .state)
    }
    if let isDomain = input["is_domain"], isDomain.keystoneTruth != project.isDomain {
      throw Fault.badRequest("Update of `is_domain` is not allowed.")
    }
  }

  private static func refuseEnabling(_ project: Project, _ db: Connection) throws {
    guard try ProjectRelatives.above(project.id, db).contains(where: { !$0.isEnabled }) else { return }
    throw Fault.forbidden("Cannot enable project \(project.id) since it has disabled parents", reason: .state)
  }

  /// A project is only disabled after those below it. Tokens for it are no good until it is enabled again.
  private static func disable(_ project: Project, _ db: Connection) throws {
    let isInUse = try !project.isDomain && ProjectRelatives.below(project.id, db).contains(where: \.isEnabled)
    guard !isInUse else {
      throw Fault.forbidden(
        "Cannot disable project \(project.id) since its subtree contains enabled projects.", reason: .state)
    }
  }
}

extension Project {
  @Sendable static func delete(_ call: Call) async throws -> Response {
    let id = try authorized(call, "project_id").id
    try await call.world.write { db in try existing(id, db).delete(db) }
    return .empty
  }

  /// Deletes a project that nothing stands below, or a disabled domain with all that is in it.
  func delete(_ db: Connection) throws {
    try ResourceOptions.refuseDeletion(of: self, kind: kind)
    if isDomain {
      guard !isEnabled else {
        throw Fault.forbidden(
          "Cannot delete a domain that is enabled, please disable it first.", reason: .state)
      }
      for project in try ProjectRelatives.below(id, db) { try ResourceOptions.refuseDeletion(of: project) }
    } else if try db.exists("SELECT 1 FROM projects WHERE parent_id = ?", id) {
      throw Fault.forbidden(
        "Cannot delete the project \(id) since it is not a leaf in the hierarchy. Use the cascade option if you want to "
          + "delete a whole subtree.", reason: .state)
    }
    try db.execute(
      """
      UPDATE users SET default_project_id = NULL
      WHERE default_project_id IN (SELECT id FROM projects WHERE id = ?1 OR domain_id = ?1)
      """, id)
    try remove(db)
  }

  /// What deletion looks users up by.
  static let defaultProjectTables = "CREATE INDEX users_by_default_project ON users (default_project_id);"
}
