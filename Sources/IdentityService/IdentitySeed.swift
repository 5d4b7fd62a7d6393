import OpenStackAPI
import Persistence

/// The domains, roles, projects and users of a new cloud, as the configuration's `seed` says. They name one another:
/// `domain` is a domain's id or name, roles and projects are given by name.
struct IdentitySeed: Sendable {
  struct DomainSeed: Sendable {
    var id: String?
    var name: String
    var description = ""
    var isEnabled = true
  }

  struct RoleSeed: Sendable {
    var id: String?
    var name: String
    var description: String?
    /// The roles that come with it.
    var implies: [String] = []
    /// Whether the API refuses to change or delete it.
    var isImmutable = false
  }

  struct ProjectSeed: Sendable {
    var id: String?
    var name: String
    var domain = "default"
    /// A project of the same domain, listed before.
    var parent: String?
    var description = ""
    var isEnabled = true
    var tags: [String] = []
  }

  struct UserSeed: Sendable {
    var id: String?
    var name: String
    /// Nobody can log in without one.
    var password: String?
    var domain = "default"
    var email: String?
    var description: String?
    var defaultProject: String?
    var isEnabled = true
    /// Roles by project of the user's domain.
    var projectRoles: [(project: String, roles: [String])] = []
    /// Roles by domain.
    var domainRoles: [(domain: String, roles: [String])] = []
    var systemRoles: [String] = []
  }

  var domains = [DomainSeed(id: "default", name: "Default", description: "The default domain")]

  /// What `keystone-manage bootstrap` makes.
  var roles = [
    RoleSeed(name: "reader", isImmutable: true),
    RoleSeed(name: "member", implies: ["reader"], isImmutable: true),
    RoleSeed(name: "manager", implies: ["member"], isImmutable: true),
    RoleSeed(name: "admin", implies: ["manager"], isImmutable: true),
    RoleSeed(name: "service", isImmutable: true),
  ]

  var projects = [
    ProjectSeed(name: "admin", description: "Bootstrap project for initializing the cloud."),
    ProjectSeed(name: "demo"),
    ProjectSeed(name: "service"),
  ]

  var users = [
    UserSeed(
      name: "admin", password: "secret", projectRoles: [("admin", ["admin"])], domainRoles: [("default", ["admin"])],
      systemRoles: ["admin"]),
    UserSeed(name: "demo", password: "secret", projectRoles: [("demo", ["member"])]),
  ]
}

extension IdentitySeed {
  /// Reads the keys `domains`, `roles`, `projects` and `users`, which add to the defaults; what they name must exist.
  init(_ seed: Configuration) throws {
    self.init()
    domains = try seed.seeded(
      "domains", over: domains, essential: true,
      means: { section, domain in
        let id = try section.string("id")
        return try id == domain.id || id == nil && section.string("name") == domain.name
      }, read: DomainSeed.init(_:over:))
    roles = try seed.seeded(
      "roles", over: roles, essential: true, means: { try $0.string("name") == $1.name }, read: RoleSeed.init(_:over:))
    projects = try seed.seeded(
      "projects", over: projects,
      means: { try $0.string("name") == $1.name && isSameDomain($0.string("domain") ?? $1.domain, $1.domain) },
      read: ProjectSeed.init(_:over:))
    users = try seed.seeded(
      "users", over: users,
      means: { try $0.string("name") == $1.name && isSameDomain($0.string("domain") ?? $1.domain, $1.domain) },
      read: UserSeed.init(_:over:))
    try checkNames(seed)
  }

  private func checkNames(_ seed: Configuration) throws {
    try Self.refuseRepeated(domains.map(\.name), seed, "domains")
    let domainIDs = domains.compactMap(\.id).filter { $0 != "default" }
    try Self.refuseRepeated(domains.map(\.name) + domainIDs, seed, "domains", by: { $0 })
    try Self.refuseRepeated(roles.map(\.name), seed, "roles")
    for role in roles { try refuseUnknown(role.implies, seed, "roles", of: role.name) }
    try Self.refuseRepeated(projects.map { "\($0.domain)/\($0.name)" }, seed, "projects")
    for (index, project) in projects.enumerated() { try check(project, after: projects[..<index], seed) }
    try Self.refuseRepeated(users.map { "\($0.domain)/\($0.name)" }, seed, "users")
    for user in users { try check(user, seed) }
    let ids = domains.compactMap(\.id) + projects.compactMap(\.id) + roles.compactMap(\.id) + users.compactMap(\.id)
    try Self.refuseRepeated(ids, seed, "users", by: { $0 })
  }

  private func check(_ project: ProjectSeed, after earlier: ArraySlice<ProjectSeed>, _ seed: Configuration) throws {
    guard hasDomain(project.domain) else {
      throw seed.mistake("projects", "project \"\(project.name)\": there is no domain \"\(project.domain)\"")
    }
    if let parent = project.parent,
      !earlier.contains(where: {
        NameKeys.areEqual($0.name, parent) && isSameDomain($0.domain, project.domain)
      })
    {
      throw seed.mistake("projects", "project \"\(project.name)\": no project \"\(parent)\" is listed before it")
    }
  }

