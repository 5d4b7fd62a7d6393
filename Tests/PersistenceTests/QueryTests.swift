import Persistence
import Testing

@Suite struct QueryTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("statements answer counts, rows and keys", arguments: Home.allCases)
  func basics(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    let key = try await database.write { connection throws -> Int64 in
      #expect(try connection.execute("INSERT INTO people (name) VALUES (?), (?), (?)", "a", "b", "c") == 3)
      #expect(try connection.execute("UPDATE people SET age = 4 WHERE name > ?", ["a"] as [any Bindable]) == 2)
      #expect(connection.changes == 2)
      return connection.lastInsertRowID
    }
    #expect(key == 3)
    try database.read { connection throws in
      #expect(try connection.query("SELECT name FROM people ORDER BY id", as: String.self) == ["a", "b", "c"])
      #expect(try connection.first("SELECT name FROM people WHERE id = 9", as: String.self) == nil)
      #expect(try connection.exists("SELECT 1 FROM people WHERE name = ?", "b"))
      #expect(try connection.scalar("SELECT sum(age) FROM people", as: Int.self) == 8)
      #expect(try connection.scalar("SELECT age FROM people WHERE id = 1", as: Int.self) == nil)
    }
    let returned = try await database.write {
      try $0.query("DELETE FROM people WHERE age = 4 RETURNING name", as: String.self)
    }
    #expect(returned == ["b", "c"])
  }

  @Test("broken constraints are told apart and named", arguments: Home.allCases)
  func constraints(_ home: Home) async throws {
    let database = try home.open(
      scratch, peopleSchema + "; CREATE TABLE strict_one (n INTEGER) STRICT; CREATE TABLE keys (k TEXT PRIMARY KEY)")
    try await database.write { try $0.execute("INSERT INTO people VALUES (1, 'ada', 36, NULL)") }
    let cases: [(String, ConstraintKind, String)] = [
      ("INSERT INTO people (name) VALUES ('ada')", .unique, "people.name"),
      ("INSERT INTO people VALUES (1, 'x', 1, NULL)", .primaryKey, "people.id"),
      ("INSERT INTO people (name, age) VALUES ('x', -1)", .check, "age >= 0"),
      ("INSERT INTO people (name) VALUES (NULL)", .notNull, "people.name"),
      ("INSERT INTO pets VALUES ('rex', 77)", .foreignKey, ""),
      ("INSERT INTO strict_one VALUES ('x')", .dataType, "cannot store TEXT value in INTEGER column strict_one.n"),
      ("INSERT INTO keys VALUES ('a'), ('a')", .primaryKey, "keys.k"),
      ("INSERT INTO later (owner) VALUES (5)", .foreignKey, home == .file ? "deferred" : ""),
    ]
    for (sql, kind, detail) in cases {
      await #expect(throws: DatabaseError.constraint(kind: kind, detail: detail), "\(sql)") {
        try await database.write { try $0.execute(sql) }
      }
    }
    #expect(try database.read { try $0.scalar("SELECT count(*) FROM people", as: Int.self) } == 1)
  }

  @Test("a body may catch a broken constraint, and savepoints undo only themselves", arguments: Home.allCases)
  func recovery(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    try await database.write { connection throws in
      try connection.execute("INSERT INTO people (name) VALUES ('ada')")
      #expect(throws: DatabaseError.self) { try connection.execute("INSERT INTO people (name) VALUES ('ada')") }
      #expect(throws: ScratchError.self) {
        try connection.savepoint { connection throws in
          try connection.execute("INSERT INTO people (name) VALUES ('grace')")
          throw ScratchError()
        }
      }
      try connection.savepoint { _ = try $0.execute("INSERT INTO people (name) VALUES ('linus')") }
    }
    #expect(try database.read { try $0.query("SELECT name FROM people", as: String.self) } == ["ada", "linus"])
  }

  @Test("what bodies may not do is refused", arguments: Home.allCases)
  func refused(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    #expect(throws: DatabaseError.self) {
      try database.read { try $0.execute("INSERT INTO people (name) VALUES ('x')") }
    }
    for sql in [
      "COMMIT", "BEGIN", "SAVEPOINT s", "ATTACH ':memory:' AS m", "SELECT 1; SELECT 2", "SELECT", " ", "SELECT ?",
    ] {
      await #expect(throws: DatabaseError.self) { try await database.write { try $0.execute(sql) } }
    }
    #expect(try await database.write { try $0.execute("INSERT INTO people (name) VALUES ('x');\n") } == 1)
  }

  @Test("a statement can be nested in itself, ended early and thrown out of", arguments: Home.allCases)
  func nesting(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    try await database.write { connection throws in
      for number in 0..<10 { try connection.execute("INSERT INTO people (name) VALUES (?)", "\(number)") }
    }
    try database.read { connection throws in
      var pairs = 0
      try connection.forEachRow("SELECT id FROM people") { _ in
        try connection.forEachRow("SELECT id FROM people") { _ in pairs += 1 }
      }
      #expect(pairs == 100)
      #expect(throws: ScratchError.self) {
        try connection.forEachRow("SELECT id FROM people") { _ in throw ScratchError() }
      }
      #expect(try connection.query("SELECT id FROM people", as: Int.self).count == 10)
    }
    #expect(try database.read { _ in try database.read { try $0.exists("SELECT 1 FROM people") } })
  }

  @Test("many different statements go through a small cache")
  func cache() async throws {
    var configuration = DatabaseConfiguration()
    configuration.cachedStatements = 4
    let database = try Database(.memory, migrations: [], configuration: configuration)
    try database.read { connection throws in
      for round in 0..<3 {
        for number in 0..<50 {
          #expect(try connection.scalar("SELECT \(number) + ?", round, as: Int.self) == number + round)
          #expect(try connection.scalar("SELECT ? || 'kept'", "is ", as: String.self) == "is kept")
        }
      }
    }
  }

  @Test("a full disk fails those who share the commit and no one after them", arguments: Home.allCases)
  func full(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    let pages = try await database.write { try $0.scalar("PRAGMA page_count", as: Int.self) ?? 0 }
    try await database.write { try $0.query("PRAGMA max_page_count = \(pages + 2)", as: Int.self) }
    let long = String(repeating: "x", count: 100_000)
    await #expect(throws: DatabaseError.full) {
      try await database.write { connection throws in
        try connection.execute("INSERT INTO people (name) VALUES ('before')")
        try connection.execute("INSERT INTO people (name) VALUES (?)", long)
      }
    }
    await #expect(throws: DatabaseError.self) {
      try await database.write { connection throws in
        _ = try? connection.execute("INSERT INTO people (name) VALUES (?)", long)
        try connection.execute("INSERT INTO people (name) VALUES ('stray')")
        throw ScratchError()
      }
    }
    try await database.write { try $0.execute("INSERT INTO people (name) VALUES ('after')") }
    #expect(try database.read { try $0.query("SELECT name FROM people", as: String.self) } == ["after"])
  }

  @Test("a closed database says so", arguments: Home.allCases)
  func closed(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    database.close()
    database.close()
    #expect(throws: DatabaseError.closed) { try database.read { _ in } }
    await #expect(throws: DatabaseError.closed) { try await database.write { _ in } }
    #expect(throws: DatabaseError.closed) { try database.integrityCheck() }
  }
}
