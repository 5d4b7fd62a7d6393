import Persistence
import Testing

@Suite("Regular expressions")
struct RegularExpressionTests {
  private func names(like pattern: String) async throws -> [String] {
    let database = try Database(
      .memory,
      migrations: [
        MigrationSet(component: "test", migrations: [Migration(1, "names", "CREATE TABLE names (name TEXT)")])
      ])
    defer { database.close() }
    try await database.write { db in
      for name in ["web-1", "web-12", "Database", "a.b"] { try db.execute("INSERT INTO names VALUES (?)", name) }
    }
    return try database.read { try $0.query("SELECT name FROM names WHERE name REGEXP ? ORDER BY name", pattern) }
  }

  @Test(
    "a pattern is looked for anywhere, whatever the case",
    arguments: [
      ("web", ["web-1", "web-12"]), ("^web-1$", ["web-1"]), ("DATA", ["Database"]), ("\\d\\d", ["web-12"]),
      ("a\\.b", ["a.b"]), ("nothing", []), ("1|base", ["Database", "web-1", "web-12"]),
    ])
  func matching(pattern: String, found: [String]) async throws {
    #expect(try await names(like: pattern) == found)
  }

  @Test("what is no expression, or would grow without bound, is refused", arguments: ["(((", "[", "a{999}{999}{999}"])
  func refused(pattern: String) async throws {
    #expect(!RegularExpression.isValid(pattern))
    #expect(try await names(like: pattern) == [])
  }
}
