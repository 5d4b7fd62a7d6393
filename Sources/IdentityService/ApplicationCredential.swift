import OpenStackAPI
import Persistence

/// A secret with which a program authenticates as its user, for one project and with some of the user's roles.
struct ApplicationCredential: Sendable {
  let id: String
  let name: String
  let description: String?
  let userID: String
  let projectID: String
  let expiresAt: Timestamp?
  let isUnrestricted: Bool
  let roles: RawJSON
  let accessRules: RawJSON?
  let extra: RawJSON
  /// Shown once, when it is made.
  var secret: String?
}

extension ApplicationCredential: Resource {
  static let member: StaticString = "application_credential"
  static let collection: StaticString = "application_credentials"
  static let table = "application_credentials"
  static let hasNameKey = true
  private static let rolesColumn = """
    (SELECT \(Role.documents)
      FROM (SELECT roles.* FROM application_credential_roles JOIN roles ON roles.id = role_id
        WHERE application_credential_id = application_credentials.id ORDER BY roles.number))
    """
  /// The access rules as JSON; NULL where there are none.
  static let accessRulesColumn = """
    (SELECT nullif(json_group_array(
        json_object('id', id, 'service', service, 'path', path, 'method', method)), '[]')
      FROM (SELECT access_rules.* FROM application_credential_access_rules
        JOIN access_rules ON access_rules.id = access_rule_id
        WHERE application_credential_id = application_credentials.id ORDER BY access_rules.number))
    """
  static let columns = """
    id, name, description, user_id, project_id, expires_at, unrestricted, \(rolesColumn), \(accessRulesColumn), '{}'
    """

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    description = try row.next()
    userID = try row.next()
    projectID = try row.next()
    expiresAt = try row.next()
    isUnrestricted = try row.next()
    roles = try row.next()
    accessRules = try row.next()
    extra = try row.next()
  }

  static let view = View<ApplicationCredential>([
    Field("id", \.id),
    Field("name", \.name),
    Field("description", \.description),
    Field("user_id", \.userID),
    Field("project_id", \.projectID),
    Field("system", { _ in JSON.null }),
    Field("expires_at", { $0.expiresAt?.text(.microseconds) }),
    Field("unrestricted", \.isUnrestricted),
    Field("roles", \.roles),
    Field("access_rules", ifPresent: \.accessRules),
    Field("secret", ifPresent: \.secret),
    .links("/application_credentials/", \.id),
  ])

  private static let path = "/users/:user_id/application_credentials"

  static let routes: [Route] = [
    .get(path, "identity:list_application_credentials", readRule, access: .resource, run: list),
    .post(
      path, "identity:create_application_credential", createRule, access: .resource, body: creation,
      returns: 201, run: create),
    .get(
      path + "/:application_credential_id", "identity:get_application_credential", readRule, access: .resource,
      run: show),
    .delete(
      path + "/:application_credential_id", "identity:delete_application_credential",
      PolicyRule("rule:admin_required or user_id:%(user_id)s").only([.system, .project]), access: .resource, run: delete
    ),
  ]

  private static let createRule = PolicyRule("user_id:%(user_id)s").only(.project)
  static let readRule = PolicyRule("rule:admin_required or (role:reader and system_scope:all) or user_id:%(user_id)s")
    .only([.system, .project])

  /// keystone/application_credential/schema.py. What the token decides can be given, and is passed over.
  private static let creation = Body(
    "\(member)",
    [
      Property("id", .string()),
      Property("secret", Schema.string().orNull),
      Property("name", .keystoneName, .required),
      Property("description", Schema.string().orNull),
      Property("expires_at", Schema.string().orNull),
      Property("project_id", .string()),
      Property("access_rules", .array(UserAccessRule.schema)),
      Property("unrestricted", Schema.boolean.orNull),
      Property("system", Schema.string().orNull),
      Property("roles", Role.choice),
    ])

  var target: PolicyTarget { ["user_id": userID] }

  /// A user who is disabled loses all of them, and the holders of a role that is deleted those for the project
  /// (keystone.application_credential.core.Manager, the callbacks).
  static let tables = """
    CREATE TABLE application_credentials (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      description TEXT,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      secret_hash TEXT NOT NULL,
      expires_at INTEGER,
      unrestricted INTEGER NOT NULL DEFAULT 0,
      UNIQUE (user_id, name)
    ) STRICT;
    CREATE INDEX application_credentials_by_project ON application_credentials (project_id);
    CREATE TABLE application_credential_roles (
      application_credential_id TEXT NOT NULL REFERENCES application_credentials (id) ON DELETE CASCADE,
      role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
      PRIMARY KEY (application_credential_id, role_id)
    ) STRICT;
    CREATE INDEX application_credential_roles_by_role ON application_credential_roles (role_id);
    CREATE TABLE access_rules (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      service TEXT NOT NULL,
      path TEXT NOT NULL,
      method TEXT NOT NULL,
      UNIQUE (user_id, service, path, method)
    ) STRICT;
    CREATE TABLE application_credential_access_rules (
      application_credential_id TEXT NOT NULL REFERENCES application_credentials (id) ON DELETE CASCADE,
      access_rule_id TEXT NOT NULL REFERENCES access_rules (id) ON DELETE CASCADE,
      PRIMARY KEY (application_credential_id, access_rule_id)
    ) STRICT;
    CREATE INDEX application_credential_access_rules_by_rule ON application_credential_access_rules (access_rule_id);
    CREATE TRIGGER application_credentials_of_user AFTER UPDATE OF enabled ON users WHEN NOT NEW.enabled BEGIN
      DELETE FROM application_credentials WHERE user_id = NEW.id;
      DELETE FROM access_rules WHERE user_id = NEW.id;
    END;
    CREATE TRIGGER application_credentials_of_role BEFORE DELETE ON roles BEGIN
      DELETE FROM application_credentials WHERE EXISTS (
        SELECT 1 FROM role_assignments WHERE role_id = OLD.id AND scope = 'project'
          AND user_id = application_credentials.user_id AND target_id = application_credentials.project_id);
    END;
    """

  /// The access rules of stored JSON.
  static func rules(_ json: RawJSON) -> [AccessRule] {
    (JSON(stored: json.text)?.array ?? []).compactMap { rule in
      guard let service = rule["service"]?.text, let method = rule["method"]?.text, let path = rule["path"]?.text
      else { return nil }
      return AccessRule(service: service, method: method, path: path)
    }
  }
}

