import Glibc
import Logging
import OpenStackAPI
import Persistence
import Testing

@testable import HTTPServer
@testable import ImageService

/// A world with Glance alone in it, called without a socket. Its clock stands still.
final class Cloud: Sendable {
  let world: World

  static let project = "11111111111111111111111111111111"
  static let otherProject = "22222222222222222222222222222222"

  /// A cloud in memory, or one in a directory, which an earlier cloud may have used.
  init(
    directory: String? = nil, release: Release = .latest, settings: ImageSettings = ImageSettings(seeds: []),
    imports: ImportSettings = ImportSettings(), stores: ImageStores = ImageStores(),
    quota: ImageQuota.Limits = ImageQuota.Limits()
  ) async throws {
    let service = ImageService.service
    let database = try Database(
      directory.map { .file($0 + "/cloud.db") } ?? .memory, migrations: [Transition.migrations, service.migrations])
    let blobs = try directory.map { try BlobStore(directory: $0 + "/blobs") } ?? .temporary()
    var configured = Settings()
    configured.set(CloudSettings(release: release))
    configured.set(settings)
    configured.set(imports)
    configured.set(stores)
    configured.set(quota)
    world = World(
      name: "default", database: database, blobs: blobs,
      clock: WorldClock(stoppedAt: Timestamp(seconds: 1_795_465_569)), identifiers: Identifiers(),
      settings: configured, policies: try Policies(declared: service.declaredRules),
      crossings: Crossings(tokens: Tokens(), images: ImageService.catalog),
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, transitions: service.transitions,
      works: service.works)
    try await service.recover(world)
    if !settings.seeds.isEmpty { try await service.seed(world) }
    world.start()
  }

  /// The request as the server would hand it on, with the path's segments decoded.
  func exchange(_ request: HTTPRequest) -> Exchange {
    let segments = request.path.split(separator: "/").map { $0.percentDecoded() }
    return Exchange(
      request: request, world: world, service: ImageService.service, requestID: "req-test",
      origin: "http://127.0.0.1:5000", mount: "/image", segments: segments)
  }

  /// Sends a request as somebody; `nil` sends no token.
  @discardableResult
  func send(
    _ method: HTTPMethod, _ target: String, as user: String? = "member", headers: [String: String] = [:],
    body: [UInt8] = []
  ) async throws -> Answer {
    var fields: HTTPHeaders = ["Host": "127.0.0.1:5000", "Accept": "application/json"]
    if let user { fields["X-Auth-Token"] = user }
    for (name, value) in headers { fields[name] = value.isEmpty ? nil : value }
    let request = HTTPRequest(method: method, target: target, headers: fields, body: body)
    let response = await ImageService.service.respond(to: exchange(request))
    world.carryOutDue()
    return try await Answer(response)
  }

  func get(_ target: String, as user: String? = "member", headers: [String: String] = [:]) async throws -> Answer {
    try await send(.get, target, as: user, headers: headers)
  }

  @discardableResult
  func post(_ target: String, _ body: JSON, as user: String? = "member") async throws -> Answer {
    try await send(.post, target, as: user, body: Array(body.jsonText.utf8))
  }

  /// Sends a change in the newer dialect of JSON patch.
  @discardableResult
  func patch(_ image: String, _ body: JSON, as user: String? = "member", dialect: String = "v2.1") async throws
    -> Answer
  {
    let type = "application/openstack-images-\(dialect)-json-patch"
    return try await send(
      .patch, "/v2/images/" + image, as: user, headers: ["Content-Type": type], body: Array(body.jsonText.utf8))
  }

  /// Registers an image and answers its id.
  func create(_ members: JSON = [:], as user: String = "member") async throws -> String {
    var body = JSONObject([("name", "a"), ("disk_format", "raw"), ("container_format", "bare")])
    for (name, value) in members.object?.members ?? [] { body[name] = value }
    let answer = try await post("/v2/images", .object(body), as: user)
    try #require(answer.status == 201, "\(answer.text)")
    return try #require(answer.json["id"]?.text)
  }

  @discardableResult
  func upload(_ image: String, _ bytes: [UInt8], as user: String = "member") async throws -> Answer {
    try await send(
      .put, "/v2/images/\(image)/file", as: user, headers: ["Content-Type": "application/octet-stream"], body: bytes)
  }

  /// The names of a list's images.
  func names(_ query: String = "", as user: String = "member") async throws -> [String] {
    let answer = try await get("/v2/images" + query, as: user)
    try #require(answer.status == 200, "\(answer.text)")
    return answer.json["images"]?.array?.compactMap { $0["name"]?.text } ?? []
  }

  /// The files in the blob store, but for the empty disk that is always there.
  var files: [String] { Disk.names(world.blobs.directory).filter { $0 != "image-blank.blob" } }
}

/// Tokens are the names of those who hold them.
private struct Tokens: TokenAuthority {
  let path = "/identity"

  func authorization(for token: String, in world: World) throws -> Authorization {
    switch token {
    case "admin": Self.caller(token, Cloud.project, ["admin", "member", "reader"])
    case "member": Self.caller(token, Cloud.project, ["member", "reader"])
    case "reader": Self.caller(token, Cloud.project, ["reader"])
    case "stranger": Self.caller(token, Cloud.otherProject, ["member", "reader"])
    default: throw Fault.unauthorized
    }
  }

  private static func caller(_ name: String, _ project: String, _ roles: [String]) -> Authorization {
    let domain = Authorization.Reference(id: "default", name: "Default")
    return Authorization(
      user: .init(id: name, name: name), userDomain: domain,
      scope: .project(.init(id: project, name: project), domain: domain),
      roles: roles.map { .init(id: $0, name: $0) }, auditID: "audit", expiresAt: Timestamp(seconds: 2_000_000_000))
  }

  func projectExists(_ id: String, _ db: Persistence.Connection) throws -> Bool { true }
  func identifiers(of kind: NamedKind, named name: String, _ db: Persistence.Connection) throws -> [String] { [] }
}

extension Authorization {
  /// A caller by name, for calls of the catalog.
  static func named(_ name: String, in cloud: Cloud) throws -> Authorization {
    try cloud.world.crossings.tokens.authorization(for: name, in: cloud.world)
  }
}

/// What came back.
struct Answer {
  let status: Int
  let headers: HTTPHeaders
  let bytes: [UInt8]

  init(_ response: HTTPResponse) async throws {
    (status, headers) = (response.status, response.headers)
    bytes = try await response.body.collect()
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
  var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
  /// What an error says, without the line breaks that webob adds, and without its own explanation where there are details.
  var message: String {
    let text = json["message"]?.text ?? ""
    guard let end = text.firstIndex(of: "<") else { return text }
    let detail = text[end...].split(separator: "\n").dropFirst().joined(separator: "\n")
    return detail.isEmpty ? String(text[..<end]) : detail
  }
}

/// Files and directories, by way of the C library.
enum Disk {
  static func names(_ directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".blob") || name.hasSuffix(".partial") { names.append(name) }
    }
    return names.sorted()
  }

  /// A new directory, removed with what is in it after the body.
  static func withDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/image-tests-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
    let path = String(cString: try #require(made))
    defer { _ = run(["rm", "-rf", path]) }
    try await body(path)
  }

  /// Runs a program and answers its exit status and what it printed.
  static func run(_ words: [String]) -> (status: Int32, output: String) {
    let quoted = words.map { "'" + $0 + "'" }.joined(separator: " ")
    guard let pipe = popen(quoted + " 2>&1", "r") else { return (-1, "") }
    var output: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
    return (pclose(pipe) >> 8, String(decoding: output, as: UTF8.self))
  }
}
