import OpenStackAPI
import Persistence

extension IdentityService {
  /// The service's tables. `number` gives every list its order, that of creation.
  static let migrations = MigrationSet(
    component: "identity",
    migrations: [
      Migration(1, "domains, projects, users, groups", resourceTables),
      Migration(2, "roles and assignments", roleTables),
      Migration(3, "revoked tokens", revocationTable),
      Migration(4, "who chose a password, and logins that failed", StoredPassword.ownerColumn + Account.tables),
      Migration(5, "the catalog", Catalog.catalogTables),
      Migration(6, "users by default project", Project.defaultProjectTables),
      Migration(7, "policies and limits", PolicyFile.tables + LimitSchemas.tables),
      Migration(8, "what domains configure for themselves", DomainConfig.tables),
      Migration(9, "credentials", Credential.tables),
      Migration(10, "application credentials", ApplicationCredential.tables),
      Migration(11, "trusts", Trust.tables),
      Migration(12, "OAuth", Consumer.tables),
      Migration(13, "federation", Federation.tables),
      Migration(14, "revocations that reach descendants", Revocation.descendantsColumn),
      Migration(15, "keys of names", NameKeys.columns),
      Migration(16, "accounts elsewhere", FederatedUser.tables),
      Migration(17, "limits that outlive what they are about", LimitSchemas.independentTables),
    ])

  /// A domain is a project that acts as one (`is_domain`), as in Keystone since Mitaka; it has no domain of its own and
  /// is the parent of its top projects.
  ///
  /// `token_generation` goes up when all tokens of a user have to end (disabling, a new password);
  /// a token that names an earlier generation is no longer valid. What changes with every login must not be kept in
  /// these tables, because each change of them makes the validated tokens in memory be looked up again.
  private static let resourceTables = """
    CREATE TABLE projects (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      domain_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      parent_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      is_domain INTEGER NOT NULL DEFAULT 0,
      description TEXT,
      enabled INTEGER NOT NULL DEFAULT 1,
      options TEXT NOT NULL DEFAULT '{}',
      extra TEXT NOT NULL DEFAULT '{}',
      CHECK (is_domain = (domain_id IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX domains_by_name ON projects (name) WHERE is_domain;
    CREATE UNIQUE INDEX projects_by_name ON projects (domain_id, name) WHERE NOT is_domain;
    CREATE INDEX projects_by_parent ON projects (parent_id);
    CREATE TABLE project_tags (
      project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      PRIMARY KEY (project_id, name)
    ) STRICT;
    CREATE TABLE users (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      domain_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      default_project_id TEXT,
      enabled INTEGER NOT NULL DEFAULT 1,
      options TEXT NOT NULL DEFAULT '{}',
      extra TEXT NOT NULL DEFAULT '{}',
      created_at INTEGER NOT NULL,
      token_generation INTEGER NOT NULL DEFAULT 0,
      UNIQUE (domain_id, name)
    ) STRICT;
    CREATE TABLE passwords (
      number INTEGER PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER
    ) STRICT;
    CREATE INDEX passwords_by_user ON passwords (user_id);
    CREATE TABLE user_groups (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      domain_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      description TEXT,
      extra TEXT NOT NULL DEFAULT '{}',
      UNIQUE (domain_id, name)
    ) STRICT;
    CREATE TABLE memberships (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      group_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, group_id)
    ) STRICT;
    CREATE INDEX memberships_by_group ON memberships (group_id);
    """

  /// An assignment gives a user or a group a role on a project, on a domain, or, without a target, on the system. An
  /// inherited one counts for all projects below its target, not for the target.
  private static let roleTables = """
    CREATE TABLE roles (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      domain_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      description TEXT,
      options TEXT NOT NULL DEFAULT '{}',
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE UNIQUE INDEX roles_by_name ON roles (ifnull(domain_id, ''), name);
    CREATE TABLE implied_roles (
      prior_role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
      implied_role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
      PRIMARY KEY (prior_role_id, implied_role_id)
    ) STRICT;
    CREATE INDEX implied_roles_by_implied ON implied_roles (implied_role_id);
    CREATE TABLE role_assignments (
      number INTEGER PRIMARY KEY,
      user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
      group_id TEXT REFERENCES user_groups (id) ON DELETE CASCADE,
      role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
      scope TEXT NOT NULL CHECK (scope IN ('project', 'domain', 'system')),
      target_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      inherited INTEGER NOT NULL DEFAULT 0,
      CHECK ((user_id IS NULL) <> (group_id IS NULL)),
      CHECK ((scope = 'system') = (target_id IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX role_assignments_once ON role_assignments
      (ifnull(user_id, ''), ifnull(group_id, ''), role_id, scope, ifnull(target_id, ''), inherited);
    CREATE INDEX role_assignments_by_user ON role_assignments (user_id, target_id);
    CREATE INDEX role_assignments_by_group ON role_assignments (group_id, target_id);
    CREATE INDEX role_assignments_by_role ON role_assignments (role_id);
    CREATE INDEX role_assignments_by_target ON role_assignments (target_id);
    """

  /// Tokens that were revoked one by one, by audit id, for as long as they would have been valid.
  private static let revocationTable = """
    CREATE TABLE revocations (
      audit_id TEXT PRIMARY KEY,
      revoked_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX revocations_by_end ON revocations (expires_at);
    """
}
