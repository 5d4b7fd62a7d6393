/// The prepared statements of one connection by their text, so many of so many bytes at most.
///
/// A literal keeps its address, so that a small table by address comes before the dictionary: comparing the text of a
/// few hundred bytes is much cheaper than hashing it.
struct StatementCache {
  private let limit: Int
  private let mostBytes: Int
  /// What SQLite and the texts take.
  private(set) var bytes = 0
  private var byText: [String: Statement] = [:]
  private var byAddress: [Statement?] = Array(repeating: nil, count: 64)
  private var clock: UInt64 = 0

  var count: Int { byText.count }

  init(limit: Int, bytes: Int) { (self.limit, mostBytes) = (max(1, limit), bytes) }

  /// The statement for `sql`, unless it is new or running.
  mutating func find(_ sql: String) -> Statement? {
    let slot = Self.slot(of: sql)
    var found = byAddress[slot]
    if found?.sql != sql {
      found = byText[sql]
      byAddress[slot] = found
    }
    guard let found, !found.isRunning else { return nil }
    clock &+= 1
    found.lastUse = clock
    return found
  }

  /// Keeps a new statement, unless one with its text is there, or it is as large as many others.
  mutating func insert(_ statement: Statement) {
    guard byText[statement.sql] == nil, statement.bytes <= mostBytes / 8 else { return }
    while byText.count >= limit || bytes + statement.bytes > mostBytes,
      let oldest = byText.values.min(by: { $0.lastUse < $1.lastUse })
    { remove(oldest) }
    bytes += statement.bytes
    clock &+= 1
    statement.lastUse = clock
    byText[statement.sql] = statement
  }

  mutating func removeAll() {
    byText = [:]
    bytes = 0
    byAddress = Array(repeating: nil, count: byAddress.count)
  }

  private mutating func remove(_ statement: Statement) {
    byText[statement.sql] = nil
    bytes -= statement.bytes
    for slot in byAddress.indices where byAddress[slot] === statement { byAddress[slot] = nil }
  }

  /// Where a text of this address and length would be.
  private static func slot(of sql: String) -> Int {
    let place = sql.utf8.withContiguousStorageIfAvailable { (UInt(bitPattern: $0.baseAddress), UInt($0.count)) }
    guard let (address, count) = place else { return 0 }
    return Int(((address &+ count) &* 0x9E37_79B9_7F4A_7C15) >> 58)
  }
}
