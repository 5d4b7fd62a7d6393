import CloudTesting
import HTTPServer
import Testing

@testable import OpenStackAPI
@testable import PocketStack

/// Bodies that are no HTTP, that end too early or never: the client's mistake, on every route that reads one.
@Suite("Broken bodies")
struct BrokenBodyTests {
  /// A way to break a body.
  enum Flaw: CaseIterable, CustomTestStringConvertible {
    case noChunk, longChunk, cutChunk, cutOff, stalled

    var testDescription: String { "\(self)" }

    /// What the client sends after its head's own lines.
    var bytes: String {
      switch self {
      case .noChunk: "Transfer-Encoding: chunked\r\n\r\ng\r\n"
      case .longChunk: "Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n"
      case .cutChunk: "Transfer-Encoding: chunked\r\n\r\n9\r\n{}"
      case .cutOff, .stalled: "Content-Length: 9\r\n\r\n{}"
      }
    }

    var finishes: Bool { self == .cutChunk || self == .cutOff }
    var status: Int { self == .stalled ? 408 : 400 }
  }

  @Test("are refused on every route with a body, without an error in the log", arguments: [Flaw.noChunk, .cutOff])
  func everyRoute(_ flaw: Flaw) async throws {
    let target = try await Target()
    for service in CloudServices.standard.all {
      for api in service.apis {
        for route in api.routes where [.post, .put, .patch].contains(route.method) {
          let path = Self.path(of: route, below: api.prefix)
          let version = route.versions.until.map { "\($0)" } ?? "latest"
          let headers = "OpenStack-API-Version: \(service.type) \(version)\r\nContent-Type: application/json\r\n"
          let status = try await target.send(route.method, service.mount + path, headers, flaw)
          let isThere = api.microversions != nil || route.versions.contains(api.fixedVersion)
          let isRead = try route.body != nil && isThere && api.isServed(target.world)
          let isRight = isRead ? status == 400 : status < 500 || status == 501
          #expect(isRight, "\(route.method) \(service.mount + path): \(status)")
        }
      }
    }
    #expect(target.log.errors == [])
    await target.stop()
  }

  private static func path(of route: Route, below prefix: String) -> String {
    let segments = route.path.split(separator: "/").map { $0.hasPrefix(":") ? "x" : String($0) }
    return (prefix.isEmpty ? "/" : "/\(prefix)/") + segments.joined(separator: "/")
  }

  @Test("are refused where handlers read them themselves, and where JSON is read", arguments: Flaw.allCases)
  func readers(_ flaw: Flaw) async throws {
    let target = try await Target()
    let image = try await target.image()
    let bytes = "Content-Type: application/octet-stream\r\n"
    let places: [(HTTPMethod, String, String)] = [
      (.put, "/image/v2/images/\(image)/file", bytes), (.put, "/image/v2/images/\(image)/stage", bytes),
      (.patch, "/image/v2/images/\(image)", "Content-Type: application/openstack-images-v2.1-json-patch\r\n"),
      (.put, "/pocketstack/v1/snapshots/s/import", bytes),
      (.post, "/identity/v3/OS-OAUTH2/token", "Content-Type: application/x-www-form-urlencoded\r\n"),
      (.post, "/identity/v3/auth/tokens", "Content-Type: application/json\r\n"),
      (.post, "/identity/v2.0/tokens", "Content-Type: application/json\r\n"),
      (.post, "/compute/v2.1/servers", "Content-Type: application/json\r\n"),
    ]
    for (method, path, headers) in places {
      let status = try await target.send(method, path, headers, flaw)
      #expect(status == flaw.status, "\(method) \(path)")
    }
    #expect(target.log.errors == [])
    #expect(try await target.imageStatus(image) == "queued")
    await target.stop()
  }
}

/// A cloud behind a socket, and its administrator.
private struct Target {
  let server: CloudServer
  let log = RecordedLog()
  private let port: UInt16
  private let token: String

  init() async throws {
    let text = #"{"http": {"body_timeout": "50ms"}, "identity": {"password_hash_rounds": 1}}"#
    var settings = try ServerConfiguration(text: Array(text.utf8), file: "test.json")
    (settings.storage, settings.port) = (.memory, 0)
    server = try await CloudServer.start(settings, log: log.logger)
    port = UInt16(server.url.split(separator: ":").last.flatMap { Int($0) } ?? 0)
    let login =
      #"{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin","#
      + #""domain": {"id": "default"}, "password": "secret"}}},"#
      + #""scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}}"#
    token = try await Self.call("POST", "/identity/v3/auth/tokens", "", login, port).header("X-Subject-Token")
  }

  var world: World {
    get throws { try #require(server.cloud.world()) }
  }

  func stop() async { await server.stop() }

  private static func call(
    _ method: String, _ path: String, _ headers: String, _ body: String, _ port: UInt16
  ) async throws -> Answer {
    let head =
      "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    let text = head + headers + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    return try Answer(received: try await RawSocket.exchange(Array(text.utf8), port: port), to: path)
  }

  /// The status that a request with a broken body gets.
  func send(_ method: HTTPMethod, _ path: String, _ headers: String, _ flaw: BrokenBodyTests.Flaw) async throws -> Int {
    let head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: \(token)\r\n" + headers
    let received = try await RawSocket.exchange(Array((head + flaw.bytes).utf8), port: port, finishes: flaw.finishes)
    return try Answer(received: received, to: path).status
  }

  func image() async throws -> String {
    let body = #"{"name": "i", "disk_format": "raw", "container_format": "bare"}"#
    let made = try await Self.call("POST", "/image/v2/images", "X-Auth-Token: \(token)\r\n", body, port).expect(201)
    return try #require(made.json["id"]?.text)
  }

  func imageStatus(_ id: String) async throws -> String? {
    try await Self.call("GET", "/image/v2/images/\(id)", "X-Auth-Token: \(token)\r\n", "", port).json["status"]?.text
  }
}
