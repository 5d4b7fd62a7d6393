import OpenStackAPI
import Persistence

/// A user's key pair for EC2 and S3, as the older of its two addresses shows it (Identity API v3, "OS-EC2").
struct EC2Credential: Sendable {
  let id: String
  let userID: String
  let projectID: String?
  let blob: JSONObject
  let extra: RawJSON
}

extension EC2Credential: Resource {
  static let member: StaticString = "credential"
  static let collection: StaticString = "credentials"
  static let table = "credentials"
  static let columns = "id, user_id, project_id, blob, '{}'"

  init(row: inout Row) throws {
    id = try row.next()
    userID = try row.next()
    projectID = try row.next()
    blob = try row.next(RawJSON.self).members
    extra = try row.next()
  }

  static let view = View<EC2Credential>([
    Field("user_id", \.userID),
    Field("tenant_id", \.projectID),
    Field("access", \.access),
    Field("secret", \.secret),
    Field("trust_id", { $0.blob["trust_id"]?.text }),
    Field("links") { credential, call, json in
      let path = "/users/\(credential.userID)/credentials/OS-EC2/"
      json.object { $0.member("self", call.link(path, credential.access ?? "")) }
    },
  ])

  private static let path = "/users/:user_id/credentials/OS-EC2"

  static let routes = routes(created: 201)

  /// The same for both versions of the API, but for the status of what is created.
  static func routes(created: ByVersion<Int>) -> [Route] {
    [
      .get(path, "identity:ec2_list_credentials", ApplicationCredential.readRule, access: .resource, run: list),
      .post(
        path, "identity:ec2_create_credential", writeRule, access: .resource, body: .unchecked, returns: created,
        run: create),
      .get(path + "/:credential_id", "identity:ec2_get_credential", showRule, access: .resource, run: show),
      .delete(path + "/:credential_id", "identity:ec2_delete_credential", writeRule, access: .resource, run: delete),
    ]
  }

  private static let showRule = Credential.readRule.only([.system, .project])
  private static let writeRule =
    PolicyRule("rule:admin_required or (role:member and user_id:%(target.credential.user_id)s)")
    .only([.system, .project])

  var target: PolicyTarget { ["credential.user_id": userID] }

  /// The public half.
  var access: String? { blob["access"]?.text }
  /// The secret half.
  var secret: String? { blob["secret"]?.text }
}

extension EC2Credential {
  private static let mismatch = "EC2 credential project"
  private static let isEC2 = "type = 'ec2'"

  @Sendable private static func list(_ call: Call) throws -> Response {
    let user = call.parameter("user_id")
    try call.authorize(["user_id": user])
    try call.refuseDelegatedCredentials()
    try call.world.read { _ = try User.existing(user, $0) }
    let conditions = try [Condition("user_id = ?", user), Condition(isEC2)] + call.reachableCredentials()
    return try Collection<EC2Credential>(conditions: conditions, filters: []).response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let user = call.parameter("user_id")
    try call.authorize(["credential.user_id": user])
    try call.refuseRestrictedEC2(managing: "additional application credentials")
    let project = call.body["tenant_id"]?.text ?? "None"
    let delegation = try call.caller.delegation
    let access = call.world.identifiers.hex()
    let trust = delegation?.means == .trust ? delegation.map { JSON.string($0.id) } : nil
    let blob: JSON = [
      "access": .string(access), "secret": .string(call.world.identifiers.hex()), "trust_id": trust ?? .null,
    ]
    return try await call.world.write { db in
      _ = try User.existing(user, db)
      _ = try Project.existing(project, db)
      try call.refuseDelegated(mismatch, of: project)
      try refuseMore(than: DelegationSettings.of(call.world).credentials, of: user, "credentials", db)
      var values = RowValues()
      values["id"] = Credential.id(ofAccess: access)
      values["user_id"] = user
      values["project_id"] = project
      values["type"] = Credential.ec2
      values["blob"] = blob.jsonText
      return try insert(values, db)
    }.response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { try named(call, $0) }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in try named(call, db).remove(db) }
    return .empty
  }

  /// The one whose access key the path names. As in Keystone one that does not exist is missing for everybody.
  private static func named(_ call: Call, _ db: Connection) throws -> EC2Credential {
    let credential = try existing(Credential.id(ofAccess: call.parameter("credential_id")), where: isEC2, db)
    try call.authorize(credential.target)
    _ = try User.existing(call.parameter("user_id"), db)
    try call.refuseDelegated(mismatch, of: credential.projectID)
    return credential
  }
}
