import OpenStackAPI

/// `flavor.*` of Nova's versioned notifications.
enum FlavorNotifications {
  static let all = [
    NotificationSource("flavors", .insert, [draft("create", row("new"))]),
    NotificationSource("flavors", .update, [draft("update", row("new"))]),
    NotificationSource("flavors", .delete, [draft("delete", row("old"))]),
    NotificationSource("flavor_access", .insert, [draft("update", accessed("new"))]),
    NotificationSource(
      "flavor_access", .delete, where: "EXISTS (SELECT 1 FROM flavors WHERE id = old.flavor)",
      [draft("update", accessed("old"))]),
  ]

  private static func draft(_ action: String, _ payload: String) -> NotificationDraft {
    NotificationDraft("'flavor.\(action)'", by: ComputeNotifications.api, payload: payload)
  }

  /// Fields in the order of Nova's payload; what is not given is what a flavor has that says nothing of it.
  static func flavor(_ given: [String: String]) -> VersionedObject {
    let defaults = [
      ("flavorid", "NULL"), ("memory_mb", "NULL"), ("vcpus", "NULL"), ("root_gb", "NULL"), ("ephemeral_gb", "0"),
      ("name", "''"), ("swap", "0"), ("rxtx_factor", "1.0"), ("vcpu_weight", "0"), ("disabled", "json('false')"),
      ("is_public", "json('true')"), ("extra_specs", "json('{}')"), ("projects", "NULL"), ("description", "NULL"),
    ]
    return VersionedObject("FlavorPayload", "1.4", defaults.map { ($0.0, given[$0.0] ?? $0.1) })
  }

  private static func row(_ name: String) -> String {
    flavor([
      "flavorid": "\(name).flavorid", "memory_mb": "\(name).memory_mb", "vcpus": "\(name).vcpus",
      "root_gb": "\(name).root_gb", "ephemeral_gb": "\(name).ephemeral_gb", "name": "\(name).name",
      "swap": "\(name).swap", "rxtx_factor": "\(name).rxtx_factor", "vcpu_weight": "coalesce(\(name).vcpu_weight, 0)",
      "disabled": NotificationValue.truth("\(name).disabled"),
      "is_public": NotificationValue.truth("\(name).is_public"),
      "extra_specs": "json(\(name).extra_specs)", "description": "\(name).description",
      "projects": NotificationValue.json(
        "SELECT json_group_array(project_id) FROM flavor_access WHERE flavor = \(name).id"),
    ]).sql
  }

  private static func accessed(_ name: String) -> String {
    "(SELECT \(row("f")) FROM flavors AS f WHERE f.id = \(name).flavor)"
  }
}
