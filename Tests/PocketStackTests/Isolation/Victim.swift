import CloudTesting
import OpenStackAPI
import Persistence
import PocketStack

/// Someone who owns one of everything, in a cloud with strangers. Every text of the victim's that an answer could show
/// holds `mark`; what paths name (ids, keys, tags) does not, as refusals repeat it.
struct Victim: Sendable {
  static let mark = "secret-of-the-victim"
  static let domain = "victims"
  static let project = "11111111111111111111111111111111"
  static let user = "22222222222222222222222222222222"

  private(set) var cloud: TestCloud
  /// What stands in a path after a segment: the victim's server after `servers`.
  private(set) var names: [String: String]
  /// A token of the victim's own.
  let token: String

  private static func configuration(strangers: [Stranger]) -> JSON {
    let bootstrap: [JSON] = [
      ["name": "admin", "password": "secret", "roles": ["admin": ["admin"]], "domain_roles": ["default": ["admin"]]],
      [
        "id": .string(user), "name": "victim", "domain": .string(domain), "password": "secret",
        "email": .string(mark), "roles": ["victim": ["member"]],
      ],
    ]
    return [
      "seed": [
        "defaults": false,
        "domains": [
          ["id": "default", "name": "Default"],
          ["id": .string(domain), "name": "Victims", "description": .string(mark)],
          ["id": "elsewhere", "name": "Elsewhere"],
        ],
        "projects": [
          ["name": "admin"], ["name": "strangers"], ["name": "elsewhere", "domain": "elsewhere"],
          ["id": .string(project), "name": "victim", "domain": .string(domain), "description": .string(mark)],
        ],
        "users": .array(bootstrap + strangers.map(\.seed)),
        "images": [["name": "bootable"]],
      ]
    ]
  }

  /// Makes the cloud and what the victim owns.
  init(strangers: [Stranger], data: String? = nil) async throws {
    cloud = try await TestCloud(Self.configuration(strangers: strangers).jsonText, data: data)
    let login: JSON = [
      "auth": [
        "identity": [
          "methods": ["password"], "password": ["user": ["id": .string(Self.user), "password": "secret"]],
        ], "scope": ["project": ["id": .string(Self.project)]],
      ]
    ]
    let keystone = try await cloud.client("/identity/v3")
    token = try await keystone.post("/auth/tokens", login).expect(201).header("X-Subject-Token")
    names = Self.fixedNames
    names["projects"] = Self.project
    names["domains"] = Self.domain
    names["users"] = Self.user
    names["tenants"] = Self.project
    names["tokens"] = token
    names["strangers"] = "strangers"
    let images = try await cloud.image(as: .admin).get("/images").expect(200)
    names["bootable"] = images.json["images"]?.array?.first?["id"]?.text
    for resource in Self.resources { try await make(resource) }
    (names[":image_id"], names["cache"]) = (names["images"], names["images"])
    try await cloud.settle()
  }

  /// Closes a cloud in a directory, lets `change` at the files, and opens it again.
  mutating func reopen(_ data: String, after change: (String) throws -> Void) async throws {
    await cloud.close()
    try change(data)
    cloud = try await TestCloud(Self.configuration(strangers: []).jsonText, data: data)
  }

  private mutating func make(_ resource: Resource) async throws {
    var client = try await cloud.client(resource.base, as: resource.isOfAdmin ? .admin : nil)
    if !resource.isOfAdmin { client.headers.append(("X-Auth-Token", token)) }
    client.headers.append(("OpenStack-API-Version", "compute 2.1"))
    client.headers.append(("X-Subject-Token", token))
    let path = fill(resource.path)
    let body = try JSON(parsing: Array(fill(resource.body).utf8))
    let answer = try await client.send(
      resource.method, path, body: Array(body.jsonText.utf8), headers: [("Content-Type", "application/json")])
    guard (200..<300).contains(answer.status) else { throw TestFailure("cannot make the victim's \(path): \(answer)") }
    let found = resource.id.reduce(answer.json as JSON?) { $0?[$1] ?? $0?.array?.first }
    if let id = found?.text { names[resource.segment] = id }
  }

  /// A text with `<servers>` and the like replaced by the victim's.
  func fill(_ text: String) -> String {
    names.reduce(text.replacing("<mark>", with: Self.mark)) { $0.replacing("<\($1.key)>", with: $1.value) }
  }

  /// The path of a route about what is the victim's; `nil` where the table does not say what a parameter stands for.
  func path(of route: Route, below prefix: String) -> String? {
    var filled: [String] = prefix.isEmpty ? [] : [prefix]
    for segment in route.path.split(separator: "/") {
      guard segment.hasPrefix(":") else {
        filled.append(String(segment))
        continue
      }
      guard let name = filled.last.flatMap({ names[$0] }) ?? names[String(segment)] else { return nil }
      // What follows a parameter looks at the segment before it.
      filled.append(name)
    }
    return "/" + filled.joined(separator: "/")
  }

  /// How policy rules see what is the victim's.
  var target: PolicyTarget {
    var target: PolicyTarget = ["owner": Self.project, "visibility": "private"]
    for name in ["project_id", "project.id", "tenant_id", "trust.project_id", "limit.project_id"] {
      target[name] = Self.project
    }
    let users = ["user_id", "user.id", "token.user_id", "credential.user_id", "trust.trustor_user_id"]
    for name in users + ["trust.trustee_user_id", "application_credential.user_id"] { target[name] = Self.user }
    for name in ["domain_id", "domain.id", "project.domain_id", "user.domain_id", "group.domain_id", "role.domain_id"] {
      target[name] = Self.domain
    }
    return target
  }

  /// All rows that are the victim's or speak of him, as text.
  func rows() throws -> Set<String> {
    let needles = [Self.mark, Self.project, Self.user, names["servers"], names["images"], names["groups"]].compactMap {
      $0
    }
    return try cloud.world().read { db in
      var found: Set<String> = []
      let tables = try db.query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", as: String.self)
      for table in tables {
        let columns = try db.query("SELECT name FROM pragma_table_info(?)", table, as: String.self)
        let values = columns.map { "quote(\"\($0)\")" }.joined(separator: ", ")
        for row in try db.query("SELECT json_array(\(values)) FROM \"\(table)\"", as: String.self)
        where needles.contains(where: row.contains) { found.insert("\(table) \(row)") }
      }
      return found
    }
  }
}

/// Something that the victim owns, or an administrator for him.
struct Resource: Sendable {
  /// The segment of paths that its id follows.
  let segment: String
  var isOfAdmin = false
  var method = "POST"
  let base: String
  let path: String
  let body: String
  /// The members that lead to its id in the answer; any other name leads to the first of a list.
  let id: [String]
}
