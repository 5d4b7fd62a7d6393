import Glibc
import Persistence
import Testing

@Suite struct ConcurrencyTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("of writes that share a commit only the failing ones fail", arguments: Home.allCases)
  func oneAmongMany(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
      for number in 0..<200 {
        group.addTask {
          do {
            try await database.write { connection throws in
              try connection.execute("INSERT INTO people (id, name) VALUES (?, ?)", number, "n\(number)")
              if number % 10 == 3 { throw ScratchError() }
              if number % 10 == 7 { try connection.execute("INSERT INTO later (owner) VALUES (-1)") }
            }
            return (number, true)
          } catch {
            return (number, false)
          }
        }
      }
      return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
    }
    let expected = (0..<200).filter { $0 % 10 != 3 && $0 % 10 != 7 }
    #expect(outcomes.filter(\.value).keys.sorted() == expected)
    #expect(try database.read { try $0.query("SELECT id FROM people ORDER BY id", as: Int.self) } == expected)
    #expect(try database.integrityCheck() == [])
  }

  @Test("writes are carried out in the order of their arrival, and seen once they return", arguments: Home.allCases)
  func order(_ home: Home) async throws {
    let database = try home.open(scratch, peopleSchema)
    for number in 1...100 {
      let key = try await database.write { connection throws in
        try connection.execute("INSERT INTO people (name) VALUES (?)", "\(number)")
        return connection.lastInsertRowID
      }
      #expect(key == Int64(number))
      #expect(try database.read { try $0.scalar("SELECT max(id) FROM people", as: Int.self) } == number)
      #expect(database.tableVersion("people") == UInt64(number))
    }
  }

  @Test("readers see whole transactions while 64 writers write", arguments: Home.allCases)
  func snapshots(_ home: Home) async throws {
    let database = try home.open(
      scratch, "CREATE TABLE accounts (id INTEGER PRIMARY KEY, sum INTEGER NOT NULL); CREATE TABLE log (n INTEGER)")
    try await database.write { connection throws in
      for id in 0..<64 { try connection.execute("INSERT INTO accounts VALUES (?, 100)", id) }
    }
    let isDone = Flag()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          while !isDone.isSet {
            let sums = try database.read { connection throws in
              let first = try connection.scalar("SELECT sum(sum) FROM accounts", as: Int.self)
              let count = try connection.scalar("SELECT count(*) FROM log", as: Int.self)
              let second = try connection.scalar("SELECT sum(sum) FROM accounts", as: Int.self)
              let again = try connection.scalar("SELECT count(*) FROM log", as: Int.self)
              return [first == 6400, second == 6400, count == again]
            }
            #expect(sums == [true, true, true])
            await Task.yield()
          }
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { writers in
        for writer in 0..<64 {
          writers.addTask {
            for step in 0..<20 {
              try await database.write { connection throws in
                try connection.execute("UPDATE accounts SET sum = sum - 1 WHERE id = ?", writer)
                try connection.execute("UPDATE accounts SET sum = sum + 1 WHERE id = ?", (writer + step) % 64)
                try connection.execute("INSERT INTO log VALUES (?)", step)
              }
            }
          }
        }
        try await writers.waitForAll()
      }
      isDone.set()
      try await group.waitForAll()
    }
    #expect(try database.read { try $0.scalar("SELECT count(*) FROM log", as: Int.self) } == 1280)
    #expect(database.tableVersion("accounts") > 0)
  }

  @Test("closing lets waiting writes finish and turns later ones away")
  func closing() async throws {
    let database = try Home.file.open(scratch, peopleSchema)
    let kept = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<100 {
        group.addTask {
          let name = "n\(number)"
          return (try? await database.write { try $0.execute("INSERT INTO people (name) VALUES (?)", name) }) != nil
        }
      }
      group.addTask {
        database.close()
        return false
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    let reopened = try Home.file.open(scratch, peopleSchema)
    #expect(try reopened.read { try $0.scalar("SELECT count(*) FROM people", as: Int.self) } == kept)
  }

  @Test("the WAL stays short under readers who never leave it alone")
  func longLog() async throws {
    var configuration = DatabaseConfiguration()
    configuration.checkpointPages = 50
    let sets = [MigrationSet(component: "t", migrations: [Migration(1, "t", "CREATE TABLE t (filler TEXT)")])]
    let database = try Database(.file(scratch.database), migrations: sets, configuration: configuration)
    let isDone = Flag()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask {
          while !isDone.isSet {
            _ = try database.read { try $0.scalar("SELECT count(*), sum(length(filler)) FROM t", as: Int.self) }
            await Task.yield()
          }
        }
      }
      let filler = String(repeating: "x", count: 4000)
      for _ in 0..<600 { try await database.write { try $0.execute("INSERT INTO t VALUES (?)", filler) } }
      isDone.set()
      try await group.waitForAll()
    }
    #expect(Scratch.bytes(scratch.database + "-wal").count < 600 * 4096 / 2)
    database.close()
    #expect(scratch.names() == ["cloud.db", "cloud.db-lock"])
  }
}
