import Persistence

/// The status of a kind of resource, for those who wait for it.
public struct ResourceStatus: Sendable {
  /// The columns that it is read from.
  let columns: String
  /// Which rows have one, where that are more than the kind's.
  let existence: String?
  /// The status of one that does not come to what was wanted of it.
  let failure: String
  let read: @Sendable (inout Row) throws -> String

  /// A status that is read from some columns.
  public init(
    _ columns: String, where existence: String? = nil, failure: String,
    read: @escaping @Sendable (inout Row) throws -> String = { try $0.next() }
  ) {
    (self.columns, self.existence, self.failure, self.read) = (columns, existence, failure, read)
  }
}

/// A resource as those see it who wait for it.
public struct ResourceState: Sendable {
  /// Its id.
  public let id: String
  /// Its name.
  public let name: String?
  /// Its status, as the service's API writes it.
  public let status: String
}

extension ResourceKind {
  /// Those that have an id or a name, the oldest first.
  func states(of wanted: String, _ db: Connection) throws -> [ResourceState] {
    guard let status else { return [] }
    let order = (created.map { [$0] } ?? []) + ["rowid"]
    var found: [ResourceState] = []
    try db.forEachRow(
      """
      SELECT \(id), \(title ?? "NULL"), \(status.columns) FROM \(table)
      WHERE (\(id) = ?1\(title.map { " OR \($0) = ?1" } ?? "")) AND \(status.existence ?? existence)
      ORDER BY \(order.joined(separator: ", "))
      """, wanted
    ) { row in
      let (id, name): (String, String?) = (try row.next(), try row.next())
      found.append(ResourceState(id: id, name: name, status: try status.read(&row)))
    }
    return found
  }

  /// What one of an id is called; of those whose id is a column.
  func title(of wanted: String, _ db: Connection) throws -> String? {
    guard let title, title != id, id.allSatisfy({ $0.isLetter || $0 == "_" }) else { return nil }
    return try db.scalar("SELECT \(title) FROM \(table) WHERE \(id) = ?", wanted)
  }
}

extension Service {
  /// What a resource of an id is called, if the service has one of that id and it has a name.
  func resourceName(_ id: String, _ db: Connection) throws -> String? {
    for kind in resources {
      if let name = try kind.title(of: id, db) { return name }
    }
    return nil
  }
}
