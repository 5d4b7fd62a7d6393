import Glibc
import Synchronization
import Testing

@testable import Persistence

@Suite("A full disk") struct FullDiskTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(
    "is told from other trouble by what the system says",
    arguments: [
      (ENOSPC, StorageTrouble.full), (EDQUOT, .full), (EFBIG, .full), (EMFILE, .exhausted), (ENFILE, .exhausted),
      (ENOMEM, .exhausted), (EIO, .failed), (EROFS, .failed), (EACCES, .failed),
    ])
  func trouble(_ code: Int32, _ trouble: StorageTrouble) {
    #expect(StorageTrouble(errno: code) == trouble)
    #expect(BlobError(SystemError("write", code: code)).trouble == trouble)
    #expect(DatabaseError.refused(code, "disk I/O error").trouble == trouble)
  }

  @Test("is no trouble of a broken constraint or of a blob that is not there")
  func noTrouble() {
    #expect(StorageTrouble(DatabaseError.constraint(kind: .unique, detail: "x")) == nil)
    #expect(StorageTrouble(BlobError.notFound(id: "x")) == nil)
    #expect(StorageTrouble(ScratchError()) == nil)
  }

  @Test("finds room in the file for all that was acknowledged, before it is copied there")
  func allocation() async throws {
    let database = try Home.file.open(scratch, peopleSchema)
    for number in 0..<30 {
      try await database.write { connection throws in
        try connection.execute("INSERT INTO people (name) VALUES (?)", String(repeating: "\(number)", count: 20_000))
      }
      let pages = try database.read { try $0.scalar("PRAGMA page_count", as: Int.self) ?? 0 }
      let status = try #require(Files.status(scratch.database))
      #expect(Int(status.st_size) >= pages * 4096)
    }
    database.close()
    let again = try Home.file.open(scratch, peopleSchema)
    #expect(try again.integrityCheck() == [])
    #expect(try again.read { try $0.scalar("SELECT count(*) FROM people", as: Int.self) } == 30)
  }

  @Test("gives its reserve to a write that has found no room, and takes back what that leaves")
  func reserve() throws {
    let path = scratch.path + "/reserve"
    func bytes() -> Int { Files.status(path).map { Int($0.st_blocks) * 512 } ?? 0 }
    let reserve = DiskReserve(path: path)
    #expect(bytes() == 0 && !reserve.isWhole)
    #expect(reserve.fill() && reserve.isWhole)
    #expect(bytes() >= DiskReserve.size)
    let (before, whole) = reserve.lend { (bytes(), reserve.fill()) }
    #expect(before == 0 && !whole)
    #expect(bytes() >= DiskReserve.size && reserve.isWhole)
    #expect(DiskReserve(path: path).isWhole)
  }

  @Test("lacks no reserve where a file cannot be made for another reason")
  func noReserve() { #expect(DiskReserve(path: scratch.path + "/none/reserve").fill()) }

  @Test("lets a write that may spend the reserve try again, and answers it once when there is no room even so")
  func spending() async throws {
    var configuration = DatabaseConfiguration()
    configuration.reserve = DiskReserve(path: scratch.path + "/reserve")
    let sets = [MigrationSet(component: "test", migrations: [Migration(1, "tables", peopleSchema)])]
    let database = try Database(.file(scratch.database), migrations: sets, configuration: configuration)
    let pages = try await database.write { try $0.scalar("PRAGMA page_count", as: Int.self) ?? 0 }
    try await database.write { try $0.query("PRAGMA max_page_count = \(pages + 2)", as: Int.self) }
    let attempts = Attempts()
    let long = String(repeating: "x", count: 100_000)
    await #expect(throws: DatabaseError.full) {
      try await DiskReserve.spend {
        try await database.write { connection throws in
          attempts.count()
          try connection.execute("INSERT INTO people (name) VALUES (?)", long)
        }
      }
    }
    #expect(attempts.number == 3)
    try await DiskReserve.spend {
      try await database.write { connection throws in
        if attempts.count() == 4 { throw DatabaseError.full }
        try connection.execute("INSERT INTO people (name) VALUES ('second')")
      }
    }
    #expect(attempts.number == 5)
    #expect(try database.read { try $0.query("SELECT name FROM people", as: String.self) } == ["second"])
    #expect(!database.isShortOfRoom)
  }

  @Test("is what writes are told whose transaction is gone, though another statement met it")
  func swallowed() async throws {
    let database = try Home.file.open(scratch, peopleSchema)
    let pages = try await database.write { try $0.scalar("PRAGMA page_count", as: Int.self) ?? 0 }
    try await database.write { try $0.query("PRAGMA max_page_count = \(pages + 2)", as: Int.self) }
    let long = String(repeating: "x", count: 100_000)
    await #expect(throws: DatabaseError.full) {
      try await database.write { connection throws in
        _ = try? connection.execute("INSERT INTO people (name) VALUES (?)", long)
        try connection.execute("INSERT INTO people (name) VALUES ('stray')")
      }
    }
  }
}

@Suite("Damage") struct DamageTests {
  @Test("is found by whoever comes across it, and remembered")
  func found() async throws {
    let scratch = try Scratch()
    let database = try Home.file.open(scratch, peopleSchema)
    try await database.write { connection throws in
      for number in 0..<500 {
        try connection.execute("INSERT INTO people (name) VALUES (?)", "\(number)" + String(repeating: "n", count: 200))
      }
    }
    database.close()
    let file = try #require(fopen(scratch.database, "r+"))
    fseek(file, 12 * 4096, SEEK_SET)
    for _ in 0..<(6 * 4096) { putc(0xA5, file) }
    fclose(file)

    let damaged = try Home.file.open(scratch, peopleSchema)
    #expect(damaged.foundDamage == nil)
    let error = #expect(throws: DatabaseError.self) {
      try damaged.read { try $0.query("SELECT name FROM people NOT INDEXED", as: String.self) }
    }
    #expect(error?.trouble == .damaged)
    #expect(damaged.foundDamage != nil)
    damaged.close()
  }
}

/// Counts how often a body ran.
private final class Attempts: Sendable {
  private let runs = Atomic(0)
  var number: Int { runs.load(ordering: .relaxed) }

  @discardableResult
  func count() -> Int { runs.add(1, ordering: .relaxed).newValue }
}
