import OpenStackAPI
import Persistence

/// `/v2.0/users`: users without their domain, whose default project is their tenant.
enum V2Users {
  private static let view = View<User>([
    Field("id", \.id),
    Field("name", \.name),
    Field("username", \.name),
    Field("enabled") { user, call, json in user.isEnabled(in: call.world).write(to: &json) },
    Field("tenantId", ifPresent: \.defaultProjectID),
    Field("options", \.options),
  ])
  /// What a change shows.
  private static let changedView = view + [Field("extra", \.extra)]

  static let routes: [Route] =
    [
      .get("/users", V2.admin, V2.adminRule, run: list),
      .post("/users", V2.admin, V2.adminRule, body: .unchecked, returns: 200, run: create),
      .get("/users/:user_id", V2.admin, V2.adminRule, run: show),
      .delete("/users/:user_id", V2.admin, V2.adminRule, run: delete),
      .put("/users/:user_id", V2.admin, V2.adminRule, body: .unchecked, run: update),
    ]
    + ["enabled", "password", "tenant"].flatMap { member in
      // The addresses without OS-KSADM are older.
      ["/users/:user_id/OS-KSADM/\(member)", "/users/:user_id/\(member)"].map { path in
        .put(path, V2.admin, V2.adminRule, body: .unchecked, run: member == "enabled" ? setEnabled : update)
      }
    }

  /// keystone.identity.schema, `user_create_v2` and `user_update_v2`; the rest is looked at as in v3.
  private static let schema = Schema.object(
    User.attributes.map { Property($0.name, $0.schema) } + [Property("tenantId", Schema.keystoneID.orNull)],
    additional: .allowed, atLeast: 1)
}

extension V2Users {
  @Sendable private static func list(_ call: Call) throws -> Response {
    if let name = call.query["name"] {
      let found: User? = try call.world.read { db in
        let id = NameKeys.id(in: "users", of: "domain_id = ?1")
        return try db.first("SELECT \(User.columns) FROM users WHERE id = \(id)", V2.domain, name)
      }
      guard let found else { throw Fault.missing("user", name) }
      return answer(found, call)
    }
    let users = try call.world.read { db in
      try db.query(
        "SELECT \(User.columns) FROM users WHERE domain_id = ? ORDER BY number", V2.domain, as: User.self)
    }
    return answer(users, call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    answer(try call.world.read { try User.existing(call.parameter("user_id"), $0) }, call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let input = try input(call)
    guard input["name"] != nil else { throw Fault.badRequest("'name' is a required property") }
    let tenant = input["default_project_id"]?.text
    if let tenant { _ = try call.world.read { try V2Tenants.existing(tenant, $0) } }
    let user = try await UserChange(.object(input), in: call.world).create(in: V2.domain) { user, db in
      guard let tenant else { return }
      try join(user.id, V2Tenants.existing(tenant, db).id, db)
    }
    return answer(user, call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let input = try input(call)
    let old = try call.world.read { try User.existing(call.parameter("user_id"), $0) }
    let tenant = input["default_project_id"]?.text
    if let tenant, tenant != old.defaultProjectID { _ = try call.world.read { try V2Tenants.existing(tenant, $0) } }
    let change = UserChange(.object(input), in: call.world)
    try change.refuseMoving(old)
    let changed = try await change.apply(to: old.id) { old, new, db in
      guard new.defaultProjectID != old.defaultProjectID else { return }
      if let tenant = old.defaultProjectID { try leave(new.id, tenant, db) }
      if let tenant = new.defaultProjectID { try join(new.id, V2Tenants.existing(tenant, db).id, db) }
    }
    return answer(changed, call, view: changedView)
  }

  @Sendable private static func setEnabled(_ call: Call) async throws -> Response {
    guard try V2.member("user", of: call.body)["enabled"] != nil else {
      throw Fault.badRequest("'enabled' is a required property")
    }
    return try await update(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("user_id")
    try await call.world.write { db in try User.existing(id, db).remove(db) }
    return .empty
  }

  /// What the body says, in the words of v3. There are no domains to be named.
  private static func input(_ call: Call) throws -> JSONObject {
    var user = try V2.member("user", of: call.body)
    let aliases = [("OS-KSADM:password", "password"), ("username", "name")]
    for (alias, name) in aliases where user[name] == nil || name == "password" {
      if let value = user[alias] { user[name] = value }
      user[alias] = JSON?.none
    }
    try V2.check(user, schema)
    if let tenant = user["tenantId"], !tenant.isNull { user["default_project_id"] = tenant }
    for name in ["tenantId", "domain_id"] { user[name] = JSON?.none }
    return user
  }
}

extension V2Users {
  /// The role that makes a user a member of a tenant (keystone.conf, `member_role_name`), or the one that took its place.
  private static let memberRole =
    "(SELECT id FROM roles WHERE name IN ('_member_', 'member') AND domain_id IS NULL ORDER BY name LIMIT 1)"

  private static func join(_ user: String, _ tenant: String, _ db: Connection) throws {
    try db.execute(
      """
      INSERT INTO role_assignments (user_id, role_id, scope, target_id)
      SELECT ?1, roles.id, 'project', projects.id FROM projects JOIN roles ON roles.id = \(memberRole)
      WHERE projects.id = ?2
      ON CONFLICT DO NOTHING
      """, user, tenant)
  }

  private static func leave(_ user: String, _ tenant: String, _ db: Connection) throws {
    try db.execute(
      """
      DELETE FROM role_assignments
      WHERE user_id = ? AND target_id = ? AND scope = 'project' AND NOT inherited AND role_id = \(memberRole)
      """, user, tenant)
  }

  private static func answer(_ user: User, _ call: Call, view: View<User> = view) -> Response {
    user.response(call, view: view)
  }

  static func answer(_ users: [User], _ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.array("users") { json in for user in users { User.write(user, to: &json, projection) } }
    }
  }
}
