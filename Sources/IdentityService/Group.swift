import OpenStackAPI
import Persistence

/// Users who get roles together.
struct Group: Sendable {
  let id: String
  let name: String
  let domainID: String
  let description: String?
  let extra: RawJSON
}

extension Group: Resource {
  static let member: StaticString = "group"
  static let collection: StaticString = "groups"
  static let table = "user_groups"
  static let hasNameKey = true
  static let columns = "id, name, domain_id, description, extra"

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    domainID = try row.next()
    description = try row.next()
    extra = try row.next()
  }

  static let view = View<Group>([
    Field("id", \.id),
    Field("name", \.name),
    Field("domain_id", \.domainID),
    Field("description", \.description),
    .links("/groups/", \.id),
  ])

  static let routes: [Route] = [
    .get("/groups", "identity:list_groups", readerRule, access: .resource, run: list),
    .post(
      "/groups", "identity:create_group", managerRule, access: .resource, body: attributes.creation(of: member),
      returns: 201, run: create),
    .get("/groups/:group_id", "identity:get_group", readerRule, access: .resource, run: show("group_id")),
    .patch(
      "/groups/:group_id", "identity:update_group", managerRule, access: .resource, body: attributes.change(of: member),
      run: update),
    .delete("/groups/:group_id", "identity:delete_group", managerRule, access: .resource, run: delete),
  ]

  static let attributes: [Attribute] = [
    .text("description"), Attribute("domain_id", .keystoneID) { $0.text.sqlValue }, .name(),
  ]

  static let readerRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (role:reader and domain_id:%(target.group.domain_id)s)
    """
  private static let managerRule: PolicyRule =
    "rule:admin_required or (role:manager and domain_id:%(target.group.domain_id)s)"

  /// What rules compare with.
  var target: PolicyTarget { ["group.id": id, "group.domain_id": domainID] }
}

extension Group {
  /// A token for a domain lists that domain's groups.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let own = try call.caller.domainID
    try call.authorize(own.map { ["group.domain_id": $0] } ?? [:])
    try call.checkQuery([("domain_id", .keystoneID), ("name", .keystoneName)])
    return try Collection<Group>(
      conditions: own.map { [Condition("domain_id = ?", $0)] } ?? [], filters: [.exact("domain_id"), .name]
    ).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    try call.authorize(call.input["domain_id"]?.text.map { ["group.domain_id": $0] } ?? [:])
    var values = values(call.input.normalizedNames)
    let domain = try values.text("domain_id") ?? call.homeDomain
    values["domain_id"] = domain
    values["id"] = call.world.identifiers.hex()
    if call.input["description"] == nil { values["description"] = "" }
    return try await call.world.write { [values] db in
      _ = try Domain.existing(domain, where: Domain.isDomain, db)
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let group = try authorized(call, "group_id")
    if let id = call.input["id"], !id.isNull, id.text != group.id { throw Fault.badRequest("Cannot change ID") }
    if let domain = call.input["domain_id"], domain.text != group.domainID {
      throw Fault.badRequest("Cannot change Domain ID")
    }
    let values = values(call.input)
    return try await call.world.write { db in try change(group.id, values, db) }.response(call)
  }

  /// Where the group gave roles, all tokens of its members end with it.
  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let group = try authorized(call, "group_id", tellsMissing: true)
    try await call.world.write { db in
      try db.execute(
        """
        UPDATE users SET token_generation = token_generation + 1
        WHERE id IN (SELECT user_id FROM memberships WHERE group_id = ?1)
          AND EXISTS (SELECT 1 FROM role_assignments WHERE group_id = ?1)
        """, group.id)
      try existing(group.id, db).remove(db)
    }
    return .empty
  }

  private static func values(_ input: JSON) -> RowValues {
    var values = attributes.values(of: input)
    if let name = values.text("name") { values["name"] = name.pythonStripped }
    return values
  }
}
