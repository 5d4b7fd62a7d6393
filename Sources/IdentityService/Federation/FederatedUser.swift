import OpenStackAPI
import Persistence

/// What links a user to accounts that identity providers vouch for (`federated`).
///
/// Source: keystone.identity.core, `_validate_federated_objects` and `list_users`; the table `federated_user`.
enum FederatedUser {
  private static let protocols = Schema.object(
    [Property("protocol_id", .string(), .required), Property("unique_id", .string(), .required)], additional: .allowed)

  /// What the member may hold.
  static let schema = Schema.array(
    .object(
      [
        Property("idp_id", .string(), .required),
        Property("protocols", .array(protocols, count: 1...Int.max), .required),
      ], additional: .allowed))

  static let tables = """
    CREATE TABLE federated_users (
      number INTEGER PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
      protocol_id TEXT NOT NULL,
      unique_id TEXT NOT NULL,
      unique_key TEXT NOT NULL,
      FOREIGN KEY (provider_id, protocol_id) REFERENCES federation_protocols (provider_id, id) ON DELETE CASCADE,
      UNIQUE (provider_id, protocol_id, unique_key)
    ) STRICT;
    CREATE INDEX federated_users_by_user ON federated_users (user_id);
    """

  /// The member as JSON; NULL for a user without links.
  static let column = """
    (SELECT nullif(json_group_array(json_object('idp_id', provider_id, 'protocols', json(protocols))), '[]')
      FROM (
        SELECT provider_id,
          json_group_array(json_object('protocol_id', protocol_id, 'unique_id', unique_id)) AS protocols
        FROM (SELECT * FROM federated_users WHERE user_id = users.id ORDER BY number)
        GROUP BY provider_id ORDER BY min(number)))
    """

  /// Links a user as a request says, instead of all links that there were; one that says nothing changes nothing.
  static func set(_ value: JSON?, of user: String, _ db: Connection) throws {
    guard let links = value?.array, !links.isEmpty else { return }
    try db.execute("DELETE FROM federated_users WHERE user_id = ?", user)
    for link in links {
      let name = link["idp_id"]?.text ?? ""
      guard let provider = try IdentityProvider.find(name, db) else { throw unknown(provider: name) }
      for account in link["protocols"]?.array ?? [] {
        try add(account, of: provider, named: name, to: user, db)
      }
    }
  }

  private static func add(
    _ account: JSON, of provider: IdentityProvider, named name: String, to user: String, _ db: Connection
  ) throws {
    let (id, unique) = (account["protocol_id"]?.text ?? "", account["unique_id"]?.text ?? "")
    guard let found = try FederationProtocol.find(id, of: provider.id, db) else {
      throw Fault.badRequest("Could not find federated protocol \(id) for Identity Provider: \(name).")
    }
    let added = try db.execute(
      """
      INSERT INTO federated_users (user_id, provider_id, protocol_id, unique_id, unique_key) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """, user, provider.id, found.id, unique, GeneralCollation.key(unique))
    guard added > 0 else { throw Fault.conflict(storing: "federated_user", "Duplicate entry") }
  }

  private static func unknown(provider: String) -> Fault {
    .badRequest("Could not find Identity Provider: \(provider)")
  }

  /// What lists of users are filtered by: all of it holds for one link. No user has members of these names, so that
  /// inexact filters by them find nobody.
  static func conditions(_ query: QueryParameters) -> [Condition] {
    let columns = [("idp_id", "provider_id"), ("protocol_id", "protocol_id"), ("unique_id", "unique_id")]
    let isInexact = query.pairs.contains { pair in columns.contains { pair.name.hasPrefix($0.0 + "__") } }
    if isInexact { return [Condition("0")] }
    let wanted = columns.compactMap { name, column in
      query.pairs.first { $0.name == name }.map { (column, GeneralCollation.key($0.value)) }
    }
    guard !wanted.isEmpty else { return [] }
    let tests = wanted.map { " AND \(GeneralCollation.key(sql: $0.0)) = ?" }.joined()
    return [
      Condition(
        "id IN (SELECT user_id FROM federated_users WHERE TRUE\(tests))", values: wanted.map(\.1))
    ]
  }
}
