import OpenStackAPI
import Persistence

extension IdentitySeed {
  /// The seed with every id chosen and every password hashed.
  private struct Resolved: Sendable {
    let seed: IdentitySeed
    let domainIDs, roleIDs, projectIDs, userIDs: [String]
    /// The stored text of each user's password.
    let passwords: [String?]
    let now: Timestamp

    func domainID(_ name: String) -> String? { seed.domainIndex(name).map { domainIDs[$0] } }

    func roleID(_ name: String) -> String? {
      seed.roles.firstIndex { NameKeys.areEqual($0.name, name) }.map { roleIDs[$0] }
    }

    func projectID(_ name: String, in domain: String) -> String? {
      let wanted = seed.domainIndex(domain)
      return seed.projects.firstIndex { NameKeys.areEqual($0.name, name) && seed.domainIndex($0.domain) == wanted }
        .map { projectIDs[$0] }
    }
  }

  /// Fills a new cloud, in one transaction.
  func write(to world: World) async throws {
    let make = world.identifiers.hex
    let ids = (
      domains: domains.map { $0.id ?? make() }, roles: roles.map { $0.id ?? make() },
      projects: projects.map { $0.id ?? make() }, users: users.map { $0.id ?? make() }
    )
    let resolved = Resolved(
      seed: self, domainIDs: ids.domains, roleIDs: ids.roles, projectIDs: ids.projects, userIDs: ids.users,
      passwords: try await hashedPasswords(world), now: world.now)
    try await world.write { db in
      try Self.writeDomains(resolved, db)
      try Self.writeRoles(resolved, db)
      try Self.writeProjects(resolved, db)
      try Self.writeUsers(resolved, db)
    }
  }

  /// All passwords at once, on all cores. The salts are drawn beforehand, so that their order does not depend on chance.
  private func hashedPasswords(_ world: World) async throws -> [String?] {
    let logarithm = world.settings.get(default: IdentitySettings()).passwordLogarithm
    let salted = users.map { ($0.password, salt: world.identifiers.bytes(Password.saltLength)) }
    return try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (index, (password, salt)) in salted.enumerated() {
        guard let password else { continue }
        group.addTask {
          let hash = await PasswordQueues.shared.run {
            Result { try Password(hashing: password, salt: salt, logarithm: logarithm).stored }
          }
          return (index, try hash.get())
        }
      }
      return try await group.reduce(into: [String?](repeating: nil, count: users.count)) { $0[$1.0] = $1.1 }
    }
  }

  private static func writeDomains(_ resolved: Resolved, _ db: Connection) throws {
    for (domain, id) in zip(resolved.seed.domains, resolved.domainIDs) {
      try db.execute(
        "INSERT INTO projects (id, name, name_key, is_domain, description, enabled) VALUES (?, ?, ?, 1, ?, ?)", id,
        domain.name, GeneralCollation.key(domain.name), domain.description, domain.isEnabled)
    }
  }

  private static func writeRoles(_ resolved: Resolved, _ db: Connection) throws {
    for (role, id) in zip(resolved.seed.roles, resolved.roleIDs) {
      try db.execute(
        "INSERT INTO roles (id, name, name_key, description, options) VALUES (?, ?, ?, ?, ?)", id, role.name,
        GeneralCollation.key(role.name), role.description, role.isImmutable ? #"{"immutable":true}"# : "{}")
    }
    for (role, id) in zip(resolved.seed.roles, resolved.roleIDs) {
      for implied in role.implies {
        try db.execute(
          "INSERT INTO implied_roles (prior_role_id, implied_role_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id,
          resolved.roleID(implied))
      }
    }
  }

  private static func writeProjects(_ resolved: Resolved, _ db: Connection) throws {
    for (project, id) in zip(resolved.seed.projects, resolved.projectIDs) {
      let domain = resolved.domainID(project.domain)
      let parent = project.parent.flatMap { resolved.projectID($0, in: project.domain) } ?? domain
      try db.execute(
        """
        INSERT INTO projects (id, name, name_key, domain_id, parent_id, description, enabled)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """, id, project.name, GeneralCollation.key(project.name), domain, parent, project.description,
        project.isEnabled)
      for tag in project.tags {
        try db.execute("INSERT INTO project_tags (project_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING", id, tag)
      }
    }
  }

  private static func writeUsers(_ resolved: Resolved, _ db: Connection) throws {
    for (index, user) in resolved.seed.users.enumerated() {
      let id = resolved.userIDs[index]
      try db.execute(
        """
        INSERT INTO users (id, name, name_key, domain_id, default_project_id, enabled, extra, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, id, user.name, GeneralCollation.key(user.name), resolved.domainID(user.domain),
        user.defaultProject.flatMap { resolved.projectID($0, in: user.domain) }, user.isEnabled, user.extra,
        resolved.now.microseconds)
      if let hash = resolved.passwords[index] {
        try db.execute(
          "INSERT INTO passwords (user_id, hash, created_at) VALUES (?, ?, ?)", id, hash, resolved.now.microseconds)
      }
      try writeRoles(of: user, id, resolved, db)
    }
  }

  private static func writeRoles(of user: UserSeed, _ id: String, _ resolved: Resolved, _ db: Connection) throws {
    for (project, roles) in user.projectRoles {
      let target = resolved.projectID(project, in: user.domain)
      for role in roles.compactMap(resolved.roleID) {
        try Assignment.grant(role, to: id, scope: "project", target: target, db)
      }
    }
    for (domain, roles) in user.domainRoles {
      for role in roles.compactMap(resolved.roleID) {
        try Assignment.grant(role, to: id, scope: "domain", target: resolved.domainID(domain), db)
      }
    }
    for role in user.systemRoles.compactMap(resolved.roleID) {
      try Assignment.grant(role, to: id, scope: "system", target: nil, db)
    }
  }
}

extension IdentitySeed.UserSeed {
  /// What Keystone keeps beside the members it knows.
  fileprivate var extra: String {
    var members = JSONObject()
    members["email"] = email.map(JSON.string)
    members["description"] = description.map(JSON.string)
    return JSON.object(members).jsonText
  }
}
