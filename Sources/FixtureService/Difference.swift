import OpenStackAPI
import Persistence

/// What was created, changed and deleted between two states of a world.
///
/// It takes three passes, one at a time, so that nothing has to be held still for another: over what was, over what is,
/// and once more over what was for those that are no longer the same. Rows are compared by digests; only of those that
/// changed everything is read.
struct Difference: Sendable {
  /// A resource that is not as it was.
  struct Change: Sendable {
    let record: ResourceRecord
    let fields: [FieldChange]
  }

  /// A row of a resource by what its columns are called.
  private typealias Columns = [(name: String, value: SQLValue)]
  private typealias Kind = (service: Service, kind: ResourceKind)

  private(set) var created: [ResourceRecord] = []
  private(set) var changed: [Change] = []
  private(set) var deleted: [ResourceRecord] = []

  /// Compares the two states of a world that `before` and `after` lend connections to.
  init(
    of kinds: [(service: Service, kind: ResourceKind)], before: ((Connection) throws -> Void) throws -> Void,
    after: ((Connection) throws -> Void) throws -> Void
  ) throws {
    var known: [[String: Int]] = []
    try before { db in for (_, kind) in kinds { known.append(try Self.digests(kind, db)) } }
    var present: [[String: (ResourceRecord, Columns)]] = []
    try after { db in
      for (index, kind) in kinds.enumerated() { present.append(try takePresent(kind, &known[index], db)) }
    }
    guard known.contains(where: { !$0.isEmpty }) || present.contains(where: { !$0.isEmpty }) else { return }
    try before { db in
      for (index, kind) in kinds.enumerated() { try takePast(kind, known[index], present[index], db) }
    }
  }

  /// Whether nothing differs.
  var isEmpty: Bool { created.isEmpty && changed.isEmpty && deleted.isEmpty }

  /// The digest of each resource by its identity.
  private static func digests(_ kind: ResourceKind, _ db: Connection) throws -> [String: Int] {
    var digests: [String: Int] = [:]
    try db.forEachRow(kind.selection) { row in digests[try row.next()] = try digest(row) }
    return digests
  }

  /// The first column of the table, after the identity and what a record needs.
  private static let firstColumn = 1 + ResourceRecord.columnCount

  private static func digest(_ row: borrowing Row) throws -> Int {
    var hasher = Hasher()
    for index in firstColumn..<row.columnCount { try row.column(index).hash(into: &hasher) }
    return hasher.finalize()
  }

  private static func columns(_ row: borrowing Row) throws -> Columns {
    try (firstColumn..<row.columnCount).map { index in
      let column = try row.column(index)
      return (column.name, try SQLValue(column: column))
    }
  }

  /// Takes what was not there before. Of what was, takes the same out of `known` and answers the rest.
  private mutating func takePresent(_ kind: Kind, _ known: inout [String: Int], _ db: Connection) throws
    -> [String: (ResourceRecord, Columns)]
  {
    var different: [String: (ResourceRecord, Columns)] = [:]
    try db.forEachRow(kind.kind.selection) { row in
      let identity: String = try row.next()
      let digest = try Self.digest(row)
      guard let old = known.removeValue(forKey: identity) else {
        return created.append(try ResourceRecord(kind.service, kind.kind, &row))
      }
      guard old != digest else { return }
      different[identity] = (try ResourceRecord(kind.service, kind.kind, &row), try Self.columns(row))
    }
    return different
  }

  /// Takes what is `gone`, and what changed of the resources that are `present`.
  private mutating func takePast(
    _ kind: Kind, _ gone: [String: Int], _ present: [String: (ResourceRecord, Columns)], _ db: Connection
  ) throws {
    guard !gone.isEmpty || !present.isEmpty else { return }
    try db.forEachRow(kind.kind.selection) { row in
      let identity: String = try row.next()
      if gone[identity] != nil {
        deleted.append(try ResourceRecord(kind.service, kind.kind, &row))
      } else if let (record, columns) = present[identity] {
        let fields = kind.kind.changes(from: try Self.columns(row), to: columns)
        if !fields.isEmpty { changed.append(Change(record: record, fields: fields)) }
      }
    }
  }
}

extension ResourceKind {
  /// All of them: identity, what a record needs, all columns, and the parts, in the order in which they were made.
  fileprivate var selection: String {
    let parts = parts.map { part in
      """
      , (SELECT json_group_array(value) FROM \
      (SELECT \(part.value) AS value FROM \(part.table) WHERE \(part.condition) ORDER BY 1)) AS \(part.name)
      """
    }
    return """
      SELECT \(identity), \(ResourceRecord.columns(of: self)), \(table).*\(parts.joined())
      FROM \(table) WHERE \(existence) ORDER BY rowid
      """
  }
}