  private func check(_ user: UserSeed, _ seed: Configuration) throws {
    guard hasDomain(user.domain) else {
      throw seed.mistake("users", "user \"\(user.name)\": there is no domain \"\(user.domain)\"")
    }
    for name in user.projectRoles.map(\.project) + (user.defaultProject.map { [$0] } ?? []) {
      guard projects.contains(where: { NameKeys.areEqual($0.name, name) && isSameDomain($0.domain, user.domain) })
      else {
        throw seed.mistake(
          "users", "user \"\(user.name)\": there is no project \"\(name)\" in domain \"\(user.domain)\"")
      }
    }
    for (name, _) in user.domainRoles where !hasDomain(name) {
      throw seed.mistake("users", "user \"\(user.name)\": there is no domain \"\(name)\"")
    }
    let roles = user.projectRoles.flatMap(\.roles) + user.domainRoles.flatMap(\.roles) + user.systemRoles
    try refuseUnknown(roles, seed, "users", of: user.name)
  }

  private func refuseUnknown(_ names: [String], _ seed: Configuration, _ key: String, of owner: String) throws {
    for name in names where !roles.contains(where: { NameKeys.areEqual($0.name, name) }) {
      throw seed.mistake(key, "\"\(owner)\": there is no role \"\(name)\"")
    }
  }

  /// Names are the same whatever their case; ids are compared as they are.
  private static func refuseRepeated(
    _ names: [String], _ seed: Configuration, _ key: String, by fold: (String) -> String = { GeneralCollation.key($0) }
  ) throws {
    var seen: Set<String> = []
    for name in names where !seen.insert(fold(name)).inserted {
      throw seed.mistake(key, "\"\(name)\" is there twice")
    }
  }

  /// The place of a domain in the list, by its id or its name.
  func domainIndex(_ name: String) -> Int? {
    domains.firstIndex { $0.id == name } ?? domains.firstIndex { NameKeys.areEqual($0.name, name) }
  }

  private func hasDomain(_ name: String) -> Bool { domainIndex(name) != nil }

  private func isSameDomain(_ a: String, _ b: String) -> Bool { domainIndex(a) == domainIndex(b) }
}

extension Configuration {
  /// A name of 1 to so many characters.
  fileprivate func name(_ key: String = "name", longest: Int) throws -> String {
    let name = try requiredString(key)
    guard (1...longest).contains(name.unicodeScalars.count) else {
      throw mistake(key, "expected 1 to \(longest) characters")
    }
    return name
  }

  /// An id of one's own choice.
  fileprivate func id() throws -> String? {
    guard let id = try string("id") else { return nil }
    let isPlain = id.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: "_")
    }
    guard isPlain, (1...64).contains(id.utf8.count) else {
      throw mistake("id", "expected 1 to 64 letters, digits, '-' or '_'")
    }
    return id
  }

  /// An object of lists of strings, in the order written; `nil` where it is not there.
  fileprivate func lists(_ key: String) throws -> [(String, [String])]? {
    guard keys.contains(key) else { return nil }
    let section = try section(key)
    return try section.keys.map { ($0, try section.strings($0) ?? []) }
  }
}

// An entry is read over the default one that it changes, if there is one.

extension IdentitySeed.DomainSeed {
  fileprivate init(_ section: Configuration, over base: Self?) throws {
    self = base ?? Self(name: "")
    id = try section.id() ?? id
    name = try base != nil && !section.keys.contains("name") ? name : section.name(longest: 64)
    description = try section.string("description") ?? description
    isEnabled = try section.bool("enabled") ?? isEnabled
  }
}

extension IdentitySeed.RoleSeed {
  fileprivate init(_ section: Configuration, over base: Self?) throws {
    self = base ?? Self(name: "")
    id = try section.id() ?? id
    name = try section.name(longest: 255)
    description = try section.string("description") ?? description
    implies = try section.strings("implies") ?? implies
    isImmutable = try section.bool("immutable") ?? isImmutable
  }
}

extension IdentitySeed.ProjectSeed {
  fileprivate init(_ section: Configuration, over base: Self?) throws {
    self = base ?? Self(name: "")
    id = try section.id() ?? id
    name = try section.name(longest: 64)
    domain = try section.string("domain") ?? domain
    parent = try section.string("parent") ?? parent
    description = try section.string("description") ?? description
    isEnabled = try section.bool("enabled") ?? isEnabled
    tags = try section.strings("tags") ?? tags
  }
}

extension IdentitySeed.UserSeed {
  fileprivate init(_ section: Configuration, over base: Self?) throws {
    self = base ?? Self(name: "")
    id = try section.id() ?? id
    name = try section.name(longest: 255)
    password = try section.string("password") ?? password
    domain = try section.string("domain") ?? domain
    email = try section.string("email") ?? email
    description = try section.string("description") ?? description
    defaultProject = try section.string("default_project") ?? defaultProject
    isEnabled = try section.bool("enabled") ?? isEnabled
    projectRoles = try section.lists("roles")?.map { (project: $0, roles: $1) } ?? projectRoles
    domainRoles = try section.lists("domain_roles")?.map { (domain: $0, roles: $1) } ?? domainRoles
    systemRoles = try section.strings("system_roles") ?? systemRoles
  }
}
