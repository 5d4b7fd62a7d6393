import Crypto
import OpenStackAPI
import Persistence

/// A secret that Keystone keeps for a user: a key pair of EC2, the secret of one-time passwords, a certificate.
struct Credential: Sendable {
  let id: String
  let userID: String
  let projectID: String?
  let type: String
  let blob: String
  let extra: RawJSON
}

extension Credential: Resource {
  static let member: StaticString = "credential"
  static let collection: StaticString = "credentials"
  static let table = "credentials"
  static let columns = "id, user_id, project_id, type, blob, extra"

  init(row: inout Row) throws {
    id = try row.next()
    userID = try row.next()
    projectID = try row.next()
    type = try row.next()
    blob = try row.next()
    extra = try row.next()
  }

  static let view = View<Credential>([
    Field("id", \.id),
    Field("user_id", \.userID),
    Field("project_id", \.projectID),
    Field("type", \.type),
    Field("blob", \.blob),
    .links("/credentials/", \.id),
  ])

  static let routes: [Route] = [
    .get("/credentials", "identity:list_credentials", readRule, access: .resource, run: list),
    .post(
      "/credentials", "identity:create_credential", writeRule, access: .resource,
      body: Body("\(member)", creationSchema), returns: 201, run: create),
    .get("/credentials/:credential_id", "identity:get_credential", readRule, access: .resource, run: show),
    .patch(
      "/credentials/:credential_id", "identity:update_credential", writeRule, access: .resource,
      body: attributes.change(of: member), run: update),
    .delete("/credentials/:credential_id", "identity:delete_credential", writeRule, access: .resource, run: delete),
  ]

  static let attributes: [Attribute] = [
    .text("blob", required: true), .text("type", required: true), .text("user_id", required: true),
    .text("project_id"),
  ]

  /// Credentials of EC2 need a project (keystone/credential/schema.py).
  private static let creationSchema = attributes.creationSchema().and { value, _ in
    guard value["type"] == "ec2", value["project_id"] == nil else { return nil }
    return Violation(value, "'project_id' is a required property")
  }

  static let readRule: PolicyRule = """
    rule:admin_required or (role:reader and system_scope:all) or user_id:%(target.credential.user_id)s
    """
  private static let writeRule: PolicyRule = "rule:admin_required or user_id:%(target.credential.user_id)s"

  var target: PolicyTarget { ["credential.user_id": userID] }

  /// They go with their user and their project. Neither has to exist when they are made.
  static let tables = """
    CREATE TABLE credentials (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      user_id TEXT NOT NULL,
      project_id TEXT,
      type TEXT NOT NULL,
      blob TEXT NOT NULL,
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE INDEX credentials_by_user ON credentials (user_id, type);
    CREATE INDEX credentials_by_project ON credentials (project_id);
    CREATE TRIGGER credentials_of_user AFTER DELETE ON users BEGIN
      DELETE FROM credentials WHERE user_id = OLD.id;
    END;
    CREATE TRIGGER credentials_of_project AFTER DELETE ON projects BEGIN
      DELETE FROM credentials WHERE project_id = OLD.id;
    END;
    """
}

extension Credential {
  static let ec2 = "ec2"
  private static let mismatch = "Credential project"
  /// Members of an EC2 credential's blob that bind it to what it was made with.
  private static let bonds = ["trust_id", "app_cred_id", "access_token_id", "access_id"]

  /// The id of an EC2 credential.
  static func id(ofAccess access: String) -> String { Identifiers.hex(Array(SHA256.hash(data: Array(access.utf8)))) }

