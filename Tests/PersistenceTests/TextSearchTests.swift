import RegularExpressions
import Testing

@testable import Persistence

@Suite("Searches by regular expressions")
struct TextSearchTests {
  private static func database(_ names: [String?]) async throws -> Database {
    let migration = Migration(1, "names", "CREATE TABLE names (name TEXT)")
    let database = try Database(.memory, migrations: [MigrationSet(component: "test", migrations: [migration])])
    try await database.write { db in
      for name in names { try db.execute("INSERT INTO names VALUES (?)", name) }
    }
    return database
  }

  private static let query = "SELECT name FROM names WHERE name REGEXP ? ORDER BY name"

  @Test(
    "a pattern is looked for anywhere",
    arguments: [
      ("web", ["web-1", "web-12"]), ("^web-1$", ["web-1"]), ("DATA", ["Database"]), ("\\d\\d", ["web-12"]),
      ("a\\.b", ["a.b"]), ("nothing", []), ("1|base", ["Database", "web-1", "web-12"]), ("^$", [""]),
    ])
  func matching(pattern: String, found: [String]) async throws {
    let database = try await Self.database(["web-1", "web-12", "Database", "a.b", "", nil])
    defer { database.close() }
    let expression = try RegularExpression(pattern, ignoringCase: true)
    let search = TextSearch(expression, of: "name", within: SearchBudget())
    #expect(try database.read { try $0.query(Self.query, search) } == found)
  }

  @Test("searches that share a budget end the query that spends it, and the connection goes on")
  func spent() async throws {
    let database = try await Self.database(Array(repeating: String(repeating: "a", count: 200) + "cy", count: 100))
    defer { database.close() }
    let budget = SearchBudget(500_000)
    let costly = TextSearch(try RegularExpression("^((a|aa)*)*\\1y$"), of: "name", within: budget)
    let plain = TextSearch(try RegularExpression("b"), of: "other", within: budget)
    try database.read { db in
      #expect(try db.query(Self.query, plain, as: String.self).isEmpty)
      #expect(throws: DatabaseError.searchTooLong(name: "name", pattern: "^((a|aa)*)*\\1y$")) {
        try db.query(Self.query, costly, as: String.self)
      }
      #expect(throws: DatabaseError.searchTooLong(name: "other", pattern: "b")) {
        try db.query(Self.query, plain, as: String.self)
      }
      let again = TextSearch(try RegularExpression("b"), of: "name", within: SearchBudget())
      #expect(try db.query(Self.query, again, as: String.self).isEmpty)
    }
  }

  @Test("text is no search")
  func text() async throws {
    let database = try await Self.database(["a"])
    defer { database.close() }
    #expect(throws: DatabaseError.self) { try database.read { try $0.query(Self.query, "a", as: String.self) } }
  }
}
