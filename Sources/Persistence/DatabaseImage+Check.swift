/// Why an image from elsewhere is not taken in.
public enum DatabaseImageFlaw: Error, CustomStringConvertible {
  /// Its pages are damaged, or hold what the tables do not allow.
  case damaged(String)
  /// It has a table, an index, a trigger or a view that the migrations do not make, or lacks one.
  case foreignSchema(String)
  /// It has migrations that are not known here.
  case newerVersion(component: String, number: Int)

  /// What is wrong, in a few words.
  public var description: String {
    switch self {
    case .damaged(let finding): "its rows are damaged (\(finding))"
    case .foreignSchema(let name): "its \(name) is not as this program makes it"
    case .newerVersion(let component, let number): "it has migration \(number) of \(component)"
    }
  }
}

extension DatabaseImage {
  /// Looks whether these migrations, or the first of them, made the tables, and whether the pages are sound. Nothing that
  /// the image itself says is carried out before its schema is known: a view in the place of a table could go on forever.
  /// Takes time in proportion to the rows. Throws a `DatabaseImageFlaw`.
  public func check(_ sets: [MigrationSet]) throws {
    try sound {
      try read { db in
        let found = try SchemaEntry.all(db)
        try SchemaEntry.refuseDifference(found, SchemaEntry.all(madeBy: sets)) { $0.table == Migrator.tableName }
        try SchemaEntry.refuseDifference(found, SchemaEntry.all(madeBy: Migrator(sets: sets).applied(to: db)))
        let findings = try db.query("PRAGMA quick_check(1)", as: String.self)
        guard findings == ["ok"] else { throw DatabaseImageFlaw.damaged(findings.first ?? "unreadable") }
        if let table = try db.first("PRAGMA foreign_key_check", as: String.self) {
          throw DatabaseImageFlaw.damaged("\(table) refers to rows that are not there")
        }
      }
    }
  }

  private func sound(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DatabaseError {
      throw DatabaseImageFlaw.damaged("\(error)")
    }
  }
}

/// What a database says of one of its tables, indexes, triggers or views (<https://sqlite.org/schematab.html>).
private struct SchemaEntry: Hashable {
  let type: String
  let name: String
  let table: String
  let sql: [UInt8]

  /// All of them, but for the statistics that SQLite keeps.
  static func all(_ db: Connection) throws -> Set<SchemaEntry> {
    var entries: Set<SchemaEntry> = []
    try db.forEachRow(
      "SELECT type, name, tbl_name, CAST(coalesce(sql, '') AS BLOB) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat_'"
    ) { row in
      entries.insert(
        SchemaEntry(type: try row.next(), name: try row.next(), table: try row.next(), sql: try row.next()))
    }
    return entries
  }

  /// Those of a new database.
  static func all(madeBy sets: [MigrationSet]) throws -> Set<SchemaEntry> {
    let database = try Database(.memory, migrations: sets)
    defer { database.close() }
    return try database.read(all)
  }

  /// Refuses a database in which anything, of what is looked at, is otherwise than wanted.
  static func refuseDifference(
    _ found: Set<SchemaEntry>, _ wanted: Set<SchemaEntry>, where isLookedAt: (SchemaEntry) -> Bool = { _ in true }
  ) throws {
    let differing = found.symmetricDifference(wanted).filter(isLookedAt).min { $0.name < $1.name }
    if let differing { throw DatabaseImageFlaw.foreignSchema("\(differing.type) \(differing.name)") }
  }
}

extension Migrator {
  /// The parts of the sets that a database has had. Throws a `DatabaseImageFlaw` where it has others.
  fileprivate func applied(to db: Connection) throws -> [MigrationSet] {
    var applied: [String: Set<Int>] = [:]
    try db.forEachRow("SELECT component, number FROM \(Self.tableName)") { row in
      applied[try row.next(), default: []].insert(try row.next())
    }
    let parts = sets.map { set in
      MigrationSet(
        component: set.component,
        migrations: set.migrations.filter { applied[set.component]?.remove($0.number) != nil })
    }
    for (component, numbers) in applied.sorted(by: { $0.key < $1.key }) {
      if let number = numbers.min() { throw DatabaseImageFlaw.newerVersion(component: component, number: number) }
    }
    return parts
  }
}