  /// Those that the caller may see one by one; with a delegated token those of its project.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let caller = try call.caller
    try call.authorize(caller.isSystem ? [:] : ["credential.user_id": caller.user.id])
    var conditions: [Condition] = []
    if !call.isAllowed("identity:get_credential", [:]) { conditions.append(Condition("user_id = ?", caller.user.id)) }
    conditions += try call.reachableCredentials()
    return try Collection<Credential>(conditions: conditions, filters: [.exact("user_id"), .words("type")])
      .response(call)
  }

  /// The one that the path names, if the caller may do to it what the route does: it can change owners, so that a change
  /// asks within its transaction.
  private static func authorized(_ call: Call, _ db: Connection) throws -> Credential {
    let id = call.parameter("credential_id")
    let found = try find(id, db)
    try call.authorize(found?.target ?? [:])
    guard let found else { throw missing(id) }
    return found
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let credential = try call.world.read { try authorized(call, $0) }
    try call.refuseDelegated(mismatch, of: credential.projectID)
    return credential.response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    try call.authorize(call.input["user_id"]?.text.map { ["credential.user_id": $0] } ?? [:])
    let isEC2 = call.input["type"]?.text?.lowercased() == ec2
    if isEC2 { try call.refuseRestrictedEC2(managing: "additional credentials") }
    try call.refuseDelegated(mismatch, of: call.input["project_id"]?.text)
    var values = attributes.values(of: call.input)
    values["id"] = call.world.identifiers.hex()
    if isEC2 {
      let blob = try ec2Blob(call.input["blob"]?.text)
      values["id"] = id(ofAccess: blob["access"]?.pythonText ?? "")
      values["blob"] = try bound(blob, call)
    }
    return try await call.world.write { [values] db in
      let limit = DelegationSettings.of(call.world).credentials
      try refuseMore(than: limit, of: values.text("user_id") ?? "", "credentials", db)
      return try insert(values, db)
    }.response(call)
  }

  /// The blob of an EC2 credential; a delegated caller's credential is bound to the delegation.
  private static func bound(_ blob: JSONObject, _ call: Call) throws -> String {
    var blob = blob
    switch try call.caller.delegation.map({ ($0.means, JSON.string($0.id)) }) {
    case (.trust, let id)?: blob["trust_id"] = id
    case (.applicationCredential, let id)?: blob["app_cred_id"] = id
    case (.accessToken, let id)?: blob["access_token_id"] = id
    case (.signature, _)?, nil: return call.input["blob"]?.text ?? ""
    }
    return JSON.object(blob).jsonText
  }

  private static func ec2Blob(_ text: String?) throws -> JSONObject {
    guard let json = try? JSON(parsing: Array((text ?? "").utf8)) else {
      throw Fault.badRequest("Invalid blob in credential")
    }
    guard let blob = json.object, !blob.members.isEmpty else { throw Fault.expecting("blob", in: "credential") }
    guard let access = blob["access"], !access.isNull else { throw Fault.expecting("access", in: "credential") }
    return blob
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    try refuseOthers(than: "blob", call)
    return try await call.world.write { db in
      let old = try authorized(call, db)
      try call.refuseDelegated(mismatch, of: old.projectID)
      try refuseRebinding(old, call.input["blob"]?.text)
      try call.refuseOtherID(than: "credential_id")
      let owner = call.input["user_id"]?.text ?? old.userID
      try call.authorize(["credential.user_id": owner])
      let project = call.input["project_id"].map(\.text) ?? old.projectID
      if call.input["type"]?.text?.lowercased() == ec2, project == nil {
        throw Fault.expecting("project_id", in: "credential")
      }
      return try change(old.id, attributes.values(of: call.input), db)
    }.response(call)
  }

  /// keystone/credential/schema.py, `update_request_body`.
  private static func refuseOthers(than member: String, _ call: Call) throws {
    guard call.world.holds(.credentialsChangeOnlyTheirBlob) else { return }
    let others = (call.input.object?.keys ?? []).filter { $0 != member }
    guard others.isEmpty else {
      let names = others.map(JSON.quoted).joined(separator: ", ")
      throw Fault.badRequest(
        "Additional properties are not allowed (\(names) \(others.count == 1 ? "was" : "were") unexpected)")
    }
  }

  private static func refuseRebinding(_ old: Credential, _ blob: String?) throws {
    guard old.type.lowercased() == ec2, let blob else { return }
    let new = try ec2Blob(blob)
    let bound = JSON(stored: old.blob)?.object ?? JSONObject()
    for bond in bonds where (bound[bond] ?? .null) != (new[bond] ?? .null) {
      throw Fault.badRequest("\(bond) can not be updated for credential")
    }
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let credential = try authorized(call, db)
      try call.refuseDelegated(mismatch, of: credential.projectID)
      try credential.remove(db)
    }
    return .empty
  }
}
