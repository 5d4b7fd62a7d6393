import OpenStackAPI
import Persistence

/// What the API shows under an id. A resource says which columns it reads and how it looks; showing and listing are the
/// same for all.
///
///     extension Role: Resource {
///       static let member: StaticString = "role"
///       static let collection: StaticString = "roles"
///       static let table = "roles"
///       static let columns = "id, name, domain_id, description, options, extra"
///       static let view = View<Role>([Field("id", \.id), ..., .links("/roles/", \.id)])
///     }
protocol Resource: RowDecodable, Sendable {
  /// The name of one: `project`.
  static var member: StaticString { get }
  /// The name of many: `projects`.
  static var collection: StaticString { get }
  /// The table, which has the columns `number` (the order of creation) and `id`.
  static var table: String { get }
  /// Whether `name_key` beside `name` holds what is the same for equal names, in a unique index.
  static var hasNameKey: Bool { get }
  /// Whether the id is a name that its creator chooses, and is compared as such.
  static var isNamedByID: Bool { get }
  /// What a row is read from.
  static var columns: String { get }
  /// How it looks.
  static var view: View<Self> { get }
  /// Its id.
  var id: String { get }
  /// Members that the service does not know but keeps, as Keystone does.
  var extra: RawJSON { get }
  /// What policy rules compare with: `project.id`, `project.domain_id`.
  var target: PolicyTarget { get }
  /// The refusal of values that break a unique index.
  static func duplicate(_ values: RowValues, id: String?) -> Fault
  /// The answer where there is none with an id.
  static func missing(_ id: String) -> Fault
}

extension Resource {
  /// No.
  static var hasNameKey: Bool { false }

  /// No.
  static var isNamedByID: Bool { false }

  /// The condition on an id, with one `?`.
  static var isOne: String {
    isNamedByID ? "\(GeneralCollation.key(sql: "id")) = \(GeneralCollation.key(sql: "?"))" : "id = ?"
  }

  /// Nothing: most rules look at the caller only.
  var target: PolicyTarget { [:] }

  /// `Could not find project: x.`
  static func missing(_ id: String) -> Fault { .missing("\(member)", id) }

  /// The one with an id, if there is one.
  static func find(_ id: String, where condition: String = "1", _ db: Connection) throws -> Self? {
    try db.first("SELECT \(columns) FROM \(table) WHERE \(isOne) AND \(condition)", id)
  }

  /// `{"project": {...}}`.
  func response(_ call: Call, status: Int? = nil, view: View<Self> = Self.view) -> Response {
    .json(status: status) { json in
      json.key(Self.member)
      Self.write(self, to: &json, view.projection(for: call))
    }
  }

  static func write(_ record: Self, to json: inout JSONWriter, _ projection: Projection<Self>) {
    json.object { json in
      json.members(of: record.extra)
      projection.writeMembers(of: record, to: &json)
    }
  }
}

extension Field {
  /// `links`, with the resource's own address.
  static func links(_ path: String, _ id: @escaping @Sendable (Record) -> String) -> Field {
    Field("links") { record, call, json in
      json.object { $0.member("self", call.link(path, id(record))) }
    }
  }
}

/// JSON that is stored as text and shown as it is.
struct RawJSON: Sendable, ColumnDecodable, JSONWritable {
  let text: String

  init(column: Column) throws(DatabaseError) { text = try String(column: column) }
  private init(text: String) { self.text = text }

  /// `{}`, for resources that keep no members they do not know.
  static let empty = RawJSON(text: "{}")

  func write(to json: inout JSONWriter) { json.raw(text) }

  /// The members of a stored object.
  var members: JSONObject { JSON(stored: text)?.object ?? JSONObject() }
}

extension JSONWriter {
  /// The members of a stored object, written into the object that is open.
  mutating func members(of object: RawJSON) {
    let members = object.text.dropFirst().dropLast()
    if !members.isEmpty { raw(String(members)) }
  }
}
