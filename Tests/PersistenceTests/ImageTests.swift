import Glibc
import Testing

@testable import Persistence

@Suite struct ImageTests {
  static let notes = MigrationSet(
    component: "notes",
    migrations: [Migration(1, "notes", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")])

  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func location(_ home: Home, _ name: String) -> DatabaseLocation {
    home == .file ? .file("\(scratch.path)/\(name).db") : .memory
  }

  func texts(_ database: Database) throws -> [String] {
    try database.read { try $0.query("SELECT text FROM notes ORDER BY id", as: String.self) }
  }

  func add(_ text: String, _ database: Database) async throws {
    try await database.write { _ = try $0.execute("INSERT INTO notes (text) VALUES (?)", text) }
  }

  @Test(
    "databases that begin as a copy are independent of it and of each other",
    arguments: Home.allCases.flatMap { source in Home.allCases.map { (source, $0) } })
  func copies(_ source: Home, _ target: Home) async throws {
    let original = try Database(location(source, "original"), migrations: [Self.notes])
    try await add("shared", original)
    var image: DatabaseImage? = try await original.image(at: location(source, "image"))
    try await add("later", original)
    let first = try Database(location(target, "first"), migrations: [Self.notes], from: image)
    let second = try Database(location(target, "second"), migrations: [Self.notes], from: image)
    try await add("first's", first)
    #expect(try image?.read { try $0.scalar("SELECT count(*) FROM notes", as: Int.self) } == 1)
    image = nil
    try await add("second's", second)
    #expect(try texts(original) == ["shared", "later"])
    #expect(try texts(first) == ["shared", "first's"])
    #expect(try texts(second) == ["shared", "second's"])
    #expect(try first.integrityCheck() == [])
  }

  @Test("a copy in memory grows far beyond its image, undoes what fails, and is copied in its turn")
  func growth() async throws {
    let original = try Database(.memory, migrations: [Self.notes])
    let copy = try Database(.memory, migrations: [Self.notes], from: try await original.image(at: .memory))
    let text = String(repeating: "x", count: 10_000)
    try await copy.write { db in
      for _ in 0..<1000 { try db.execute("INSERT INTO notes (text) VALUES (?)", text) }
    }
    await #expect(throws: ScratchError.self) {
      try await copy.write { db in
        try db.execute("DELETE FROM notes")
        throw ScratchError()
      }
    }
    #expect(try copy.read { try $0.scalar("SELECT sum(length(text)) FROM notes", as: Int.self) } == 10_000_000)
    let again = try Database(.memory, migrations: [Self.notes], from: try await copy.image(at: .memory))
    copy.close()
    #expect(try again.read { try $0.scalar("SELECT sum(length(text)) FROM notes", as: Int.self) } == 10_000_000)
    #expect(try again.integrityCheck() == [])
  }

  // In a process of its own, which gets no more.
  @Test("where a process may not have many addresses, a copy has all its pages for itself")
  func fewAddresses() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 8 << 30, rlim_max: 8 << 30)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
      try await ImageTests().growth()
    }
  }

  @Test("an image may not be written to")
  func readOnly() async throws {
    let image = try await Database(.memory, migrations: [Self.notes]).image(at: .memory)
    #expect(throws: DatabaseError.self) { try image.read { _ = try $0.execute("DELETE FROM notes") } }
  }
}
