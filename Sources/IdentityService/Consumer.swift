import OpenStackAPI
import Persistence

/// A program that users may let act for them (Identity API v3, "OS-OAUTH1").
struct Consumer: Sendable {
  let id: String
  let description: String?
  let secret: String
  let extra: RawJSON
  /// Whether to show the secret: only to whom it is made for.
  var showsSecret = false
}

extension Consumer: Resource {
  static let member: StaticString = "consumer"
  static let collection: StaticString = "consumers"
  static let table = "consumers"
  static let columns = "id, description, secret, extra"

  init(row: inout Row) throws {
    id = try row.next()
    description = try row.next()
    secret = try row.next()
    extra = try row.next()
  }

  static let view = View<Consumer>([
    Field("id", \.id),
    Field("description", \.description),
    Field("secret", ifPresent: { $0.showsSecret ? $0.secret : nil }),
    .links("/OS-OAUTH1/consumers/", \.id),
  ])

  private static let path = "/OS-OAUTH1/consumers"

  static let routes: [Route] = [
    .get(path, "identity:list_consumers", .systemReader, run: list),
    .post(
      path, "identity:create_consumer", .keystoneAdmin, body: attributes.creation(of: member), returns: 201, run: create
    ),
    .get(path + "/:consumer_id", "identity:get_consumer", .systemReader, run: show),
    .patch(
      path + "/:consumer_id", "identity:update_consumer", .keystoneAdmin, body: attributes.change(of: member),
      run: update),
    .delete(path + "/:consumer_id", "identity:delete_consumer", .keystoneAdmin, run: delete),
  ]

  private static let attributes: [Attribute] = [.text("description")]

  static let tables = """
    CREATE TABLE consumers (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      description TEXT,
      secret TEXT NOT NULL,
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE TABLE request_tokens (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      secret TEXT NOT NULL,
      verifier TEXT,
      authorizing_user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
      project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      role_ids TEXT NOT NULL DEFAULT '[]',
      consumer_id TEXT NOT NULL REFERENCES consumers (id) ON DELETE CASCADE,
      expires_at INTEGER
    ) STRICT;
    CREATE INDEX request_tokens_by_consumer ON request_tokens (consumer_id);
    CREATE TABLE access_tokens (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      secret TEXT NOT NULL,
      authorizing_user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      role_ids TEXT NOT NULL,
      consumer_id TEXT NOT NULL REFERENCES consumers (id) ON DELETE CASCADE,
      expires_at INTEGER
    ) STRICT;
    CREATE INDEX access_tokens_by_user ON access_tokens (authorizing_user_id);
    CREATE INDEX access_tokens_by_consumer ON access_tokens (consumer_id);
    """
}

extension Consumer {
  /// Keystone does not quote the id.
  static func missing(_ id: String) -> Fault { .notFound("Consumer not found") }

  @Sendable private static func list(_ call: Call) throws -> Response {
    try Collection<Consumer>(filters: []).response(call)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { try existing(call.parameter("consumer_id"), $0) }.response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    var values = attributes.values(of: call.input)
    values["id"] = call.world.identifiers.hex()
    values["secret"] = call.world.identifiers.hex()
    var consumer = try await call.world.write { [values] db in try insert(values, db) }
    consumer.showsSecret = true
    return consumer.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let id = call.parameter("consumer_id")
    if call.input["secret"] != nil {
      throw Fault.badRequest(
        "\(call.input.pythonRepresentation) should not be valid under {'required': ['secret']}")
    }
    try call.refuseOtherID(than: "consumer_id")
    let values = attributes.values(of: call.input)
    return try await call.world.write { db in
      _ = try existing(id, db)
      return try change(id, values, db)
    }.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    let id = call.parameter("consumer_id")
    try await call.world.write { db in
      let consumer = try existing(id, db)
      // What cascades is not told to those who watch this table.
      try db.execute("DELETE FROM access_tokens WHERE consumer_id = ?", id)
      try consumer.remove(db)
    }
    return .empty
  }
}
