import OpenStackAPI
import Persistence

/// Someone else who vouches for users.
struct IdentityProvider: Sendable {
  let id: String
  let domainID: String
  let isEnabled: Bool
  let description: String?
  let authorizationTTL: Int?
  let remoteIDs: RawJSON
  let extra = RawJSON.empty
}

extension IdentityProvider: Resource {
  static let member: StaticString = "identity_provider"
  static let collection: StaticString = "identity_providers"
  static let table = "identity_providers"
  static let isNamedByID = true
  static let columns = """
    id, domain_id, enabled, description, authorization_ttl,
    (SELECT json_group_array(remote_id) FROM (
      SELECT remote_id FROM remote_ids WHERE provider_id = identity_providers.id ORDER BY remote_id))
    """

  init(row: inout Row) throws {
    id = try row.next()
    domainID = try row.next()
    isEnabled = try row.next()
    description = try row.next()
    authorizationTTL = try row.next()
    remoteIDs = try row.next()
  }

  private static let path = Federation.path + "/identity_providers"
  private static let one = path + "/:idp_id"

  static let view = View<IdentityProvider>([
    Field("id", \.id),
    Field("domain_id", \.domainID),
    Field("enabled", \.isEnabled),
    Field("description", \.description),
    Field("remote_ids", \.remoteIDs),
    Field("authorization_ttl", \.authorizationTTL),
    Field("links") { provider, call, json in
      json.object { json in
        json.member("self", call.link(path + "/", provider.id))
        json.member("protocols", call.link(path + "/", provider.id) + "/protocols")
      }
    },
  ])

  static let routes: [Route] = [
    .get(path, "identity:list_identity_providers", .systemReader, run: list),
    .get(one, "identity:get_identity_provider", .systemReader, run: show("idp_id")),
    .put(
      one, "identity:create_identity_provider", .keystoneAdmin,
      body: creatable.creation(of: member, additional: .refused), returns: 201,
      run: create),
    .patch(
      one, "identity:update_identity_provider", .keystoneAdmin,
      body: attributes.change(of: member, additional: .refused), run: update),
    .delete(one, "identity:delete_identity_provider", .keystoneAdmin, run: remove("idp_id")),
  ]

  static let attributes: [Attribute] = [
    Federation.enabled,
    .text("description"),
    Attribute("authorization_ttl", Schema.integer(0...Int.max).orNull) { $0.integer.sqlValue },
    Attribute("remote_ids", Schema.array(.string(0...64), unique: true).orNull, keeping: .handler),
  ]

  /// A provider's domain is chosen once.
  private static let creatable = attributes + [Attribute("domain_id", Schema.keystoneID.orNull, keeping: .handler)]

  static func missing(_ id: String) -> Fault { .missing("Identity Provider", id) }
}

extension IdentityProvider {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.checkQuery([("enabled", Federation.boolean)])
    return try Collection<IdentityProvider>(filters: [.words("id"), .truth("enabled")]).response(call)
  }

  /// Its users get a domain of their own, unless the request names one.
  @Sendable private static func create(_ call: Call) async throws -> Response {
    let id = call.parameter("idp_id")
    let newDomain = call.world.identifiers.hex()
    var values = creatable.values(of: call.input)
    values["id"] = id
    return try await call.world.write { [values] db in
      var values = values
      let domain = call.input["domain_id"]?.text
      if let domain { _ = try Domain.existing(domain, where: Domain.isDomain, db) }
      guard try find(id, db) == nil else {
        throw Fault.conflict(storing: "identity_provider", "Duplicate entry: \(id)")
      }
      if domain == nil { try addDomain(newDomain, of: id, db) }
      values["domain_id"] = domain ?? newDomain
      _ = try insert(values, db)
      return try keepRemoteIDs(call.input, of: id, db)
    }.response(call)
  }

  private static func addDomain(_ domain: String, of id: String, _ db: Connection) throws {
    try db.execute(
      "INSERT INTO projects (id, name, name_key, is_domain, description) VALUES (?1, ?1, \(GeneralCollation.key(sql: "?1")), 1, ?2)",
      domain,
      "Auto generated federated domain for Identity Provider: \(id)")
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("idp_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in
      try keepRemoteIDs(call.input, of: change(id, values, db).id, db)
    }.response(call)
  }

  /// The names that the provider's assertions carry replace those that were there. None belongs to two providers.
  private static func keepRemoteIDs(_ input: JSON, of id: String, _ db: Connection) throws -> IdentityProvider {
    if let given = input["remote_ids"] {
      try db.execute("DELETE FROM remote_ids WHERE provider_id = ?", id)
      for remote in (given.array ?? []).compactMap(\.text) {
        let key = GeneralCollation.key(sql: "remote_id")
        guard try !db.exists("SELECT 1 FROM remote_ids WHERE \(key) = ?", GeneralCollation.key(remote)) else {
          throw Fault.conflict(storing: "identity_provider", "Duplicate remote ID: \(remote)")
        }
        try db.execute("INSERT INTO remote_ids (remote_id, provider_id) VALUES (?, ?)", remote, id)
      }
    }
    return try existing(id, db)
  }
}
