import Glibc
import Persistence
import Testing

@Suite struct MigrationTests {
  let scratch: Scratch
  let first = Migration(1, "people", "CREATE TABLE people (name TEXT); INSERT INTO people VALUES ('ada')")
  let second = Migration(2, "age", "ALTER TABLE people ADD COLUMN age INTEGER NOT NULL DEFAULT 36")

  init() throws { scratch = try Scratch() }

  func open(_ migrations: Migration..., component: String = "identity") throws -> Database {
    try Database(
      .file(scratch.database), migrations: [MigrationSet(component: component, migrations: migrations)])
  }

  @Test("a fresh file gets every migration, once")
  func fresh() throws {
    for _ in 0..<2 {
      let database = try open(first, second)
      #expect(try database.read { try $0.scalar("SELECT age FROM people", as: Int.self) } == 36)
      #expect(try database.read { try $0.scalar("SELECT count(*) FROM schema_migrations", as: Int.self) } == 2)
      database.close()
    }
  }

  @Test("an older file keeps its rows and gets what is missing")
  func upgrade() throws {
    try open(first).close()
    let database = try open(first, second)
    #expect(try database.read { try $0.scalar("SELECT name || age FROM people", as: String.self) } == "ada36")
  }

  @Test("components number their migrations apart")
  func components() throws {
    try open(first, second).close()
    let flavors = Migration(1, "flavors", "CREATE TABLE flavors (id TEXT)")
    let database = try open(flavors, component: "compute")
    #expect(try database.read { try $0.exists("SELECT 1 FROM sqlite_schema WHERE name = 'flavors'") })
  }

  @Test("a later program's file is refused and stays as it is, byte for byte", arguments: [true, false])
  func newer(wasClosed: Bool) async throws {
    let later = try open(first, second)
    try await later.write { try $0.execute("INSERT INTO people VALUES ('grace', 85)") }
    if wasClosed { later.close() }
    let copy = Scratch.bytes(scratch.database)
    let log = Scratch.bytes(scratch.database + "-wal")
    #expect(log.isEmpty == wasClosed)
    let other = try Scratch()
    for (bytes, end) in [(copy, ""), (log, "-wal")] where !bytes.isEmpty {
      let file = try #require(fopen(other.database + end, "w"))
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }
    #expect(throws: DatabaseError.newerVersion(component: "identity", found: 2, known: 1)) {
      try Database(
        .file(other.database), migrations: [MigrationSet(component: "identity", migrations: [first])])
    }
    #expect(Scratch.bytes(other.database) == copy)
    #expect(Scratch.bytes(other.database + "-wal") == log)
  }

  @Test("a failing migration leaves nothing of itself nor of those before it")
  func failing() throws {
    let broken = Migration(2, "broken", "CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1)")
    #expect(throws: DatabaseError.self) { try open(first, broken) }
    let orphan = Migration(
      2, "orphan", "CREATE TABLE pets (o TEXT REFERENCES people (name)); INSERT INTO pets VALUES ('x')")
    #expect(throws: DatabaseError.self) { try open(first, orphan) }
    let database = try open(first)
    #expect(try !database.read { try $0.exists("SELECT 1 FROM sqlite_schema WHERE name IN ('half', 'pets')") })
  }

  @Test("numbers must rise")
  func order() throws {
    #expect(throws: DatabaseError.migration(component: "identity", number: 1, reason: "comes after number 2")) {
      try open(second, first)
    }
  }

  @Test("a file has one owner at a time")
  func inUse() throws {
    let database = try open(first)
    #expect(throws: DatabaseError.inUse(path: scratch.database)) { try open(first) }
    database.close()
    try open(first).close()
  }

  @Test("what is no database is said to be none")
  func garbage() throws {
    let file = try #require(fopen(scratch.database, "w"))
    fputs(String(repeating: "not a database ", count: 100), file)
    fclose(file)
    #expect(throws: DatabaseError.corrupt(message: "file is not a database")) { try open(first) }
    #expect(throws: DatabaseError.self) {
      try Database(.file(scratch.path + "/missing/cloud.db"), migrations: [])
    }
  }
}
