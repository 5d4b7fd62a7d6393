import OpenStackAPI
import Persistence

/// Who holds which role where: what `role_assignments` says, through groups, inheritance and implied roles.
enum Assignment {
  /// The assignments of a user, own ones and those of the user's groups.
  private static let mine = "(user_id = ?1 OR group_id IN (SELECT group_id FROM memberships WHERE user_id = ?1))"

  /// Adds to `held` what its roles imply, step by step, so that the roles come in the order of the chain. Roles of a
  /// domain only count through what they imply (Identity API v3, "Domain specific roles").
  private static let implied = """
      UNION
      SELECT implied_role_id FROM held JOIN implied_roles ON prior_role_id = held.role_id
    )
    SELECT roles.id, roles.name FROM held CROSS JOIN roles ON roles.id = held.role_id AND roles.domain_id IS NULL
    """

  private static let projectRoles = """
    WITH RECURSIVE above (id) AS (
      SELECT parent_id FROM projects WHERE id = ?2
      UNION ALL
      SELECT projects.parent_id FROM above JOIN projects ON projects.id = above.id
    ),
    held (role_id) AS (
      SELECT role_id FROM role_assignments WHERE \(mine)
        AND (scope = 'project' AND target_id = ?2 AND NOT inherited
          OR inherited AND target_id IN (SELECT id FROM above))
    \(implied)
    """

  private static let domainRoles = """
    WITH RECURSIVE held (role_id) AS (
      SELECT role_id FROM role_assignments WHERE \(mine) AND scope = 'domain' AND target_id = ?2 AND NOT inherited
    \(implied)
    """

  private static let systemRoles = """
    WITH RECURSIVE held (role_id) AS (
      SELECT role_id FROM role_assignments WHERE \(mine) AND scope = 'system'
    \(implied)
    """

  /// The roles of a user on a scope.
  static func roles(
    of user: String, on scope: Token.Scope, _ db: Connection
  ) throws -> [Authorization.Reference] {
    switch scope {
    case .unscoped: return []
    case .project(let id): return try db.query(projectRoles, user, id, as: RoleReference.self).map(\.reference)
    case .domain(let id): return try db.query(domainRoles, user, id, as: RoleReference.self).map(\.reference)
    case .system: return try db.query(systemRoles, user, as: RoleReference.self).map(\.reference)
    }
  }

  private static let projectRolesOfAnyDomain = projectRoles.replacing(" AND roles.domain_id IS NULL", with: "")

  /// The ids of all roles of a user on a project, those of domains too.
  static func allRoles(of user: String, onProject id: String, _ db: Connection) throws -> Set<String> {
    Set(try db.query(projectRolesOfAnyDomain, user, id, as: RoleReference.self).map(\.reference.id))
  }

  /// The condition on `projects` that a user has any role on the row.
  static func projects(of user: String) -> Condition {
    Condition(
      """
      id IN (
        WITH RECURSIVE granted (target_id, scope, inherited) AS (
          SELECT target_id, scope, inherited FROM role_assignments
          WHERE user_id = ? OR group_id IN (SELECT group_id FROM memberships WHERE user_id = ?)
        ),
        reached (id, goes_on) AS (
          SELECT target_id, 0 FROM granted WHERE scope = 'project' AND NOT inherited
          UNION
          SELECT projects.id, 1 FROM granted JOIN projects ON parent_id = target_id WHERE inherited
          UNION
          SELECT projects.id, 1 FROM reached JOIN projects ON parent_id = reached.id WHERE goes_on
        )
        SELECT id FROM reached
      )
      """, user, user)
  }

  /// The condition on `projects` that a user has any role on the row as a domain.
  static func domains(of user: String) -> Condition {
    Condition(
      """
      id IN (
        SELECT target_id FROM role_assignments
        WHERE scope = 'domain' AND NOT inherited
          AND (user_id = ? OR group_id IN (SELECT group_id FROM memberships WHERE user_id = ?))
      )
      """, user, user)
  }

  /// Gives a user a role; without a target it is a role on the system. A second time changes nothing.
  static func grant(_ role: String, to user: String, scope: String, target: String?, _ db: Connection) throws {
    try db.execute(
      "INSERT INTO role_assignments (user_id, role_id, scope, target_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      user, role, scope, target)
  }
}
