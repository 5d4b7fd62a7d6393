import OpenStackAPI
import Persistence
import Testing

@Suite("Pages of a list")
struct ListingTests {
  private struct Item: RowDecodable, Equatable {
    let id: String

    init(row: inout Row) throws { id = try row.next() }
  }

  private func database() async throws -> Database {
    let table = "CREATE TABLE items (id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, colour TEXT) STRICT"
    let database = try Database(
      .memory, migrations: [MigrationSet(component: "test", migrations: [Migration(1, "items", table)])])
    try await database.write { db in
      for number in 0..<40 {
        let colour: String? = number % 3 == 0 ? nil : number % 3 == 1 ? "red" : "blue"
        try db.execute("INSERT INTO items VALUES (?, ?, ?)", "i\(100 + number)", number % 7, colour)
      }
    }
    return database
  }

  @Test(
    "pages of any length put together are the whole list, in any order",
    arguments: [
      [SortOrder("id")], [SortOrder("size"), SortOrder("id")], [SortOrder("size", descending: true)],
      [SortOrder("colour", nullable: true), SortOrder("size", descending: true)],
      [SortOrder("size"), SortOrder("colour", descending: true, nullable: true)],
    ], [1, 3, 7, 40])
  func pages(order: [SortOrder], limit: Int) async throws {
    let database = try await database()
    defer { database.close() }
    var listing = Listing("id", from: "items", key: "id")
    listing.order = order
    let whole: [Item] = try #require(try database.read { try listing.page($0, after: nil, limit: 1000) })
    #expect(Set(whole.map(\.id)).count == 40)
    var joined: [Item] = []
    while joined.count < 40 {
      let page: [Item] = try #require(
        try database.read { try listing.page($0, after: joined.last?.id, limit: limit) })
      #expect(!page.isEmpty)
      if page.isEmpty { break }
      joined += page
    }
    #expect(joined == whole)
  }

  @Test("an unknown marker is no page")
  func unknownMarker() async throws {
    let database = try await database()
    defer { database.close() }
    let listing = Listing("id", from: "items", key: "id")
    let page: [Item]? = try database.read { try listing.page($0, after: "nothing", limit: 5) }
    #expect(page == nil)
  }

  @Test("conditions hold on every page")
  func conditions() async throws {
    let database = try await database()
    defer { database.close() }
    var listing = Listing("id", from: "items", key: "id")
    listing.conditions = [
      Condition("size = ?", 3), .any([Condition("colour = ?", "red"), Condition("colour IS NULL")]),
    ]
    let page: [Item]? = try database.read { try listing.page($0, after: nil, limit: 100) }
    #expect(page?.count == (try database.read { try listing.count($0) }))
    #expect(page?.isEmpty == false)
  }
}
