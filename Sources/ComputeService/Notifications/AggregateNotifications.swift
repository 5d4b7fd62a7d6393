import OpenStackAPI

/// `aggregate.*` of Nova's versioned notifications.
enum AggregateNotifications {
  static let all = [
    NotificationSource("aggregates", .insert, ComputeNotifications.phases("aggregate", "'create'", aggregate("new"))),
    NotificationSource("aggregates", .delete, ComputeNotifications.phases("aggregate", "'delete'", aggregate("old"))),
    change("update_prop", where: "new.name <> old.name"),
    change("update_metadata", where: "new.metadata <> old.metadata"),
    change("add_host", where: "json_array_length(new.hosts) > json_array_length(old.hosts)"),
    change("remove_host", where: "json_array_length(new.hosts) < json_array_length(old.hosts)"),
  ]

  private static func aggregate(_ row: String) -> VersionedObject {
    VersionedObject(
      "AggregatePayload", "1.1",
      [
        ("id", "\(row).id"), ("uuid", "\(row).uuid"), ("name", "\(row).name"), ("hosts", "json(\(row).hosts)"),
        ("metadata", "json(\(row).metadata)"),
      ])
  }

  /// The start shows the aggregate as it was, the end as it is.
  private static func change(_ action: String, where condition: String) -> NotificationSource {
    NotificationSource(
      "aggregates", .update, where: condition,
      [("start", "old"), ("end", "new")].map { phase, row in
        NotificationDraft(
          "'aggregate.\(action).\(phase)'", by: ComputeNotifications.api, payload: aggregate(row).sql)
      })
  }
}
