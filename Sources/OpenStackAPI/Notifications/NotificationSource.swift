/// Which changes of rows make a service's notifications, as data. Services declare theirs; `Notifications` listens.
///
///     NotificationSource("flavors", .delete, [NotificationDraft("'flavor.delete'", by: api, payload: flavor("old"))])
///
/// The parts are SQL over `old` and `new`, the row before and after the change, as in a trigger
/// (<https://sqlite.org/lang_createtrigger.html>).
public struct NotificationSource: Sendable {
  /// What happens to a row.
  public enum Change: String, Sendable {
    case insert = "AFTER INSERT"
    case update = "AFTER UPDATE"
    /// What belongs to the row is then still there.
    case delete = "BEFORE DELETE"
  }

  /// The table.
  let table: String
  let change: Change
  /// Which of the changes count.
  let condition: String
  /// What is said of one, in this order.
  let drafts: [NotificationDraft]
  /// What makes the payloads whole, where a part of them is written after the row.
  let completion: NotificationCompletion?

  /// What is said of changes to the rows of a table.
  public init(
    _ table: String, _ change: Change, where condition: String = "TRUE",
    completedBy completion: NotificationCompletion? = nil, _ drafts: [NotificationDraft]
  ) {
    (self.table, self.change, self.condition) = (table, change, condition)
    (self.drafts, self.completion) = (drafts, completion)
  }

  /// The trigger that writes the drafts into the outbox; it lives in the connection, not in the file.
  func trigger(_ number: Int) -> String {
    let statements = [completeEarlier].compactMap { $0 } + drafts.map { insert($0, number) }
    return """
      CREATE TEMP TRIGGER IF NOT EXISTS \(Self.name(number)) \(change.rawValue) ON main.\(table) WHEN \(condition) \
      BEGIN \(statements.joined(separator: " ")) END
      """
  }

  /// Before a row becomes something else, what was said of it so far gets its parts as they are now.
  private var completeEarlier: String? {
    guard let completion, change != .insert else { return nil }
    return """
      UPDATE \(Self.outbox) SET payload = \(completion.payload), source = NULL \
      WHERE source IS NOT NULL AND row_key = old.\(completion.key);
      """
  }

  private func insert(_ draft: NotificationDraft, _ number: Int) -> String {
    let isWhole = completion == nil || change == .delete
    return """
      INSERT INTO \(Self.outbox) (source, row_key, event_type, publisher_id, priority, payload) \
      SELECT \(isWhole ? "NULL" : String(number)), \(isWhole ? "NULL" : "new.\(completion?.key ?? "id")"), \
      \(draft.type), \(draft.publisher), '\(draft.priority.rawValue)', \(draft.payload) WHERE \(draft.condition);
      """
  }

  static let outbox = "notification_outbox"
  static func name(_ number: Int) -> String { "notify_\(number)" }
}

/// The parts of a payload that are in other tables and are written there after the row itself.
public struct NotificationCompletion: Sendable {
  /// The column that tells the table's rows apart.
  let key: String
  /// SQL over `payload`, the text that a draft made: the whole of it.
  let payload: String

  /// A way to complete a payload.
  public init(key: String, payload: String) { (self.key, self.payload) = (key, payload) }
}

/// One notification, as SQL over the change that it tells of.
public struct NotificationDraft: Sendable {
  /// oslo.messaging's levels, those that are used.
  public enum Priority: String, Sendable {
    case info = "INFO"
    case error = "ERROR"
  }

  let type, publisher, payload, condition: String
  let priority: Priority

  /// A notification. All but the priority are SQL expressions; the payload is JSON text.
  public init(
    _ type: String, by publisher: String, _ priority: Priority = .info, payload: String,
    where condition: String = "TRUE"
  ) {
    (self.type, self.publisher, self.payload) = (type, publisher, payload)
    (self.priority, self.condition) = (priority, condition)
  }
}

/// A message as OpenStack's services give it to oslo.messaging's notifier.
public struct NotificationMessage: Sendable {
  /// `instance.create.end`.
  public let eventType: String
  /// All of it: `event_type`, `message_id`, `payload`, `priority`, `publisher_id` and `timestamp`.
  public let text: String
}

extension NotificationMessage: Weighed {
  /// Those of its texts.
  public var weight: Int { eventType.weight + text.weight }
}
