import OpenStackAPI

/// The rest of Nova's versioned notifications: flavors, key pairs, server groups and aggregates.
enum ComputeNotifications {
  static let all = FlavorNotifications.all + keypairs + serverGroups + AggregateNotifications.all

  /// Nova's API, on the host that its services are on.
  static let api = "'nova-api:' || coalesce((SELECT host FROM servers WHERE host IS NOT NULL LIMIT 1), 'pocketstack')"

  // MARK: Key pairs

  static func keypair(_ row: String) -> VersionedObject {
    VersionedObject(
      "KeypairPayload", "1.0",
      ["user_id", "name", "fingerprint", "public_key", "type"].map { ($0, "\(row).\($0)") })
  }

  private static let keypairs = [
    NotificationSource(
      "keypairs", .insert,
      phases("keypair", "iif(new.public_key LIKE '% Generated-by-Nova', 'create', 'import')", keypair("new"))),
    NotificationSource("keypairs", .delete, phases("keypair", "'delete'", keypair("old"))),
  ]

  /// A start and an end, which say the same where nothing lies between them.
  static func phases(_ object: String, _ action: String, _ payload: VersionedObject) -> [NotificationDraft] {
    ["start", "end"].map { phase in
      NotificationDraft("'\(object).' || \(action) || '.\(phase)'", by: api, payload: payload.sql)
    }
  }

  // MARK: Server groups

  private static func group(_ row: String) -> VersionedObject {
    VersionedObject(
      "ServerGroupPayload", "1.1",
      ["uuid", "name", "user_id", "project_id"].map { ($0, "\(row).\($0)") } + [
        ("policies", "json_array(\(row).policy)"),
        (
          "members",
          NotificationValue.json(
            "SELECT json_group_array(uuid) FROM servers WHERE server_group = \(row).uuid AND deleted = 0")
        ),
        ("hosts", "NULL"), ("policy", "\(row).policy"),
        (
          "rules",
          "iif(\(row).max_server_per_host IS NULL, json('{}'), json_object('max_server_per_host', "
            + "CAST(\(row).max_server_per_host AS TEXT)))"
        ),
      ])
  }

  private static func grouped(_ change: NotificationSource.Change) -> NotificationSource {
    NotificationSource(
      "servers", change,
      where: "new.server_group IS NOT NULL" + (change == .update ? " AND old.server_group IS NULL" : ""),
      [
        NotificationDraft(
          "'server_group.add_member'", by: api,
          payload: "(SELECT \(group("g").sql) FROM server_groups AS g WHERE g.uuid = new.server_group)")
      ])
  }

  private static let serverGroups = [
    NotificationSource(
      "server_groups", .insert, [NotificationDraft("'server_group.create'", by: api, payload: group("new").sql)]),
    NotificationSource(
      "server_groups", .delete, [NotificationDraft("'server_group.delete'", by: api, payload: group("old").sql)]),
    grouped(.insert), grouped(.update),
  ]
}
