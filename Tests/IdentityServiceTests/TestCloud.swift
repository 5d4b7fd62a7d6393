import HTTPServer
import Logging
import OpenStackAPI
import Persistence

@testable import IdentityService

/// A world with nothing but Keystone, its clock stopped, spoken to without a socket.
struct TestCloud: Sendable {
  static let noon = Timestamp(seconds: 1_795_435_200)
  static let compute = CatalogEntry(
    type: "compute", name: "nova", path: "/compute/v2.1", before: [.newton: "/compute/v2.1/$(tenant_id)s"])
  static let volume = CatalogEntry(type: "volumev3", name: "cinderv3", path: "/volume/v3/$(project_id)s")

  let world: World
  let service: Service

  /// A cloud whose configuration is `configuration` and whose passwords are cheap. One with a `file` that exists already
  /// is not seeded again.
  init(
    _ configuration: JSON = [:], name: String = "default", release: Release = .latest, file: String? = nil,
    isNew: Bool = true, passwordLogarithm: Int = 4
  ) async throws {
    service = IdentityService.service(catalog: [Self.compute, Self.volume])
    var settings = Settings()
    settings.set(CloudSettings(release: release))
    let root = try Configuration(file: "config.json", configuration)
    try service.configure(root, &settings)
    try root.refuseUnknownKeys()
    var identity = settings.get(default: IdentitySettings())
    identity.passwordLogarithm = passwordLogarithm
    settings.set(identity)
    world = World(
      name: name,
      database: try Database(
        file.map { .file($0) } ?? .memory, migrations: [Transition.migrations, service.migrations]),
      blobs: try .temporary(), clock: WorldClock(stoppedAt: Self.noon), identifiers: Identifiers(), settings: settings,
      policies: try Policies(declared: service.declaredRules), crossings: Crossings(tokens: IdentityService.tokens),
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    if isNew { try await service.seed(world) }
    try await service.recover(world)
  }

  /// Sends a request and reads the answer.
  func send(
    _ method: HTTPMethod, _ target: String, token: String? = nil, subject: String? = nil, body: JSON? = nil,
    text: String? = nil, headers: [(String, String)] = [], mount: String = "/identity"
  ) async -> Answer {
    var fields: HTTPHeaders = ["Host": "cloud.example:5000"]
    for (name, value) in headers { fields.add(name, value) }
    if let token { fields.add("X-Auth-Token", token) }
    if let subject { fields.add("X-Subject-Token", subject) }
    let bytes = text.map { Array($0.utf8) } ?? body.map { Array($0.jsonText.utf8) } ?? []
    let request = HTTPRequest(method: method, target: target, headers: fields, body: bytes)
    // As in PocketStack, slashes at the end say nothing.
    var segments = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    while segments.last?.isEmpty == true { segments.removeLast() }
    let exchange = Exchange(
      request: request, world: world, service: service, requestID: "req-1", origin: "http://cloud.example:5000",
      mount: mount, segments: segments.map { $0.percentDecoded() })
    return Answer(await service.respond(to: exchange))
  }

  /// Asks for a token.
  func authenticate(_ auth: JSON, query: String = "") async -> Answer {
    await send(.post, "/v3/auth/tokens" + query, body: ["auth": auth])
  }

  /// Logs a user of the default domain in.
  func login(
    _ user: String, password: String = "secret", project: String? = nil, scope: JSON? = nil
  ) async -> Answer {
    var auth = JSONObject()
    auth["identity"] = Self.password(["name": .string(user), "domain": ["id": "default"]], password)
    auth["scope"] = scope ?? project.map { ["project": ["name": .string($0), "domain": ["id": "default"]]] }
    return await authenticate(.object(auth))
  }

  /// The id of a token for a project.
  func token(_ user: String, project: String? = nil, scope: JSON? = nil) async -> String {
    await login(user, project: project, scope: scope).headers["X-Subject-Token"] ?? ""
  }

  /// The `identity` of a login with a password.
  static func password(_ user: [String: JSON], _ password: String?) -> JSON {
    var members = JSONObject(user.map { (key: $0.key, value: $0.value) })
    members["password"] = password.map(JSON.string)
    return ["methods": ["password"], "password": ["user": .object(members)]]
  }

  /// The `identity` of a login with a token.
  static func token(_ id: String) -> JSON { ["methods": ["token"], "token": ["id": .string(id)]] }

  /// Runs SQL, as what an administrator will be able to do through the API.
  func execute(_ sql: String, _ values: any Bindable...) async throws {
    _ = try await world.write { try $0.execute(sql, values) }
  }

  /// A single value.
  func value(_ sql: String, _ values: any Bindable...) throws -> String {
    try world.read { try $0.first(sql, values, as: String.self) } ?? ""
  }
}

/// What came back.
struct Answer: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let text: String
  let json: JSON

  init(_ response: HTTPResponse) {
    (status, headers) = (response.status, response.headers)
    if case .bytes(let buffer) = response.body {
      text = buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    } else {
      text = ""
    }
    json = (try? JSON(parsing: Array(text.utf8))) ?? .null
  }

  var token: String { headers["X-Subject-Token"] ?? "" }
  var message: String? { json["error"]?["message"]?.text }

  /// The text at a path of members; an index where a member is a number.
  subscript(_ path: String...) -> String? {
    var value: JSON? = json
    for name in path {
      if let index = Int(name) {
        let array = value?.array ?? []
        value = array.indices.contains(index) ? array[index] : nil
      } else {
        value = value?[name]
      }
    }
    return value.map { $0.pythonText }
  }

  /// The texts of one member of every element of a list.
  func names(_ list: String..., of member: String = "name") -> [String] {
    var value: JSON? = json
    for name in list { value = value?[name] }
    return (value?.array ?? []).compactMap { $0[member]?.text }
  }
}
