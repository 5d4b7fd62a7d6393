import OpenStackAPI
import Persistence

/// A way in which an identity provider vouches for users, and the mapping that says who they are here. Its id is its
/// name, and counts among those of its provider only.
struct FederationProtocol: Sendable {
  let id: String
  let providerID: String
  let mappingID: String
  let remoteIDAttribute: String?
  let extra = RawJSON.empty
}

extension FederationProtocol: Resource {
  static let member: StaticString = "protocol"
  static let collection: StaticString = "protocols"
  static let table = "federation_protocols"
  static let columns = "id, provider_id, mapping_id, remote_id_attribute"

  init(row: inout Row) throws {
    id = try row.next()
    providerID = try row.next()
    mappingID = try row.next()
    remoteIDAttribute = try row.next()
  }

  private static let path = Federation.path + "/identity_providers/:idp_id/protocols"
  private static let one = path + "/:protocol_id"

  /// How lists show it.
  static let view = View<FederationProtocol>(
    [Field("idp_id", \.providerID), Field("remote_id_attribute", \.remoteIDAttribute)] + shortFields)
  /// How it is shown alone. Keystone's links lead nowhere, and are the same here.
  private static let shortView = View<FederationProtocol>(shortFields)
  private static let shortFields: [Field<FederationProtocol>] = [
    Field("id", \.id),
    Field("mapping_id", \.mappingID),
    Field("links") { record, call, json in
      json.object { json in
        json.member("self", call.link("/protocols/", record.id))
        json.member("identity_provider", call.link("/", record.providerID))
      }
    },
  ]

  static let routes: [Route] = [
    .get(path, "identity:list_protocols", .systemReader, run: list),
    .get(one, "identity:get_protocol", .systemReader, run: show),
    .put(
      one, "identity:create_protocol", .keystoneAdmin,
      body: Body("protocol", [mapping, Property("remote_id_attribute", Schema.string(0...64).orNull)]), returns: 201,
      run: create),
    .patch(
      one, "identity:update_protocol", .keystoneAdmin,
      body: Body("protocol", [mapping, .string("remote_id_attribute", 0...64)]), run: update),
    .delete(one, "identity:delete_protocol", .keystoneAdmin, run: delete),
  ]

  private static let mapping = Property.string("mapping_id", 1...64, .required)
}

extension FederationProtocol {
  /// The one that the path names.
  private static func existing(_ call: Call, _ db: Connection) throws -> FederationProtocol {
    let (provider, id) = (call.parameter("idp_id"), call.parameter("protocol_id"))
    guard let found = try find(id, of: provider, db) else {
      throw Fault.notFound("Could not find federated protocol \(id) for Identity Provider: \(provider).")
    }
    return found
  }

  /// The one of a provider with a name.
  static func find(_ id: String, of provider: String, _ db: Connection) throws -> FederationProtocol? {
    let (isProvider, isID) = (GeneralCollation.key(sql: "provider_id"), GeneralCollation.key(sql: "id"))
    return try db.first(
      "SELECT \(columns) FROM federation_protocols WHERE \(isProvider) = ? AND \(isID) = ?",
      GeneralCollation.key(provider), GeneralCollation.key(id))
  }

  private static func refuseUnknownMapping(_ input: JSON, _ db: Connection) throws {
    let mapping = input["mapping_id"]?.text ?? ""
    guard try FederationMapping.find(mapping, db) != nil else {
      throw Fault.badRequest("Invalid mapping id: \(mapping)", reason: .lookup)
    }
  }

  private func shortResponse(_ call: Call) -> Response {
    .json { json in
      json.key("protocol")
      Self.shortView.projection(for: call).write(self, to: &json)
    }
  }

  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<FederationProtocol>(
      conditions: [
        Condition("\(GeneralCollation.key(sql: "provider_id")) = ?", GeneralCollation.key(call.parameter("idp_id")))
      ], filters: []
    ).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { try existing(call, $0) }.shortResponse(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      try refuseUnknownMapping(call.input, db)
      let provider = try IdentityProvider.existing(call.parameter("idp_id"), db)
      let id = call.parameter("protocol_id")
      guard try find(id, of: provider.id, db) == nil else {
        throw Fault.duplicate("federation_protocol", name: nil, id: id, domain: nil)
      }
      try db.execute(
        "INSERT INTO federation_protocols (id, provider_id, mapping_id, remote_id_attribute) VALUES (?, ?, ?, ?)",
        id, provider.id, call.input["mapping_id"]?.text, call.input["remote_id_attribute"]?.text)
      return try existing(call, db)
    }.shortResponse(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      try refuseUnknownMapping(call.input, db)
      let old = try existing(call, db)
      try db.execute(
        "UPDATE federation_protocols SET mapping_id = ?, remote_id_attribute = ? WHERE provider_id = ? AND id = ?",
        call.input["mapping_id"]?.text, call.input["remote_id_attribute"]?.text ?? old.remoteIDAttribute,
        old.providerID, old.id)
      return try existing(call, db)
    }.shortResponse(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let old = try existing(call, db)
      try db.execute(
        "DELETE FROM federation_protocols WHERE provider_id = ? AND id = ?", old.providerID, old.id)
    }
    return .empty
  }
}
