import CSQLite
import CloudTesting
import Locking
import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("A snapshot as one file")
struct SnapshotArchiveTests {
  @Test("goes from one cloud to another with rows and bytes", arguments: [true, false])
  func travels(inMemory: Bool) async throws {
    let scratch = try ScratchDirectory()
    let first = try await TestCloud(data: inMemory ? nil : scratch.path)
    try await first.compute().post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    let image = try await first.upload("these bytes")
    try await first.control().post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let file = try await first.control().get("/snapshots/base/export").expect(200)
    #expect(try file.header("Content-Type") == "application/x-tar")
    await first.close()

    let second = try await TestCloud(data: inMemory ? scratch.path : nil)
    let control = try await second.control()
    try await control.send("PUT", "/snapshots/taken/import", body: file.body).expect(201)
    try await control.send("PUT", "/snapshots/taken/import", body: file.body).expect(409)
    try await control.post("/worlds", ["world": ["name": "red", "from": ["snapshot": "taken"]]]).expect(201)
    try await second.compute(world: "red").get("/os-keypairs/mine").expect(200)
    #expect(try await second.image(world: "red").get("/images/\(image)/file").expect(200).text == "these bytes")
    await second.close()
  }

  @Test("that is damaged or none is refused, and leaves nothing")
  func damaged() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let whole = try await control.get("/snapshots/base/export").expect(200).body
    var wrongRows = whole
    for place in 1536..<(1536 + 4096) { wrongRows[place] = 7 }
    let outside = TarEntry(name: "../evil", size: 0).head
    for bytes in [[], Array(whole.prefix(5000)), Array("nothing of the kind".utf8), wrongRows, outside + whole] {
      let answer = try await control.send("PUT", "/snapshots/taken/import", body: bytes).expect(400)
      #expect(answer.json["error"]?["message"]?.text?.hasPrefix("This is no snapshot: ") == true)
      try await control.get("/snapshots/taken").expect(404)
    }
    await cloud.close()
  }

  /// An archive of the snapshot `base`, with its files in another order and its rows changed.
  private func altered(_ cloud: TestCloud, _ scratch: ScratchDirectory, by sql: String) async throws -> [UInt8] {
    try await cloud.control().post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let whole = try await cloud.control().get("/snapshots/base/export").expect(200).body
    let directory = scratch.path + "/" + Identifiers().hex()
    try File.makeDirectory(directory)
    let feed = Locked([whole])
    var reader = ArchiveReader(into: directory, limit: whole.count) { feed.withLock { $0.popLast() } }
    try await reader.run()
    let rows = directory + "/cloud.sqlite"
    try alter(rows, by: sql)
    var archive: [UInt8] = []
    for name in ["cloud.sqlite", "snapshot.json"] {
      let bytes = try File.read("\(directory)/\(name)")
      let entry = TarEntry(name: name, size: bytes.count)
      archive += entry.head + bytes + [UInt8](repeating: 0, count: entry.padding)
    }
    return archive + TarEntry.end
  }

  private func alter(_ rows: String, by sql: String) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    guard sqlite3_open(rows, &handle) == SQLITE_OK, sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw TestFailure(String(cString: sqlite3_errmsg(handle)))
    }
  }

  @Test("may have its files in any order")
  func order() async throws {
    let cloud = try await TestCloud()
    let archive = try await altered(cloud, ScratchDirectory(), by: "UPDATE marks SET value = value")
    try await cloud.control().send("PUT", "/snapshots/taken/import", body: archive).expect(201)
    await cloud.close()
  }

  @Test(
    "is refused unless its tables are those of this program, whatever they would do",
    arguments: [
      ("CREATE TABLE more (x)", 400), ("DROP INDEX transitions_by_due", 400),
      ("CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END", 400),
      ("CREATE VIEW v AS SELECT 1", 400), ("ALTER TABLE marks ADD COLUMN more TEXT", 400),
      (
        """
        DROP TABLE schema_migrations;
        CREATE VIEW schema_migrations (component, number, name, applied_at) AS
          WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT 'x', 0, '', n FROM r WHERE n < 0
        """, 400
      ),
      ("INSERT INTO schema_migrations VALUES ('compute', 9999, 'x', 'x')", 409),
      ("INSERT INTO schema_migrations VALUES ('elsewhere', 1, 'x', 'x')", 409),
      ("DELETE FROM schema_migrations WHERE component = 'compute' AND number = 1", 400),
      ("PRAGMA foreign_keys = OFF; DELETE FROM projects", 400),
    ])
  func foreignTables(sql: String, status: Int) async throws {
    let cloud = try await TestCloud()
    let archive = try await altered(cloud, ScratchDirectory(), by: sql)
    let answer = try await cloud.control().send("PUT", "/snapshots/taken/import", body: archive).expect(status)
    #expect(answer.json["error"]?["message"]?.text?.isEmpty == false)
    try await cloud.control().get("/snapshots/taken").expect(404)
    await cloud.close()
  }

  @Test("may have so many bytes and no more")
  func limit() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"max_import_bytes": 100000}}"#)
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let whole = try await control.get("/snapshots/base/export").expect(200).body
    try await control.send("PUT", "/snapshots/taken/import", body: whole).expect(413)
    let claim = TarEntry(name: "cloud.sqlite", size: 1 << 40).head
    try await control.send("PUT", "/snapshots/taken/import", body: claim).expect(413)
    await cloud.close()
  }

  @Test(
    "is a tar archive, whatever the sizes of its files", arguments: [0, 1, 511, 512, 8 << 30, (8 << 30) - 1, 1 << 40])
  func heads(_ size: Int) {
    let entry = TarEntry(name: "blobs/a.blob", size: size)
    #expect(TarEntry(head: entry.head) == entry && (size + entry.padding) % 512 == 0)
    var broken = entry.head
    broken[130] ^= 1
    #expect(TarEntry(head: broken) == nil)
  }
}
