/// One step of a schema: several statements, run once and in one transaction with the others that are due.
/// A migration that has been released never changes.
public struct Migration: Sendable {
  /// Its place within its component, from 1.
  public let number: Int
  /// What it does, for people: "add server tags".
  public let name: String
  /// The statements. Foreign keys are off while they run (so that tables can be rebuilt, see
  /// <https://sqlite.org/lang_altertable.html#otheralter>) and checked as a whole afterwards.
  public let sql: String

  /// A migration with its number within its component, its name and its statements.
  public init(_ number: Int, _ name: String, _ sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }
}

/// The migrations of one component, in rising order. Components share a database and number their steps apart.
public struct MigrationSet: Sendable {
  /// Whose they are: "compute", "identity".
  public let component: String
  /// Rising in number; gaps are allowed.
  public let migrations: [Migration]

  /// A component's migrations.
  public init(component: String, migrations: [Migration]) {
    self.component = component
    self.migrations = migrations
  }
}
