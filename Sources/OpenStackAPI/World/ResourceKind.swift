/// A kind of thing that users make and end, as data: which rows of which table they are, and what of a row says which
/// one it is. Services declare theirs, once; whoever compares worlds, looks for what was left behind, waits for a status
/// or asks for a name reads it here.
///
///     ResourceKind("image", in: "images", called: "name", project: "owner", created: "created_at")
///
/// `id` and the like are SQL over a row of the table.
public struct ResourceKind: Sendable {
  /// What one is called: `server_group`.
  public let name: String
  /// The table; other kinds may have rows there, too.
  public let table: String
  /// Its id, as clients write it. Where there is none it is made of the ids of what it connects, with `/` in between.
  public let id: String
  /// Its name.
  public let title: String?
  /// The project that it belongs to.
  public let project: String?
  /// The user that it belongs to.
  public let user: String?
  /// When it was made.
  public let created: String?
  /// The id of the request that made it, where the service keeps that.
  public let request: String?
  /// Which rows of the table are such resources, and still there.
  public let existence: String
  /// What no two of them have in common at one moment.
  public let identity: String
  /// What tells those that were there from those that were made later.
  public let key: ResourceKey
  /// Whether clients end them; others end by themselves, or never.
  public let isEndedByClients: Bool
  /// What belongs to one and is kept elsewhere.
  public let parts: [ResourcePart]
  /// Columns whose value means nothing to clients.
  public let unseen: [String]
  /// Columns whose value nobody is shown.
  public let secret: [String]
  /// The names of columns in the API where those are others.
  public let words: [String: String]
  /// Its status, if it has one that can be waited for.
  let status: ResourceStatus?

  /// A kind of resource.
  public init(
    _ name: String, in table: String, id: String = "id", called title: String? = nil, project: String? = nil,
    user: String? = nil, created: String? = nil, request: String? = nil, where existence: String = "TRUE",
    identity: String? = nil, key: ResourceKey? = nil, isEndedByClients: Bool = true, parts: [ResourcePart] = [],
    unseen: [String] = [], secret: [String] = [], words: [String: String] = [:], status: ResourceStatus? = nil
  ) {
    (self.name, self.table, self.id, self.title) = (name, table, id, title)
    (self.project, self.user, self.created, self.request) = (project, user, created, request)
    self.existence = existence
    self.identity = identity ?? id
    self.key = key ?? .text(self.identity)
    (self.isEndedByClients, self.parts, self.unseen) = (isEndedByClients, parts, unseen)
    (self.secret, self.words, self.status) = (secret, words, status)
  }

  /// The tables whose rows it is made of.
  public var tables: [String] { [table] + parts.map(\.table) }
}

/// What tells the resources of a moment from those that were made later, whatever the clock says.
public enum ResourceKey: Sendable {
  /// A column that only ever rises (`AUTOINCREMENT`): whoever has a higher value than all others had was made later.
  case rising(String)
  /// An SQL expression: whoever has a value that none had was made later.
  case text(String)
}

/// Rows of another table that belong to a resource, such as the tags of an image.
public struct ResourcePart: Sendable {
  /// What they are called.
  public let name: String
  /// Their table.
  public let table: String
  /// Which of its rows belong to a row of the resource: `image_id = images.id`.
  public let condition: String
  /// What is shown of one, an SQL expression.
  public let value: String

  /// Rows of another table, of which `value` is shown.
  public init(_ name: String, in table: String, where condition: String, shown value: String) {
    (self.name, self.table, self.condition, self.value) = (name, table, condition, value)
  }
}
