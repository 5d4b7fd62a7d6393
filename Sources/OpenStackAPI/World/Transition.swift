import Persistence

/// A change of a resource's state that is still to come: due at a moment, kept as a row, so that it survives a restart.
/// Reading a resource never moves it; only the runner does.
public struct Transition: Sendable, RowDecodable {
  /// The row.
  public let id: Int
  /// What carries it out: a name registered by the service (`server`).
  public let kind: String
  /// The resource's id.
  public let resource: String
  /// What is under way (`create`, `resize`).
  public let action: String
  /// How many of its steps are done.
  public let step: Int
  /// When it is due.
  public let due: Timestamp
  /// What the action needs to remember, as JSON text.
  public let payload: String

  /// More than any action has.
  private static let mostSteps = 1 << 16

  /// Reads a row of `columns`. A number that makes no sense is the nearest that does: a world must get past every row,
  /// or nothing is ever due again.
  public init(row: inout Row) throws {
    id = try row.next()
    kind = try row.next()
    resource = try row.next()
    action = try row.next()
    step = min(max(0, try row.next()), Self.mostSteps)
    due = Timestamp(microseconds: try row.next())
    payload = try row.next()
  }

  static let columns = "id, kind, resource, action, step, due, payload"

  /// Plans a transition in the transaction that makes it necessary.
  public static func plan(
    _ db: Connection, kind: String, resource: String, action: String, step: Int = 0, due: Timestamp,
    payload: String = "{}"
  ) throws {
    try db.execute(
      "INSERT INTO transitions (kind, resource, action, step, due, payload) VALUES (?, ?, ?, ?, ?, ?)",
      kind, resource, action, step, due.microseconds, payload)
  }

  /// Drops what is still to come for a resource, as when it is deleted.
  public static func cancel(_ db: Connection, kind: String, resource: String) throws {
    try db.execute("DELETE FROM transitions WHERE kind = ? AND resource = ?", kind, resource)
    try db.execute("DELETE FROM works WHERE kind = ? AND resource = ?", kind, resource)
  }

  /// The kernel's tables.
  public static let migrations = MigrationSet(
    component: "kernel",
    migrations: [
      Migration(
        1, "transitions",
        """
        CREATE TABLE transitions (
          id INTEGER PRIMARY KEY,
          kind TEXT NOT NULL,
          resource TEXT NOT NULL,
          action TEXT NOT NULL,
          step INTEGER NOT NULL,
          due INTEGER NOT NULL,
          payload TEXT NOT NULL
        ) STRICT;
        CREATE INDEX transitions_by_due ON transitions (due);
        CREATE INDEX transitions_by_resource ON transitions (kind, resource);
        CREATE TABLE secrets (
          name TEXT PRIMARY KEY,
          value BLOB NOT NULL
        ) STRICT;
        CREATE TABLE marks (
          name TEXT PRIMARY KEY,
          value TEXT NOT NULL
        ) STRICT;
        """),
      Migration(
        2, "transitions that are under way outside of a transaction",
        """
        CREATE TABLE works (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          kind TEXT NOT NULL,
          resource TEXT NOT NULL,
          action TEXT NOT NULL,
          step INTEGER NOT NULL,
          due INTEGER NOT NULL,
          payload TEXT NOT NULL
        ) STRICT;
        CREATE INDEX works_by_resource ON works (kind, resource);
        """),
    ])
}

/// Carries out one transition inside a transaction. What it returns is how long until the next step of the same
/// action; `nil` ends it.
public typealias TransitionHandler = @Sendable (Transition, Connection, World) throws -> Duration?

/// How fast things happen: at once, or as long as the services' tables say a real cloud takes.
public struct TransitionPace: Sendable {
  /// Whether steps take the time of a real cloud.
  public var isRealistic: Bool
  /// Durations set by hand, by `kind.action.step`.
  public var overrides: [String: Duration]

  /// A pace.
  public init(isRealistic: Bool = false, overrides: [String: Duration] = [:]) {
    (self.isRealistic, self.overrides) = (isRealistic, overrides)
  }

  /// How long a step takes.
  public func duration(of step: String, realistic: Duration) -> Duration {
    overrides[step] ?? (isRealistic ? realistic : .zero)
  }
}
