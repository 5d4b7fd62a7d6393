import OpenStackAPI
import Persistence

/// How much of something a project or a domain may use, instead of what is registered for all.
struct Limit: Sendable {
  let id: String
  let projectID: String?
  let domainID: String?
  let serviceID: String
  let regionID: String?
  let resourceName: String
  let amount: Int
  let description: String?
  /// The domain of the project, for policy rules.
  let projectDomainID: String?
  let extra = RawJSON.empty
}

extension Limit: Resource {
  static let member: StaticString = "limit"
  static let collection: StaticString = "limits"
  static let table = "limits"
  static let columns = """
    id, project_id, domain_id, service_id, region_id, resource_name, resource_limit, description,
    (SELECT projects.domain_id FROM projects WHERE projects.id = limits.project_id)
    """

  init(row: inout Row) throws {
    id = try row.next()
    projectID = try row.next()
    domainID = try row.next()
    serviceID = try row.next()
    regionID = try row.next()
    resourceName = try row.next()
    amount = try row.next()
    description = try row.next()
    projectDomainID = try row.next()
  }

  static let view = bareView + [.links("/limits/", \.id)]
  /// How a project shows the limits that it has.
  static let bareView = View<Limit>([
    Field("id", \.id),
    Field("project_id", \.projectID),
    Field("domain_id", \.domainID),
    Field("service_id", \.serviceID),
    Field("region_id", \.regionID),
    Field("resource_name", \.resourceName),
    Field("resource_limit", \.amount),
    Field("description", \.description),
  ])

  static let routes: [Route] = [
    .get("/limits", "identity:list_limits", run: list),
    .post(
      "/limits", "identity:create_limits", .keystoneAdmin, body: Body("limits", .array(creation, count: 1...Int.max)),
      returns: 201, run: create),
    .get("/limits/model", "identity:get_limit_model", run: model),
    .get("/limits/:limit_id", "identity:get_limit", showRule, access: .resource, run: show("limit_id")),
    .patch(
      "/limits/:limit_id", "identity:update_limit", .keystoneAdmin, access: .resource,
      body: Body(
        "limit",
        [Property("resource_limit", LimitSchemas.amount), Property("description", LimitSchemas.description)]),
      run: update),
    .delete("/limits/:limit_id", "identity:delete_limit", .keystoneAdmin, access: .resource, run: delete),
  ]

