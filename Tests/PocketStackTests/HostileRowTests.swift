import CSQLite
import CloudTesting
import HTTPServer
import Persistence
import Testing

@testable import OpenStackAPI
@testable import PocketStack

/// Rows as no request would make them, but an archive from elsewhere or a damaged file might: every number of every table
/// at the ends of what SQLite can hold, and values that are no numbers. Whoever reads them answers, whatever it answers.
@Suite("Hostile rows")
struct HostileRowTests {
  /// A column that holds numbers.
  private struct NumberColumn: RowDecodable {
    let table, name: String

    init(row: inout Row) throws { (table, name) = (try row.next(), try row.next()) }
  }

  private static let numbers: [SQLValue] = [
    .integer(.min), .integer(-5), .integer(0), .integer(1 << 53), .integer(.max), .real(1e300), .real(-.infinity),
    .text("x"), .null,
  ]

  @Test("of every column that holds numbers are answered for, by all that reads them")
  func everyColumn() async throws {
    let directory = try ScratchDirectory()
    var victim = try await Victim(strangers: [], data: directory.path)
    try await victim.reopen(directory.path) { try Self.loosen($0 + "/default/cloud.sqlite") }
    let reads = try await Self.reads(of: victim)
    let world = try victim.cloud.world()
    let columns = try await Self.columns(world)
    #expect(columns.count > 100)
    let usual = try await Self.statuses(of: reads)
    #expect(usual.allSatisfy { $0 < 500 || $0 == 501 })
    var touched = 0
    for column in columns {
      try await Self.save(column, world)
      // What answers otherwise once the column holds no number at all is what reads it.
      guard try await Self.set(column, to: .blob([0xFF]), world) else { continue }
      let found = try await Self.statuses(of: reads)
      let readers = zip(reads, zip(usual, found)).filter { $1.0 != $1.1 }.map(\.0)
      touched += readers.isEmpty ? 0 : 1
      for value in Self.numbers where try await Self.set(column, to: value, world) {
        _ = try await Self.statuses(of: readers)
        // A login and the clock read rows that no token of before leads to.
        await victim.cloud.forgetTokens()
        _ = try? await victim.cloud.token(of: .admin)
        _ = try await victim.cloud.client("/pocketstack/v1").get("/clock")
      }
      try await Self.restore(column, world)
    }
    #expect(touched > 50, "hardly any column is read: \(touched)")
    let after = try await Self.statuses(of: reads)
    #expect(zip(reads, zip(usual, after)).filter { $1.0 != $1.1 }.map(\.0.path) == [], "something did not come back")
    await victim.cloud.close()
  }
}

// MARK: - What reads

extension HostileRowTests {
  /// A request that reads, as an administrator.
  private struct Read: Sendable {
    let client: TestClient
    let path: String
    let headers: [(String, String)]
  }

  /// What goes on until the world ends, and is none of a single answer.
  private static let endless: Set = ["/notifications"]

  private static func reads(of victim: Victim) async throws -> [Read] {
    let control = try await victim.cloud.client("/pocketstack/v1")
    try await control.post("/snapshots", ["snapshot": ["name": "before"]]).expect(201)
    try await control.post("/marks", ["mark": ["name": "begin"]]).expect(201)
    var reads: [Read] = []
    for service in CloudServices.standard.all {
      let client = try await victim.cloud.client(service.mount, as: .admin)
      for api in service.apis {
        for route in api.routes where route.method == .get && !endless.contains(route.path) {
          guard let path = victim.path(of: route, below: api.prefix) else { continue }
          for version in Set([route.versions.since ?? "2.1", route.versions.until ?? "2.104"]) {
            let headers = [
              ("X-Subject-Token", victim.token), ("OpenStack-API-Version", "\(service.type) \(version)"),
            ]
            reads.append(Read(client: client, path: path, headers: headers))
            if api.microversions == nil { break }
          }
        }
      }
    }
    let image = "/images/" + (victim.names["bootable"] ?? "")
    let glance = try await victim.cloud.image(as: .admin)
    for range in [[], [("Range", "bytes=-5")], [("Content-Range", "bytes 0-4/*")]] {
      reads.append(Read(client: glance, path: image + "/file", headers: range))
    }
    reads.append(Read(client: control, path: "/snapshots/before/difference", headers: []))
    return reads
  }

  private static func statuses(of reads: [Read]) async throws -> [Int] {
    var statuses: [Int] = []
    for read in reads {
      do {
        statuses.append(try await read.client.get(read.path, headers: read.headers).status)
      } catch {
        throw TestFailure("\(read.path) is not answered: \(error)")
      }
    }
    return statuses
  }
}

// MARK: - What is read

extension HostileRowTests {
  /// Lets the tables of a file take anything; nothing else follows a change.
  private static func loosen(_ path: String) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    try #require(sqlite3_open(path, &handle) == SQLITE_OK)
    let code = sqlite3_exec(
      handle,
      """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = substr(sql, 1, length(sql) - 7) WHERE type = 'table' AND sql LIKE '%) STRICT';
      DELETE FROM sqlite_schema WHERE type = 'trigger';
      """, nil, nil, nil)
    try #require(code == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
  }

  /// The columns of numbers.
  private static func columns(_ world: World) async throws -> [NumberColumn] {
    try await world.database.write { db in
      try db.execute("PRAGMA ignore_check_constraints = ON")
      return try db.query(
        """
        SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' AND tables.name <> 'schema_migrations'
          AND columns.type IN ('INTEGER', 'REAL') AND NOT columns.pk ORDER BY 1, 2
        """)
    }
  }

  private static func save(_ column: NumberColumn, _ world: World) async throws {
    try await world.database.write { db in
      try db.execute("DROP TABLE IF EXISTS temp.saved")
      try db.execute("CREATE TEMP TABLE saved AS SELECT rowid AS place, \(column.name) AS value FROM \(column.table)")
    }
  }

  /// Whether the column takes the value: some are unique, refer to others or are never NULL.
  private static func set(_ column: NumberColumn, to value: SQLValue, _ world: World) async throws -> Bool {
    do {
      return try await world.database.write { db in
        try db.execute("UPDATE \(column.table) SET \(column.name) = ?", value) > 0
      }
    } catch DatabaseError.constraint {
      return false
    }
  }

  private static func restore(_ column: NumberColumn, _ world: World) async throws {
    try await world.database.write { db in
      try db.execute(
        """
        UPDATE \(column.table) SET \(column.name) = (SELECT value FROM temp.saved WHERE place = \(column.table).rowid)
        """)
    }
  }
}
