/// Columns as the JSON of notifications has them, as SQL expressions.
public enum NotificationValue {
  /// `true` or `false`.
  public static func truth(_ sql: String) -> String { "json(iif(\(sql), 'true', 'false'))" }

  /// A moment that is kept in microseconds, to the second.
  public static func moment(_ column: String) -> String {
    "strftime('%Y-%m-%dT%H:%M:%SZ', \(column) / 1000000, 'unixepoch')"
  }

  /// What a query gives as JSON.
  public static func json(_ query: String) -> String { "json((\(query)))" }
}