extension ApplicationCredential {
  @Sendable private static func list(_ call: Call) throws -> Response {
    let user = call.parameter("user_id")
    try call.authorize(["user_id": user])
    try call.refuseDelegatedApplicationCredential()
    return try Collection<ApplicationCredential>(
      conditions: [Condition("user_id = ?", user)], filters: [.name]
    ).response(call)
  }

  /// The one that the path names. Whose it is, the row says and not the path.
  private static func named(_ call: Call) throws -> ApplicationCredential {
    let id = call.parameter("application_credential_id")
    let found = try call.world.read { try find(id, $0) }
    try call.authorize(found?.target ?? ["user_id": call.parameter("user_id")])
    try call.refuseDelegatedApplicationCredential()
    guard let found else { throw missing(id) }
    return found
  }

  static func missing(_ id: String) -> Fault { .missing("Application Credential", id) }

  @Sendable private static func show(_ call: Call) throws -> Response { try named(call).response(call) }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = try named(call).id
    try call.refuseRestricted(managing: "additional application credentials")
    try await call.world.write { db in
      try existing(id, db).remove(db)
    }
    return .empty
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let user = call.parameter("user_id")
    try call.authorize(["user_id": user])
    try call.refuseDelegatedApplicationCredential()
    try call.refuseRestricted(managing: "additional application credentials")
    guard try call.caller.user.id == user else {
      throw Fault.forbiddenAction("Cannot create an application credential for another user.")
    }
    let project = try call.projectID
    let given = call.input["secret"]?.text.flatMap { $0.isEmpty ? nil : $0 }
    let secret = given ?? Base64.urlSafe.encode(call.world.identifiers.bytes(64))
    let values = try values(call, user: user, project: project)
    var created = try await call.world.knowingPasswords { findings in
      let hash = try findings.hash(of: secret)
      return try await call.world.write { db in
        var values = values
        values["secret_hash"] = hash
        return try create(values, of: user, call, db)
      }
    }
    created.secret = secret
    return created.response(call)
  }

  /// What the caller may delegate is asked of the rows as they are by then.
  private static func create(
    _ values: RowValues, of user: String, _ call: Call, _ db: Connection
  ) throws -> ApplicationCredential {
    let held = try call.currentCaller(db).roles.map(\.id)
    let limit = DelegationSettings.of(call.world).applicationCredentials
    try refuseMore(than: limit, of: user, "application credentials", db)
    let id = try insert(values, db).id
    try addRoles(to: id, among: held, call, db)
    try UserAccessRule.add(call.input["access_rules"], to: id, of: user, call.world, db)
    return try existing(id, db)
  }

  private static func values(_ call: Call, user: String, project: String) throws -> RowValues {
    var values = RowValues()
    values["id"] = call.world.identifiers.hex()
    values["name"] = call.input["name"]?.text
    values["description"] = call.input["description"]?.text
    values["user_id"] = user
    values["project_id"] = project
    values["unrestricted"] = call.input["unrestricted"]?.bool ?? false
    if let end = call.input["expires_at"]?.text, !end.isEmpty {
      values["expires_at"] = try Timestamp.end(end, after: call.now).microseconds
    }
    return values
  }

  /// Gives it all roles of the token, or those that are named with what they imply, if the token has all of these.
  private static func addRoles(to id: String, among held: [String], _ call: Call, _ db: Connection) throws {
    let named = try Role.ids(named: call.input["roles"], db)
    let chosen = named.isEmpty ? Set(held) : try Assignment.implied(by: named, db).union(named)
    guard chosen.isSubset(of: held) else {
      throw Fault.badRequest(
        "Invalid application credential: Cannot create an application credential with unassigned role")
    }
    for role in held where chosen.contains(role) {
      try db.execute(
        "INSERT INTO application_credential_roles (application_credential_id, role_id) VALUES (?, ?)", id, role)
    }
  }
}
