import OpenStackAPI
import Persistence

/// How much of something everybody may use who has no limit of his own.
struct RegisteredLimit: Sendable {
  let id: String
  let serviceID: String
  let regionID: String?
  let resourceName: String
  let defaultLimit: Int
  let description: String?
  let extra = RawJSON.empty
}

extension RegisteredLimit: Resource {
  static let member: StaticString = "registered_limit"
  static let collection: StaticString = "registered_limits"
  static let table = "registered_limits"
  static let columns = "id, service_id, region_id, resource_name, default_limit, description"

  init(row: inout Row) throws {
    id = try row.next()
    serviceID = try row.next()
    regionID = try row.next()
    resourceName = try row.next()
    defaultLimit = try row.next()
    description = try row.next()
  }

  static let view = View<RegisteredLimit>([
    Field("id", \.id),
    Field("service_id", \.serviceID),
    Field("region_id", \.regionID),
    Field("resource_name", \.resourceName),
    Field("default_limit", \.defaultLimit),
    Field("description", \.description),
    .links("/registered_limits/", \.id),
  ])

  private static let one = "/registered_limits/:registered_limit_id"

  static let routes: [Route] = [
    .get("/registered_limits", "identity:list_registered_limits", run: list),
    .post(
      "/registered_limits", "identity:create_registered_limits", .keystoneAdmin,
      body: Body("registered_limits", .array(creation, count: 1...Int.max)), returns: 201, run: create),
    .get(one, "identity:get_registered_limit", run: show("registered_limit_id")),
    .patch(
      one, "identity:update_registered_limit", .keystoneAdmin,
      body: Body("registered_limit", attributes.map { Property($0.name, $0.schema) }), run: update),
    .delete(one, "identity:delete_registered_limit", .keystoneAdmin, run: delete),
  ]

  static let attributes: [Attribute] = [
    Attribute("service_id", LimitSchemas.service, required: true) { $0.text.sqlValue },
    Attribute("region_id", LimitSchemas.region) { $0.text.sqlValue },
    .name("resource_name"),
    Attribute("default_limit", LimitSchemas.amount, required: true) { $0.integer.sqlValue },
    Attribute("description", LimitSchemas.description) { $0.text.sqlValue },
  ]

  private static let creation = Schema.object(
    attributes.map { Property($0.name, $0.schema, $0.isRequired ? .required : .optional) })

  static func missing(_ id: String) -> Fault { .notFound("Could not find registered limit for \(id).") }
}

extension RegisteredLimit {
  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.checkQuery(LimitSchemas.query)
    return try Collection<RegisteredLimit>(
      filters: [.exact("service_id"), .words("region_id"), .words("resource_name")]
    ).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let drafts = (call.input.array ?? []).map { attributes.values(of: $0) }
    let ids = drafts.map { _ in call.world.identifiers.hex() }
    return try await call.world.write { db in
      for draft in drafts { try refuseUnknown(draft, db) }
      return try zip(drafts, ids).map { draft, id in
        var values = draft
        try Region.settle(&values, db)
        try refuseRepeated(
          service: values.text("service_id"), region: values.text("region_id"), name: values.text("resource_name"), db)
        values["id"] = id
        return try insert(values, db)
      }
    }.response(call)
  }

  /// One that limits of projects and domains depend on stays as it is.
  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("registered_limit_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in
      var values = values
      try refuseUnknown(values, db)
      try Region.settle(&values, db)
      let old = try existing(id, db)
      try old.refuseInUse(db)
      // Keystone takes a limit that is told again what it is about for a second one, so that is refused too.
      if ["service_id", "region_id", "resource_name"].contains(where: { call.input[$0] != nil }) {
        try refuseRepeated(
          service: values.text("service_id") ?? old.serviceID,
          region: call.input["region_id"] == nil ? old.regionID : values.text("region_id"),
          name: values.text("resource_name") ?? old.resourceName, db)
      }
      return try change(id, values, db)
    }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("registered_limit_id")
    try await call.world.write { db in
      let limit = try existing(id, db)
      try limit.refuseInUse(db)
      try limit.remove(db)
    }
    return .empty
  }

  private static func refuseUnknown(_ values: RowValues, _ db: Connection) throws {
    try LimitSchemas.refuseUnknown(
      service: values.text("service_id"), region: values.text("region_id"), in: "registered_limit", db)
  }

  private static func refuseRepeated(
    service: String?, region: String?, name: String?, _ db: Connection
  ) throws {
    let sql = "SELECT 1 FROM registered_limits WHERE \(LimitDraft.isSameResource)"
    guard try !db.exists(sql, service, region, name) else {
      throw Fault.conflict(storing: "registered_limit", "Duplicate entry")
    }
  }

  private func refuseInUse(_ db: Connection) throws {
    guard try !db.exists("SELECT 1 FROM limits WHERE registered_limit_id = ?", id) else {
      throw Fault.forbidden(
        "Unable to update or delete registered limit \(id) because there are project limits associated with it.",
        reason: .state)
    }
  }
}

extension Array where Element: Resource {
  /// What was made of a request for several: `{"limits": [...]}`, without links.
  func response(_ call: Call) -> Response {
    let projection = Element.view.projection(for: call)
    return .json { json in
      json.array(Element.collection) { json in
        for record in self { Element.write(record, to: &json, projection) }
      }
    }
  }
}
