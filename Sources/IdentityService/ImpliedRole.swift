import OpenStackAPI
import Persistence

/// Roles that come with another role (Identity API v3, "Role inference rules").
enum ImpliedRole {
  static let routes: [Route] = [
    .get("/role_inferences", "identity:list_role_inference_rules", .systemReader, run: listAll),
    .get(list, "identity:list_implied_roles", .systemReader, access: .resource, run: list),
    .get(one, "identity:get_implied_role", .systemReader, access: .resource, run: show),
    .head(one, "identity:check_implied_role", .systemReader, access: .resource, returns: 204, run: check),
    .put(one, "identity:create_implied_role", .keystoneAdmin, access: .resource, returns: 201, run: create),
    .delete(one, "identity:delete_implied_role", .keystoneAdmin, access: .resource, run: delete),
  ]

  private static let list = "/roles/:prior_role_id/implies"
  private static let one = list + "/:implied_role_id"

  /// Roles that no other may imply (keystone.conf, [assignment] prohibited_implied_role).
  private static let prohibited: Set<String> = ["admin"]
}

extension ImpliedRole {
  /// The roles that a path names. That one is missing is said before the rule is asked, as in Keystone.
  private struct Pair {
    let prior: Role
    let implied: Role

    init(_ call: Call, _ db: Connection) throws {
      prior = try Role.existing(call.parameter("prior_role_id"), db)
      implied = try Role.existing(call.parameter("implied_role_id"), db)
    }

    static func authorized(_ call: Call) throws -> Pair {
      let pair = try call.world.read { try Pair(call, $0) }
      try call.authorize([:])
      return pair
    }

    func refuseMissing(_ db: Connection) throws {
      let sql = "SELECT 1 FROM implied_roles WHERE prior_role_id = ? AND implied_role_id = ?"
      guard try db.exists(sql, prior.id, implied.id) else {
        throw Fault.notFound("\(prior.id) does not imply \(implied.id).")
      }
    }

    func response(_ call: Call) -> Response {
      .json { json in
        json.object("role_inference") { json in
          json.key("prior_role")
          prior.writeReference(to: &json, call)
          json.key("implies")
          implied.writeReference(to: &json, call)
        }
        json.object("links") { $0.member("self", call.link("/roles/\(prior.id)/implies/\(implied.id)")) }
      }
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let pair = try Pair.authorized(call)
    try call.world.read { try pair.refuseMissing($0) }
    return pair.response(call)
  }

  @Sendable private static func check(_ call: Call) throws -> Response {
    let pair = try Pair.authorized(call)
    try call.world.read { try pair.refuseMissing($0) }
    return .empty
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    _ = try Pair.authorized(call)
    return try await call.world.write { db in
      let pair = try Pair(call, db)
      let crossesDomain = pair.prior.domainID == nil && pair.implied.domainID != nil
      guard !prohibited.contains(pair.implied.name), !crossesDomain else {
        throw Fault.forbidden("\(pair.implied.id) cannot be an implied roles.", reason: .state)
      }
      let sql = "INSERT INTO implied_roles (prior_role_id, implied_role_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
      guard try db.execute(sql, pair.prior.id, pair.implied.id) > 0 else {
        throw Fault.conflict(storing: "implied_role", "Duplicate entry")
      }
      return pair
    }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    _ = try Pair.authorized(call)
    try await call.world.write { db in
      let pair = try Pair(call, db)
      try pair.refuseMissing(db)
      try db.execute(
        "DELETE FROM implied_roles WHERE prior_role_id = ? AND implied_role_id = ?", pair.prior.id, pair.implied.id)
    }
    return .empty
  }
}

extension ImpliedRole {
  /// What one role implies by itself.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let (prior, implied) = try call.world.read { db in
      let prior = try Role.existing(call.parameter("prior_role_id"), db)
      let sql = """
        SELECT \(Role.columns) FROM roles WHERE id IN
          (SELECT implied_role_id FROM implied_roles WHERE prior_role_id = ?) ORDER BY number
        """
      return (prior, try db.query(sql, prior.id, as: Role.self))
    }
    try call.authorize([:])
    return .json { json in
      json.object("role_inference") { json in write(prior, implied, to: &json, call) }
      json.object("links") { $0.member("self", call.link("/roles/\(prior.id)/implies")) }
    }
  }

  /// All roles that imply others.
  @Sendable private static func listAll(_ call: Call) throws -> Response {
    let (roles, rules) = try call.world.read { db in
      (
        try db.query("SELECT \(Role.columns) FROM roles", as: Role.self),
        try db.query(
          """
          SELECT prior_role_id, implied_role_id FROM implied_roles
          JOIN roles AS prior ON prior.id = prior_role_id JOIN roles AS implied ON implied.id = implied_role_id
          ORDER BY prior.number, implied.number
          """, as: Rule.self)
      )
    }
    let known = Dictionary(roles.map { ($0.id, $0) }) { first, _ in first }
    var priors: [String] = []
    for rule in rules where priors.last != rule.prior { priors.append(rule.prior) }
    let implied = Dictionary(grouping: rules, by: \.prior)
    return .json { json in
      json.array("role_inferences") { json in
        for prior in priors {
          guard let role = known[prior] else { continue }
          json.object { json in
            write(role, implied[prior]?.compactMap { known[$0.implied] } ?? [], to: &json, call)
          }
        }
      }
    }
  }

  private struct Rule: RowDecodable {
    let prior: String
    let implied: String

    init(row: inout Row) throws { (prior, implied) = (try row.next(), try row.next()) }
  }

  private static func write(_ prior: Role, _ implied: [Role], to json: inout JSONWriter, _ call: Call) {
    json.key("prior_role")
    prior.writeReference(to: &json, call)
    json.array("implies") { json in
      for role in implied { role.writeReference(to: &json, call) }
    }
  }
}

extension Role {
  /// The role as others name it: id, link and name.
  fileprivate func writeReference(to json: inout JSONWriter, _ call: Call) {
    json.object { json in
      json.member("id", id)
      json.object("links") { $0.member("self", call.link("/roles/", id)) }
      json.member("name", name)
    }
  }
}
