import OpenStackAPI
import Persistence

/// An SSH or X.509 key that a user hands to new servers. It belongs to a user, not to a project (Compute API,
/// "Keypairs").
struct Keypair: Sendable, RowDecodable {
  let id: Int
  let userID, name, type, publicKey, fingerprint: String
  let createdAt: Timestamp

  static let columns = "id, user_id, name, type, public_key, fingerprint, created_at"

  init(row: inout Row) throws {
    id = try row.next()
    userID = try row.next()
    name = try row.next()
    type = try row.next()
    publicKey = try row.next()
    fingerprint = try row.next()
    createdAt = try row.next()
  }

  static let migration = """
    CREATE TABLE keypairs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL,
      name TEXT NOT NULL,
      type TEXT NOT NULL CHECK (type IN ('ssh', 'x509')),
      public_key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (user_id, name)
    ) STRICT;
    """
}

extension Keypair {
  static let summary = View<Keypair>([
    Field("name", \.name),
    Field("public_key", \.publicKey),
    Field("fingerprint", \.fingerprint),
    Field("type", \.type, since: "2.2"),
  ])

  static let created = summary + [Field("user_id", \.userID)]

  static let detail =
    created + [
      Field("created_at", { $0.createdAt.text(.microseconds) }),
      Field("deleted", { _ in false }),
      Field("deleted_at", { _ in JSON.null }),
      Field("id", \.id),
      Field("updated_at", { _ in JSON.null }),
    ]

  static let creation = Body(
    "keypair",
    [
      Property("name", keypairName, .required),
      .string("type", in: ["ssh", "x509"], since: "2.2"),
      Property("public_key", .string(), .requiredSince("2.92")),
      .string("user_id", since: "2.10"),
    ])

  private static let anyName = Schema.string(1...255, format: .name)

  private static let keypairName = anyName.and { value, version in
    Schema.string(format: version < "2.92" ? plainName : mailName).check(value, version)
  }

  private static let plainName = StringFormat.pattern(#"^[_\- a-zA-Z0-9]+$"#) { text in
    text.utf8.allSatisfy { StringFormat.isWord($0) || "_- ".utf8.contains($0) }
  }

  /// Since 2.92 a name may look like a mail address.
  private static let mailName = StringFormat.pattern(#"^[_\-\@\. a-zA-Z0-9]+$"#) { text in
    text.utf8.allSatisfy { StringFormat.isWord($0) || "_- @.".utf8.contains($0) }
  }

  private static let ofUser = Query([QueryParameter("user_id", since: "2.10")], refusesUnknownSince: "2.75")

  static let routes: [Route] = [
    .get(
      "/os-keypairs", "os_compute_api:os-keypairs:index", .userOrAdmin, access: .resource,
      query: ofUser + QueryParameter.paging(since: "2.35"), run: index),
    .post(
      "/os-keypairs", "os_compute_api:os-keypairs:create", .userOrAdmin, access: .resource, body: creation,
      returns: ["2.1": 200, "2.2": 201], run: create),
    .get(
      "/os-keypairs/:name", "os_compute_api:os-keypairs:show", .userOrAdmin, access: .resource, query: ofUser,
      run: show),
    .delete(
      "/os-keypairs/:name", "os_compute_api:os-keypairs:delete", .userOrAdmin, access: .resource, query: ofUser,
      returns: ["2.1": 202, "2.2": 204], run: delete),
  ]
}

extension Keypair {
  /// Whose key pairs are meant: the caller's, or those of the user an administrator names.
  private static func user(_ named: String?, _ call: Call) throws -> String {
    let user = try named ?? call.caller.user.id
    try call.authorize(["user_id": user])
    return user
  }

  private static func index(_ call: Call) throws -> Response {
    let user = try user(call.query["user_id"], call)
    var listing = Listing(columns, from: "keypairs", key: "name")
    listing.conditions = [Condition("user_id = ?", user)]
    listing.order = [SortOrder("name")]
    return try Collection<Keypair>(
      name: "keypairs", linksName: "keypairs_links", path: "/os-keypairs", listing: listing,
      markersAmong: listing.conditions, id: \.name, unknownMarker: { "Marker \($0) could not be found." },
      wrapper: "keypair", linksSince: "2.35"
    ).page(summary, call)
  }

  private static func show(_ call: Call) throws -> Response {
    let user = try user(call.query["user_id"], call)
    let keypair = try call.world.read { try find(call.parameter("name"), of: user, $0) }
    let projection = detail.projection(for: call)
    return .json { json in
      json.key("keypair")
      projection.write(keypair, to: &json)
    }
  }

  static func find(_ name: String, of user: String, _ db: Connection) throws -> Keypair {
    let found: Keypair? = try db.first(
      "SELECT \(columns) FROM keypairs WHERE user_id = ? AND name = ?", user, name)
    guard let found else { throw Fault.notFound("Keypair \(name) not found for user \(user)") }
    return found
  }

  private static func create(_ call: Call) async throws -> Response {
    let input = call.input
    let user = try user(input["user_id"]?.text, call)
    let name = input["name"]?.text ?? ""
    let key = try await key(of: input["type"]?.text ?? "ssh", given: input["public_key"]?.text, for: user, call)
    let keypair = try await call.world.write { db in
      try insert(key, name: name, user: user, call, db)
      return try find(name, of: user, db)
    }
    let projection = created.projection(for: call)
    return .json { json in
      json.object("keypair") { json in
        projection.writeMembers(of: keypair, to: &json)
        if let privateKey = key.privateKey { json.member("private_key", privateKey) }
      }
    }
  }

  private static func key(
    of type: String, given: String?, for user: String, _ call: Call
  ) async throws -> KeyMaterial {
    guard let given else {
      guard type == "x509" else { return try await .generated() }
      return try await .generatedCertificate(for: user, call.world.identifiers, call.now)
    }
    guard let key = type == "ssh" ? KeyMaterial(sshPublicKey: given) : KeyMaterial(certificate: given) else {
      throw Fault.badRequest("Keypair data is invalid: failed to generate fingerprint")
    }
    return key
  }

  private static func insert(_ key: KeyMaterial, name: String, user: String, _ call: Call, _ db: Connection) throws {
    let used = try QuotaUsage.keyPairs(of: user, db)
    let refusal = Fault.forbidden("Quota exceeded, too many key pairs.", reason: .quota)
    try call.refuseByFault(refusal)
    guard try QuotaLimits.of(call, db).allow(used + 1, of: .keyPairs) else {
      throw refusal.because([
        "exceeded": [["resource": "key_pairs", "used": .integer(used), "requested": 1]]
      ])
    }
    if try db.exists("SELECT 1 FROM keypairs WHERE user_id = ? AND name = ?", user, name) {
      throw Fault.conflict("Key pair '\(name)' already exists.").because(["name": .string(name)])
    }
    try db.execute(
      "INSERT INTO keypairs (user_id, name, type, public_key, fingerprint, created_at) VALUES (?, ?, ?, ?, ?, ?)",
      user, name, call.input["type"]?.text ?? "ssh", key.publicKey, key.fingerprint, call.now.microseconds)
  }

  private static func delete(_ call: Call) async throws -> Response {
    let user = try user(call.query["user_id"], call)
    try await call.world.write { db in
      let keypair = try find(call.parameter("name"), of: user, db)
      try db.execute("DELETE FROM keypairs WHERE id = ?", keypair.id)
    }
    return .empty
  }
}
