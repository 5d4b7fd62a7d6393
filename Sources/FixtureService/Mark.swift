import OpenStackAPI
import Persistence

/// A moment in the life of a world, for finding out what was made since. It remembers what was there, not what time it
/// was: while a clock stands, everything is made at one moment.
struct Mark: Sendable {
  let name: String
  let createdAt: Timestamp
  /// What was there of each kind of resource, in the order of the kinds.
  private let known: [Known]

  private enum Known {
    case upTo(Int)
    /// Digests of keys: thousands of them are a mark's whole weight.
    case among(Set<Int>)
  }

  /// The bytes that it takes in memory, about.
  var weight: Int {
    known.reduce(256) { sum, known in
      if case .among(let keys) = known { sum + 16 * keys.capacity } else { sum + 16 }
    }
  }

  /// Marks what `db` shows.
  init(_ name: String, at moment: Timestamp, _ kinds: [(service: Service, kind: ResourceKind)], _ db: Connection) throws
  {
    (self.name, createdAt) = (name, moment)
    known = try kinds.map { try Self.known($0.kind, db) }
  }

  /// All rows count, also of what is on its way out: it may come back.
  private static func known(_ kind: ResourceKind, _ db: Connection) throws -> Known {
    switch kind.key {
    case .rising(let column):
      return .upTo(try db.scalar("SELECT max(\(column)) FROM \(kind.table)", as: Int.self) ?? 0)
    case .text(let key):
      var keys: Set<Int> = []
      try db.forEachRow("SELECT \(key) FROM \(kind.table)") { keys.insert(try Self.digest($0)) }
      return .among(keys)
    }
  }

  /// The digest of a row's first column.
  private static func digest(_ row: borrowing Row) throws -> Int {
    var hasher = Hasher()
    try row.column(0).hash(into: &hasher)
    return hasher.finalize()
  }

  /// What was made since and is still there, of what clients can end.
  func leaks(of kinds: [(service: Service, kind: ResourceKind)], _ db: Connection) throws -> [ResourceRecord] {
    var found: [ResourceRecord] = []
    for ((service, kind), known) in zip(kinds, known) where kind.isEndedByClients {
      let columns = ResourceRecord.columns(of: kind, withRequest: true)
      switch (kind.key, known) {
      case (.rising(let column), .upTo(let highest)):
        let sql = """
          SELECT \(columns) FROM \(kind.table) WHERE \(column) > ? AND \(kind.existence) ORDER BY \(column)
          """
        try db.forEachRow(sql, highest) { row in found.append(try ResourceRecord(service, kind, &row)) }
      case (.text(let key), .among(let keys)):
        try db.forEachRow("SELECT \(key), \(columns) FROM \(kind.table) WHERE \(kind.existence) ORDER BY rowid") {
          row in
          guard try !keys.contains(Self.digest(row)) else { return }
          row.skip()
          found.append(try ResourceRecord(service, kind, &row))
        }
      default: continue
      }
    }
    return found
  }
}
