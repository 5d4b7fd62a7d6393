import Glibc
import HTTPServer
import OpenStackAPI
import PocketStack

/// A fresh cloud for one test, and clients of it that read like the API guide.
///
///     let cloud = try await TestCloud()
///     try await cloud.compute(at: "2.96").get("/os-keypairs").expect(200)
///
/// Requests take the same road as from a socket, without one; with `CLOUD_TRANSPORT=live` in the environment they go
/// through a socket of their own. The clock stands still until `advance`.
public final class TestCloud: Sendable {
  /// The cloud itself.
  public let cloud: Cloud
  /// The time that the worlds begin with.
  public static let beginning = Timestamp(seconds: 1_767_225_600)
  private let transport: any Transport
  fileprivate let tokens = Tokens()

  /// Opens a cloud. `configuration` is the text of a configuration file; without `data` it lives in memory.
  public init(
    _ configuration: String = "{}", services: CloudServices = .standard, data: String? = nil, runningClock: Bool = false
  ) async throws {
    let text = try Self.completed(configuration, services)
    var settings = try ServerConfiguration(text: Array(text.utf8), file: "test.json", services: services)
    settings.storage = data.map { .directory($0) } ?? .memory
    settings.port = 0
    let clock: (@Sendable () -> WorldClock)? =
      runningClock ? nil : { @Sendable in WorldClock(stoppedAt: TestCloud.beginning) }
    if getenv("CLOUD_TRANSPORT").map({ String(cString: $0) }) == "live" {
      let server = try await CloudServer.start(settings, services: services, clock: clock)
      (cloud, transport) = (server.cloud, SocketTransport(server))
    } else {
      cloud = try Cloud(settings, services: services, clock: clock)
      try await cloud.open()
      transport = DirectTransport(cloud: cloud)
    }
  }

  /// Hashing the seeds' passwords as expensively as a real cloud would make every test slow. The clients of tests call
  /// the cloud `cloud.test`.
  private static func completed(_ text: String, _ services: CloudServices) throws -> String {
    guard var configuration = try JSON(parsing: Array(text.utf8)).object else { return text }
    func setDefault(_ section: String, _ key: String, _ value: JSON) {
      guard services[section] != nil else { return }
      var members = configuration[section]?.object ?? JSONObject()
      members[key] = members[key] ?? value
      configuration[section] = .object(members)
    }
    setDefault("identity", "password_hash_rounds", 1)
    setDefault("fixture", "allowed_hosts", ["cloud.test"])
    return JSON.object(configuration).jsonText
  }

  /// Ends the cloud; one in a directory can be opened again afterwards.
  public func close() async { await transport.close() }

  /// A world of the cloud.
  public func world(_ name: String = WorldName.main) throws -> World {
    guard let world = cloud.world(name) else { throw TestFailure("there is no world \(name)") }
    return world
  }

  /// Moves a world's clock forward; what is due on the way is carried out, each at its own moment.
  public func advance(_ duration: Duration, world name: String = WorldName.main) async throws {
    try await world(name).advance(by: duration)
  }

  /// Carries out what is due: after this, a server that was created is ACTIVE.
  public func settle(world name: String = WorldName.main) async throws { try await world(name).settle() }

  /// A client of Nova; `path` in its calls is what follows `/v2.1`.
  public func compute(as user: TestUser? = .demo, at version: String? = nil, world: String? = nil) async throws
    -> TestClient
  {
    var client = try await client("/compute/v2.1", as: user, world: world)
    if let version { client.headers.append(("OpenStack-API-Version", "compute \(version)")) }
    return client
  }

  /// A client of Keystone; `path` in its calls is what follows `/v3`.
  public func identity(as user: TestUser? = .demo, world: String? = nil) async throws -> TestClient {
    try await client("/identity/v3", as: user, world: world)
  }

  /// A client of Glance; `path` in its calls is what follows `/v2`.
  public func image(as user: TestUser? = .demo, world: String? = nil) async throws -> TestClient {
    try await client("/image/v2", as: user, world: world)
  }

  /// A client of any path: `nil` for nobody's, otherwise with the user's token.
  public func client(_ base: String = "", as user: TestUser? = nil, world: String? = nil) async throws -> TestClient {
    let root = world.map { "/worlds/\($0)" } ?? ""
    var client = TestClient(transport: transport, base: root + base)
    if let user { client.headers.append(("X-Auth-Token", try await token(of: user, world: root))) }
    return client
  }

  /// A token of a user for the user's project, kept for the rest of the test.
  public func token(of user: TestUser, world root: String = "") async throws -> String {
    if let known = await tokens[user, root] { return known }
    let answer = try await TestClient(transport: transport, base: root).post("/identity/v3/auth/tokens", user.login)
    let token = try answer.expect(201).header("X-Subject-Token")
    await tokens.keep(token, of: user, root)
    return token
  }
}

extension TestCloud {
  /// Logs in anew from now on, as after a world was taken back to what it was.
  public func forgetTokens() async { await tokens.forget() }
}

private actor Tokens {
  private var known: [String: String] = [:]
  subscript(_ user: TestUser, _ root: String) -> String? { known["\(root) \(user)"] }
  func forget() { known = [:] }
  func keep(_ token: String, of user: TestUser, _ root: String) { known["\(root) \(user)"] = token }
}

/// Who calls in a test.
public struct TestUser: Sendable, Hashable {
  /// The user's name.
  public var name: String
  /// The password.
  public var password: String
  /// The project that the token is for.
  public var project: String

  /// A user; by default with the seeds' password, in the project of the same name.
  public init(_ name: String, password: String = "secret", project: String? = nil) {
    (self.name, self.password, self.project) = (name, password, project ?? name)
  }

  /// The seeded administrator.
  public static let admin = TestUser("admin")
  /// The seeded student.
  public static let demo = TestUser("demo")

  /// The body of a login with the password, scoped to the project of the name.
  public var login: JSON {
    [
      "auth": [
        "identity": [
          "methods": ["password"],
          "password": [
            "user": ["name": .string(name), "domain": ["id": "default"], "password": .string(password)]
          ],
        ],
        "scope": ["project": ["name": .string(project), "domain": ["id": "default"]]],
      ]
    ]
  }
}

/// What a test did not find as it should be.
public struct TestFailure: Error, CustomStringConvertible {
  /// A sentence, and what was found.
  public let description: String
  /// A failure in words.
  public init(_ description: String) { self.description = description }
}
