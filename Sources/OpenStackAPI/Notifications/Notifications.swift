import Locking
import Persistence

/// What the services of one world tell of changes, for those who listen; while nobody does it costs nothing.
///
/// Triggers write what is to be said in the transaction that makes the change, so that nothing is told that was not
/// done, nothing is left out, and all comes in the order in which it happened.
public final class Notifications: Sendable {
  private let sources: [NotificationSource]
  private let followers = Followers<NotificationMessage>()
  private let isRelaying = Locked(false)
  private let count = Locked(0)

  init(_ sources: [NotificationSource]) { self.sources = sources }

  /// What is told from now on, until the world ends.
  public func follow(_ world: World) async throws -> Following<NotificationMessage> {
    let events = followers.follow()
    try await world.database.write { try self.listen($0) }
    let mustStart = isRelaying.withLock { isRelaying in
      defer { isRelaying = true }
      return !isRelaying
    }
    if mustStart { relay(world) }
    return events
  }

  /// Ends what follows, for good.
  public func close() { followers.close() }
}

// MARK: - The outbox

extension Notifications {
  private func listen(_ db: Connection) throws {
    try db.execute(
      """
      CREATE TEMP TABLE IF NOT EXISTS \(NotificationSource.outbox) (
        id INTEGER PRIMARY KEY, source INTEGER, row_key, event_type TEXT, publisher_id TEXT, priority TEXT, payload TEXT)
      """)
    for (number, source) in sources.enumerated() { try db.execute(source.trigger(number)) }
  }

  private func stopListening(_ db: Connection) throws {
    for number in sources.indices { try db.execute("DROP TRIGGER IF EXISTS temp.\(NotificationSource.name(number))") }
    try db.execute("DROP TABLE IF EXISTS temp.\(NotificationSource.outbox)")
  }

  /// Takes out what is there.
  private func takeAll(_ db: Connection, _ world: World) throws -> [NotificationMessage] {
    let rows: [OutboxRow] = try db.query(
      "SELECT event_type, publisher_id, priority, \(payload) FROM \(NotificationSource.outbox) ORDER BY id")
    guard !rows.isEmpty else { return [] }
    try db.execute("DELETE FROM \(NotificationSource.outbox)")
    return rows.map { row in message(row, world) }
  }

  private var payload: String {
    let cases = sources.enumerated().compactMap { number, source in
      source.completion.map { " WHEN \(number) THEN \($0.payload)" }
    }
    return cases.isEmpty ? "payload" : "CASE source\(cases.joined()) ELSE payload END"
  }

  /// Ids are numbers in order in the shape of a UUID's, so that listening does not change what services draw.
  private func message(_ row: OutboxRow, _ world: World) -> NotificationMessage {
    let number = count.withLock { count in
      count += 1
      return count
    }
    var json = JSONWriter()
    json.object { json in
      json.member("event_type", row.eventType)
      json.member("message_id", Identifiers(seed: UInt64(number)).uuid())
      json.key("payload")
      json.raw(row.payload)
      json.member("priority", row.priority)
      json.member("publisher_id", row.publisher)
      json.member("timestamp", world.now.text(.microseconds).replacing("T", with: " "))
    }
    return NotificationMessage(
      eventType: row.eventType, text: json.finish().withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
  }
}

private struct OutboxRow: RowDecodable {
  let eventType, publisher, priority, payload: String

  init(row: inout Row) throws {
    (eventType, publisher) = (try row.next(), try row.next())
    (priority, payload) = (try row.next(), try row.next())
  }
}

// MARK: - The relay

extension Notifications {
  private static let interval = Duration.milliseconds(5)

  /// Passes on what comes, until nobody listens any more or the world ends.
  private func relay(_ world: World) {
    Task { [weak world] in
      var seen: UInt64?
      while let there = world, await self.pass(there, &seen) { try? await Task.sleep(for: Self.interval) }
    }
  }

  /// Passes on what has come since a version of the rows; whether to go on.
  private func pass(_ world: World, _ seen: inout UInt64?) async -> Bool {
    do {
      let version = world.database.version
      if version != seen {
        seen = version
        let messages = try await world.database.write { try self.takeAll($0, world) }
        for message in messages { followers.publish(message) }
      }
      guard followers.isEmpty else { return true }
      return try await !end(world)
    } catch {
      // The world's files are closed: it ended, or is taken back to what it was.
      followers.close()
      return false
    }
  }

  /// Takes the triggers away, unless somebody came meanwhile.
  private func end(_ world: World) async throws -> Bool {
    let isOver = try await world.database.write { db in
      guard self.followers.isEmpty else { return false }
      try self.stopListening(db)
      return true
    }
    guard isOver else { return false }
    isRelaying.withLock { $0 = false }
    return true
  }
}
