/// Brings a schema up to date, or refuses to touch it.
struct Migrator {
  /// The table that tells which migrations a database has had.
  static let tableName = "schema_migrations"

  let sets: [MigrationSet]

  /// Throws unless every component's numbers rise and the database holds none that are later than the ones known.
  /// Changes nothing.
  func check(_ connection: Connection) throws(DatabaseError) {
    let applied = try applied(connection)
    for set in sets {
      var last = 0
      for migration in set.migrations {
        guard migration.number > last else {
          throw .migration(component: set.component, number: migration.number, reason: "comes after number \(last)")
        }
        last = migration.number
      }
      let found = applied[set.component]?.max() ?? 0
      guard found <= last else { throw .newerVersion(component: set.component, found: found, known: last) }
    }
  }

  /// Runs what is due, all of it or nothing.
  func run(_ connection: Connection) throws(DatabaseError) {
    let applied = try applied(connection)
    let due = sets.flatMap { set in
      set.migrations.filter { applied[set.component]?.contains($0.number) != true }
        .map { (component: set.component, migration: $0) }
    }
    guard !due.isEmpty else { return }
    try connection.script("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")
    do {
      try connection.script(Self.table)
      for step in due { try apply(step.migration, of: step.component, connection) }
      try connection.script("COMMIT")
    } catch {
      if !connection.isIdle { try connection.script("ROLLBACK") }
      throw error
    }
  }

  private func apply(_ migration: Migration, of component: String, _ connection: Connection) throws(DatabaseError) {
    do {
      try connection.script(migration.sql)
      guard !connection.isIdle else {
        throw DatabaseError.sqlite(code: 0, message: "it ended the transaction", sql: migration.sql)
      }
      if let table = try connection.scalar("PRAGMA foreign_key_check", as: String.self) {
        throw DatabaseError.constraint(kind: .foreignKey, detail: table)
      }
      try connection.execute(
        "INSERT INTO schema_migrations VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
        component, migration.number, migration.name)
    } catch {
      throw .migration(component: component, number: migration.number, reason: "\(error)")
    }
  }

  /// The numbers that the database holds, by component.
  private func applied(_ connection: Connection) throws(DatabaseError) -> [String: Set<Int>] {
    do {
      guard try connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'") else { return [:] }
      var applied: [String: Set<Int>] = [:]
      try connection.forEachRow("SELECT component, number FROM schema_migrations") { row in
        applied[try row.next(), default: []].insert(try row.next())
      }
      return applied
    } catch let error as DatabaseError {
      throw error
    } catch {
      throw .migration(component: "", number: 0, reason: "\(error)")
    }
  }

  private static let table = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
      component TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, applied_at TEXT NOT NULL,
      PRIMARY KEY (component, number))
    """
}
