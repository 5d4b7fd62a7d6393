import Persistence
import Testing

@testable import OpenStackAPI

/// Work whose size clients choose: that it is done right, and that it is done once for each value.
@Suite("Work of a size that clients choose")
struct WorkTests {
  private static let many = (0..<20_000).map { "key-\($0)" }

  @Test("an object of many members finds each, and keeps their order")
  func members() throws {
    var object = JSONObject(Self.many.map { ($0, .string($0)) })
    #expect(Self.many.allSatisfy { object[$0] == .string($0) } && object["none"] == nil)
    object["key-7"] = nil
    object["key-8"] = 8
    object["new"] = true
    #expect(object["key-7"] == nil && object["key-8"] == 8 && object["key-19999"] == "key-19999")
    #expect(object["new"] == true && object.keys == Self.many.filter { $0 != "key-7" } + ["new"])
  }

  @Test("objects are equal, and hash alike, in any order")
  func order() {
    let (a, b) = (
      JSON.object(JSONObject(Self.many.map { ($0, 1) })), JSON.object(JSONObject(Self.many.reversed().map { ($0, 1) }))
    )
    #expect(a == b && a.hashValue == b.hashValue)
    #expect(Set([a, b, [a], [b], ["x": a]]).count == 3)
  }

  @Test("repetitions are found among many elements, of whatever kind")
  func repetitions() {
    let schema = Schema.array(.any, unique: true)
    let different = Self.many.map { JSON.array([.string($0), ["a": .string($0)]]) }
    #expect(schema.check(.array(different), Version(2, 1)) == nil)
    #expect(
      schema.check(.array(different + [different[0]]), Version(2, 1))?.detail.hasSuffix("non-unique elements") == true)
    #expect((Self.many + Self.many).uniqued == Self.many)
  }

  @Test("unknown parameters are named once")
  func unknown() {
    let query = Query([QueryParameter("known")], refusesUnknownSince: Version(2, 1))
    let given = QueryParameters(Array(repeating: ("b", ""), count: 5000) + [("a", ""), ("known", "1")])
    #expect(throws: Violation(.null, "Additional properties are not allowed ('a', 'b' were unexpected)")) {
      try query.check(given, Version(2, 1))
    }
  }

  @Test(
    "a pattern of stars takes what it should",
    arguments: [
      ("/v2.1/servers/1", "/v2.1/*", true), ("abcabd", "*abd", true), ("aaaab", "*aab*", true), ("aaa", "*aab*", false),
      ("ab", "a*b*b", false), ("abb", "a*b*b", true), ("", "*", true), ("", "**", true), ("a", "", false),
      ("aba", "ab*ba", false),
      ("instance.create.end", "instance.*.end", true), ("abab", "ab*ab", true), ("ababac", "*abac*", true),
    ])
  func stars(text: String, pattern: String, fits: Bool) {
    #expect(text.fits(pattern: pattern) == fits)
  }

  @Test("one of many values is looked for in one statement")
  func values() async throws {
    let table = Migration(1, "items", "CREATE TABLE items (id TEXT NOT NULL UNIQUE) STRICT")
    let database = try Database(.memory, migrations: [MigrationSet(component: "test", migrations: [table])])
    defer { database.close() }
    try await database.write { db in
      for id in ["key-1", "key-19999", "other"] { try db.execute("INSERT INTO items VALUES (?)", id) }
    }
    var listing = Listing("id", from: "items", key: "id")
    listing.conditions = [.isOne("id", of: Self.many + Self.many.map { "x" + $0 })]
    #expect(
      try database.read { try listing.page($0, after: nil, limit: 10, as: String.self) } == ["key-1", "key-19999"])
  }
}