  private static let showRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all)
    or (domain_id:%(target.limit.domain.id)s or domain_id:%(target.limit.project.domain_id)s)
    or (project_id:%(target.limit.project_id)s and not None:%(target.limit.project_id)s)
    """

  static let attributes: [Attribute] = [
    Attribute("project_id", LimitSchemas.owner) { $0.text.sqlValue },
    Attribute("domain_id", LimitSchemas.owner) { $0.text.sqlValue },
    .name("resource_name"),
    Attribute("region_id", LimitSchemas.region) { $0.text.sqlValue },
    Attribute("service_id", LimitSchemas.service, required: true) { $0.text.sqlValue },
    Attribute("resource_limit", LimitSchemas.amount, required: true) { $0.integer.sqlValue },
    Attribute("description", LimitSchemas.description) { $0.text.sqlValue },
  ]

  /// A limit is a project's or a domain's, not both.
  private static let creation: Schema = {
    let members = Schema.object(
      attributes.map { Property($0.name, $0.schema, $0.isRequired ? .required : .optional) })
    return members.and { value, _ in
      let owners = ["domain_id", "project_id"].filter { value[$0] != nil }
      guard owners.count != 1 else { return nil }
      let python = value.pythonRepresentation
      let both = ["project_id", "domain_id"].map {
        "{'required': ['service_id', 'resource_name', 'resource_limit', '\($0)']}"
      }
      return Violation(
        value,
        owners.isEmpty
          ? "\(python) is not valid under any of the given schemas"
          : "\(python) is valid under each of \(both.joined(separator: ", "))")
    }
  }()

  static func missing(_ id: String) -> Fault { .notFound("Could not find limit for \(id).") }

  var target: PolicyTarget {
    var target: PolicyTarget = [:]
    target["limit.project_id"] = projectID
    target["limit.domain.id"] = domainID
    target["limit.project.domain_id"] = projectDomainID
    return target
  }
}

extension Limit {
  /// Those who run the cloud see all; others what is their domain's or their project's.
  @Sendable private static func list(_ call: Call) throws -> Response {
    try call.checkQuery(LimitSchemas.query + [("project_id", .keystoneID), ("domain_id", .keystoneID)])
    let caller = try call.caller
    var limits = Collection<Limit>(
      filters: ["region_id", "resource_name"].map { .words($0) }
        + ["service_id", "project_id", "domain_id"].map { .exact($0) })
    if caller.isSystem || caller.isAdmin || caller.roles.contains(where: { $0.name == "service" }) {
      return try limits.response(call)
    } else if let domain = caller.domainID {
      limits.conditions = [
        Condition("(domain_id = ? OR project_id IN (SELECT id FROM projects WHERE domain_id = ?))", domain, domain)
      ]
    } else {
      limits.conditions = [Condition("project_id = ?", caller.projectID ?? "")]
    }
    return try limits.response(call)
  }

  @Sendable private static func model(_ call: Call) throws -> Response {
    let model = call.enforcementModel
    return .json { json in
      json.object("model") { json in
        json.member("name", model.rawValue)
        json.member("description", model.description)
      }
    }
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let inputs = call.input.array ?? []
    let ids = inputs.map { _ in call.world.identifiers.hex() }
    let model = call.enforcementModel
    return try await call.world.write { db in
      let drafts = try inputs.map { try draft($0, db) }
      try model.check(drafts, db)
      return try zip(zip(inputs, drafts), ids).map { try add($0.0, $0.1, id: $1, db) }
    }.response(call)
  }

  /// Checks what a request names. The limit of a project that acts as a domain is the domain's.
  private static func draft(_ input: JSON, _ db: Connection) throws -> LimitDraft {
    var draft = LimitDraft(
      projectID: input["project_id"]?.text, domainID: input["domain_id"]?.text,
      serviceID: input["service_id"]?.text ?? "",
      regionID: try input["region_id"]?.text.map { try Region.find($0, db)?.id ?? $0 },
      resourceName: input["resource_name"]?.text ?? "", value: input["resource_limit"]?.integer ?? 0)
    try LimitSchemas.refuseUnknown(service: draft.serviceID, region: draft.regionID, in: "limit", db)
    if let id = draft.projectID {
      guard let project = try Project.find(id, db) else {
        throw Fault.expecting("project_id", in: "limit", reason: .lookup)
      }
      if project.isDomain { (draft.projectID, draft.domainID) = (nil, id) }
    }
    guard draft.projectID == nil else { return draft }
    guard let id = draft.domainID, try Domain.find(id, where: Domain.isDomain, db) != nil else {
      throw Fault.expecting("domain_id", in: "limit", reason: .lookup)
    }
    return draft
  }

  private static func add(_ input: JSON, _ draft: LimitDraft, id: String, _ db: Connection) throws -> Limit {
    let registered: RegisteredLimit? = try db.first(
      "SELECT \(RegisteredLimit.columns) FROM registered_limits WHERE \(LimitDraft.isSameResource)", draft.resource)
    guard let registered else {
      throw Fault.forbidden("Unable to create a limit that has no corresponding registered limit.", reason: .state)
    }
    var values = attributes.values(of: input)
    values["id"] = nil
    values["registered_limit_id"] = registered.id
    values["resource_name"] = registered.resourceName
    values["region_id"] = draft.regionID.sqlValue
    values["project_id"] = draft.projectID.sqlValue
    values["domain_id"] = draft.domainID.sqlValue
    let isThere = "SELECT 1 FROM limits WHERE registered_limit_id = ? AND project_id IS ? AND domain_id IS ?"
    guard try !db.exists(isThere, registered.id, draft.projectID, draft.domainID) else {
      throw Fault.conflict(storing: "limit", "Duplicate entry")
    }
    values["id"] = id
    return try insert(values, db)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = try authorized(call, "limit_id", tellsMissing: true).id
    try await call.world.write { db in try existing(id, db).remove(db) }
    return .empty
  }

  /// As in Keystone, a limit of 0 and an empty description change nothing.
  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = try authorized(call, "limit_id", tellsMissing: true).id
    let (amount, description) = (call.input["resource_limit"]?.integer, call.input["description"]?.text)
    let model = call.enforcementModel
    return try await call.world.write { db in
      let limit = try existing(id, db)
      try model.check([limit.draft(amount ?? limit.amount)], db)
      var values = RowValues()
      if let amount, amount != 0 { values["resource_limit"] = amount }
      if let description, !description.isEmpty { values["description"] = description }
      return try change(id, values, db)
    }.response(call)
  }

  private func draft(_ amount: Int) -> LimitDraft {
    LimitDraft(
      projectID: projectID, domainID: domainID, serviceID: serviceID, regionID: regionID, resourceName: resourceName,
      value: amount)
  }
}

extension Call {
  fileprivate var enforcementModel: EnforcementModel {
    world.settings.get(default: IdentitySettings()).enforcementModel
  }
}
