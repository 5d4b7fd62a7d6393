import Persistence
import Testing

@Suite struct VersionTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("a table's version rises with commits that change it, and only then", arguments: Home.allCases)
  func rises(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    var last: [String: UInt64] = [:]
    func changed(by sql: String) async throws -> Set<String> {
      let before = database.version
      _ = try? await database.write { try $0.execute(sql) }
      var changed: Set<String> = []
      for table in ["people", "pets", "later"] {
        let version = database.tableVersion(table)
        if version > last[table, default: 0] { changed.insert(table) }
        last[table] = version
      }
      #expect((database.version > before) == !changed.isEmpty)
      return changed
    }
    #expect(try await changed(by: "INSERT INTO people VALUES (1, 'ada', 36, NULL), (2, 'bob', 3, 1)") == ["people"])
    #expect(try await changed(by: "INSERT INTO pets VALUES ('rex', 1)") == ["pets"])
    #expect(try await changed(by: "UPDATE people SET age = 37 WHERE id = 1") == ["people"])
    #expect(try await changed(by: "UPDATE people SET age = 37 WHERE id = 99") == [])
    #expect(try await changed(by: "SELECT * FROM people") == [])
    #expect(try await changed(by: "INSERT INTO people VALUES (1, 'eve', 1, NULL)") == [])
    #expect(try await changed(by: "DELETE FROM people WHERE id = 1").isSuperset(of: ["people", "pets"]))
    #expect(try await changed(by: "INSERT INTO later (owner) VALUES (NULL)") == ["later"])
    #expect(try await changed(by: "DELETE FROM later") == ["later"])
    #expect(try await changed(by: "DELETE FROM later") == [])
    #expect(database.tableVersion("nowhere") == 0)
  }

  @Test("a write that throws leaves the version alone", arguments: Home.allCases)
  func undone(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    await #expect(throws: ScratchError.self) {
      try await database.write { connection throws in
        try connection.execute("INSERT INTO people (name) VALUES ('ada')")
        throw ScratchError()
      }
    }
    #expect(database.tableVersion("people") == 0)
    try await database.write { try $0.execute("INSERT INTO pets SELECT 'rex', id FROM people") }
    #expect(database.tableVersion("people") == 0)
  }
}
