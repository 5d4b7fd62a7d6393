import OpenStackAPI
import Persistence

/// Which users are in which groups.
enum Membership {
  static let routes: [Route] = [
    .get(
      "/groups/:group_id/users", "identity:list_users_in_group", Group.readerRule, access: .resource, run: listUsers),
    .get(
      "/groups/:group_id/users/:user_id", "identity:check_user_in_group", checkRule, access: .resource, returns: 204,
      run: check),
    .put(
      "/groups/:group_id/users/:user_id", "identity:add_user_to_group", managerRule, access: .resource, returns: 204,
      run: add),
    .delete(
      "/groups/:group_id/users/:user_id", "identity:remove_user_from_group", managerRule, access: .resource, run: remove
    ),
    .get("/users/:user_id/groups", "identity:list_groups_for_user", userRule, access: .resource, run: listGroups),
  ]

  private static let userRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.user.domain_id)s)
    or user_id:%(user_id)s
    """
  private static let checkRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (role:reader and domain_id:%(target.group.domain_id)s and domain_id:%(target.user.domain_id)s)
    """
  private static let managerRule: PolicyRule = """
    rule:admin_required
    or (role:manager and domain_id:%(target.group.domain_id)s and domain_id:%(target.user.domain_id)s)
    """

  /// A group that a user is in for good.
  private static let groupView = Group.view + [Field("membership_expires_at") { _, _, json in json.raw("null") }]
}

extension Membership {
  @Sendable private static func listUsers(_ call: Call) throws -> Response {
    let group = try Group.authorized(call, "group_id")
    var conditions = [Condition("id IN (SELECT user_id FROM memberships WHERE group_id = ?)", group.id)]
    if let own = try call.caller.domainID { conditions.append(Condition("domain_id = ?", own)) }
    return try User.collection(call, conditions).response(call)
  }

  @Sendable private static func listGroups(_ call: Call) throws -> Response {
    let id = call.parameter("user_id")
    let user = try call.world.read { try User.find(id, $0) }
    try call.authorize((user?.target ?? [:]).merging(["user_id": id]) { first, _ in first })
    guard user != nil else { throw Fault.missing("user", id) }
    var conditions = [Condition("id IN (SELECT group_id FROM memberships WHERE user_id = ?)", id)]
    if let own = try call.caller.domainID { conditions.append(Condition("domain_id = ?", own)) }
    return try Collection<Group>(conditions: conditions, filters: [.name], view: groupView).response(call)
  }

  @Sendable private static func check(_ call: Call) throws -> Response {
    let (group, user) = try authorized(call)
    let isMember = try call.world.read { db in
      try db.exists("SELECT 1 FROM memberships WHERE group_id = ? AND user_id = ?", group.id, user.id)
    }
    guard isMember else { throw missing(user.id, group.id) }
    return .empty
  }

  @Sendable private static func add(_ call: Call) async throws -> Response {
    let (group, user) = try authorized(call)
    try await call.world.write { db in
      _ = try Group.existing(group.id, db)
      _ = try User.existing(user.id, db)
      try db.execute(
        "INSERT INTO memberships (user_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING", user.id, group.id)
    }
    return .empty
  }

  /// All tokens of the user end, whatever the group gave.
  @Sendable private static func remove(_ call: Call) async throws -> Response {
    let (group, user) = try authorized(call)
    try await call.world.write { db in
      guard try db.exists("SELECT 1 FROM memberships WHERE group_id = ? AND user_id = ?", group.id, user.id) else {
        throw missing(user.id, group.id)
      }
      try db.execute("DELETE FROM memberships WHERE group_id = ? AND user_id = ?", group.id, user.id)
      try User.endTokens(of: user.id, db)
    }
    return .empty
  }

  private static func authorized(_ call: Call) throws -> (Group, User) {
    let (groupID, userID) = (call.parameter("group_id"), call.parameter("user_id"))
    let (group, user) = try call.world.read { (try Group.find(groupID, $0), try User.find(userID, $0)) }
    try call.authorize((group?.target ?? [:]).merging(user?.target ?? [:]) { first, _ in first })
    guard let group else { throw Fault.missing("group", groupID) }
    guard let user else { throw Fault.missing("user", userID) }
    return (group, user)
  }

  private static func missing(_ user: String, _ group: String) -> Fault {
    .notFound("User '\(user)' not found in group '\(group)'")
  }
}
