import Persistence
import Testing

enum Power: Int, Bindable, ColumnDecodable { case off, on }
enum Mood: String, Bindable, ColumnDecodable { case fine, sad }

struct Everything: RowDecodable, Equatable {
  var int = Int.min, int64 = Int64.max, double = 0.1, flag = true, text = "", bytes: [UInt8] = []
  var power = Power.on, mood = Mood.sad
  var noInt: Int?, noText: String?, noBytes: [UInt8]?, noMood: Mood?, someMood: Mood? = .fine

  init() {}

  init(row: inout Row) throws {
    int = try row.next()
    int64 = try row.next()
    double = try row.next()
    flag = try row.next()
    text = try row.next()
    bytes = try row.next()
    power = try row.next()
    mood = try row.next()
    noInt = try row.next()
    noText = try row.next()
    noBytes = try row.next()
    noMood = try row.next()
    someMood = try row.next()
  }
}

@Suite struct ValueTests {
  let database: Database

  init() throws { database = try Database(.memory, migrations: []) }

  func first<R: RowDecodable>(_ sql: String, _ bindings: any Bindable..., as: R.Type = R.self) throws -> R? {
    try database.read { try $0.first(sql, bindings, as: R.self) }
  }

  @Test("every type comes back as it went")
  func everything() throws {
    let value = Everything()
    let back = try first(
      "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", value.int, value.int64, value.double, value.flag, value.text,
      value.bytes, value.power, value.mood, value.noInt, value.noText, value.noBytes, value.noMood, value.someMood,
      as: Everything.self)
    #expect(back == value)
  }

  @Test(
    "text keeps NULs, emoji and length",
    arguments: ["", "a\0b", "\0", "👩‍🚀 ünï", "e\u{301}", String(repeating: "long ü ", count: 20_000)])
  func text(_ text: String) throws {
    let back = try first("SELECT ?", text, as: String.self)
    #expect(back.map { Array($0.utf8) } == Array(text.utf8))
    #expect(try first("SELECT length(CAST(? AS BLOB))", text, as: Int.self) == text.utf8.count)
    try database.read { connection throws in
      try connection.forEachRow("SELECT ?", text) { row throws in
        try row.withUnsafeText(0) { #expect($0.elementsEqual(text.utf8)) }
      }
    }
  }

  @Test("text that is not UTF-8 does no harm")
  func invalid() throws {
    #expect(try first("SELECT CAST(x'41ff42' AS TEXT)", as: String.self) == "A\u{FFFD}B")
  }

  @Test("bytes keep their values and emptiness is not NULL")
  func bytes() throws {
    let all = (0...255).map { UInt8($0) }
    #expect(try database.read { try $0.scalar("SELECT ?", all, as: [UInt8].self) } == all)
    #expect(try database.read { try $0.scalar("SELECT typeof(?)", [UInt8](), as: String.self) } == "blob")
    #expect(try database.read { try $0.scalar("SELECT typeof(?)", "", as: String.self) } == "text")
  }

  @Test("a wrong type, a NULL, an unknown case and a missing column are named")
  func mismatches() throws {
    #expect(throws: DatabaseError.column(name: "age", expected: "INTEGER", found: "TEXT")) {
      try first("SELECT 'x' AS age", as: Int.self)
    }
    #expect(throws: DatabaseError.column(name: "age", expected: "INTEGER", found: "NULL")) {
      try first("SELECT NULL AS age", as: Int.self)
    }
    #expect(throws: DatabaseError.column(name: "mood", expected: "a Mood", found: "odd")) {
      try database.read { try $0.scalar("SELECT 'odd' AS mood", as: Mood.self) }
    }
    #expect(throws: DatabaseError.column(name: "flag", expected: "0 or 1", found: "2")) {
      try first("SELECT 2 AS flag", as: Bool.self)
    }
    #expect(throws: DatabaseError.column(name: "#1", expected: "a column", found: "a row of 1")) {
      try first("SELECT 1", as: Pair.self)
    }
  }

  struct Pair: RowDecodable {
    let one: Int
    let two: Int?
    init(row: inout Row) throws {
      one = try row.next()
      two = try row.next()
    }
  }

  @Test("columns can be read in any order and passed over")
  func randomAccess() throws {
    try database.read { connection throws in
      try connection.forEachRow("SELECT 1, NULL, 'three', x'04'") { row throws in
        #expect(try row.value(at: 2, as: String.self) == "three")
        #expect(row.isNull(1) && !row.isNull(0) && row.columnCount == 4)
        row.skip(2)
        #expect(try row.next(String.self) == "three")
        try row.withUnsafeBlob(3) { #expect($0.elementsEqual([4])) }
      }
    }
  }
}
