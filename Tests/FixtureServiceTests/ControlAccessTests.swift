import CloudTesting
import HTTPServer
import OpenStackAPI
import PocketStack
import Testing

@Suite("The control interface")
struct ControlAccessTests {
  private static let path = "/pocketstack/v1/worlds"
  private static let secret: HTTPHeaders = ["X-PocketStack-Secret": "s3cret"]
  private static let withSecret = #"{"fixture": {"secret": "s3cret", "allowed_hosts": []}}"#

  private func answer(
    _ headers: HTTPHeaders, _ configuration: String = #"{"fixture": {"allowed_hosts": []}}"#,
    isLoopbackPeer: Bool = true, path: String = path
  ) async throws -> Answer {
    let cloud = try await TestCloud(configuration)
    let request = HTTPRequest(target: path, headers: headers, remoteAddress: "x", isLoopbackPeer: isLoopbackPeer)
    let response = await cloud.cloud.respond(to: request)
    let answer = try await Answer(response, to: path)
    await cloud.close()
    return answer
  }

  @Test(
    "answers this machine by its addresses and names, in whatever form",
    arguments: [
      "localhost", "localhost:5000", "LocalHost:80", "localhost.", "127.0.0.1", "127.0.0.1:5000", "127.8.9.10",
      "[::1]", "[::1]:5000", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:5000",
    ])
  func loopback(_ host: String) async throws { try await answer(["Host": host]).expect(200) }

  @Test("answers a client that names no host, as HTTP/1.0 may")
  func nameless() async throws { try await answer([:]).expect(200) }

  @Test(
    "answers nobody who calls it by another name, wherever the connection comes from",
    arguments: [
      "evil.example", "evil.example:5000", "", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost",
      "127.0.0.1@evil.example", "localhost:x", "[::1]evil", "[::2]", "10.0.0.1", "0.0.0.0", "127.1", "2130706433",
      "xn--localhost-", "localhost..", "local%68ost", "l\u{3BF}calhost",
    ])
  func rebound(_ host: String) async throws {
    let refusal = try await answer(["Host": host]).expect(403)
    #expect(refusal.json["error"]?["message"]?.text?.contains("fixture.allowed_hosts") == true)
  }

  @Test("answers to the names of the configuration, with their ports where these are given")
  func listed() async throws {
    let configuration = #"{"fixture": {"allowed_hosts": ["Cloud.Example", "other.example:8080", "[fd00::1]"]}}"#
    for (host, status) in [
      ("cloud.example", 200), ("CLOUD.example.:81", 200), ("other.example:8080", 200), ("other.example:81", 403),
      ("other.example", 403), ("[fd00:0::1]:5", 200), ("evil.example", 403),
    ] {
      try await answer(["Host": host], configuration).expect(status)
    }
  }

  @Test("looks at both hosts where a target has one of its own")
  func absoluteTarget() async throws {
    let cloud = try await TestCloud()
    var request = HTTPRequest(target: Self.path, headers: ["Host": "localhost"])
    request.authority = "evil.example"
    #expect(await cloud.cloud.respond(to: request).status == 403)
    await cloud.close()
  }

  @Test("answers other machines to the secret of the configuration only, by whatever name they call it")
  func secret() async throws {
    let elsewhere: HTTPHeaders = ["Host": "pocketstack:5000"]
    var (right, wrong) = (elsewhere, elsewhere)
    right.add("X-PocketStack-Secret", "s3cret")
    wrong.add("X-PocketStack-Secret", "s3cre")
    try await answer(right, isLoopbackPeer: false).expect(403)
    try await answer(elsewhere, Self.withSecret, isLoopbackPeer: false).expect(403)
    try await answer(wrong, Self.withSecret, isLoopbackPeer: false).expect(403)
    try await answer(right, Self.withSecret, isLoopbackPeer: false).expect(200)
  }

  @Test(
    "takes what a proxy passes on for what comes from another machine",
    arguments: [
      "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "X-Forwarded-Anything", "Forwarded", "X-Real-IP",
      "Via",
    ])
  func proxied(_ name: String) async throws {
    var headers: HTTPHeaders = ["Host": "localhost"]
    headers.add(name, "127.0.0.1")
    try await answer(headers).expect(403)
    try await answer(headers, Self.withSecret).expect(403)
    headers.add("X-PocketStack-Secret", "s3cret")
    try await answer(headers, Self.withSecret).expect(200)
  }

  @Test(
    "answers no other site's page, not even with the secret",
    arguments: [
      "http://evil.example", "http://localhost:8080", "https://localhost", "null", "", "localhost",
      "http://listed.example.evil.example", "http://user@listed.example", "ftp://listed.example",
    ])
  func foreignPage(_ origin: String) async throws {
    let configuration = #"{"fixture": {"secret": "s3cret", "allowed_hosts": ["listed.example"]}}"#
    var headers: HTTPHeaders = ["Host": "listed.example", "Origin": origin]
    try await answer(headers, configuration).expect(403)
    headers.add("X-PocketStack-Secret", "s3cret")
    try await answer(headers, configuration).expect(403)
  }

  @Test("does not take a page for its own because host and origin are the same")
  func equalNames() async throws {
    try await answer(["Host": "evil.example", "Origin": "http://evil.example"]).expect(403)
  }

  @Test("answers pages of the sites that the configuration lists")
  func listedPage() async throws {
    let configuration = #"{"fixture": {"allowed_hosts": ["listed.example", "other.example:8080"]}}"#
    for (origin, status) in [
      ("http://listed.example", 200), ("https://LISTED.example:444", 200), ("http://other.example:8080", 200),
      ("http://other.example", 403),
    ] {
      try await answer(["Host": "localhost", "Origin": origin], configuration).expect(status)
    }
  }

  @Test("reads of other sites' pages, which name no origin, are told by what the browser says of the site")
  func fetchMetadata() async throws {
    for (site, status) in [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403), ("x", 403)] {
      try await answer(["Host": "localhost", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"]).expect(status)
    }
    let link: HTTPHeaders = ["Host": "localhost", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"]
    for (destination, status) in [("document", 200), ("iframe", 403)] {
      var headers = link
      headers.add("Sec-Fetch-Dest", destination)
      try await answer(headers).expect(status)
    }
  }

  @Test("can be switched off, and the cloud's health stays, which answers by any name")
  func off() async throws {
    let configuration = #"{"fixture": {"enabled": false}}"#
    try await answer(["Host": "localhost"], configuration).expect(404)
    try await answer(["Host": "10.1.2.3"], configuration, path: "/pocketstack/health").expect(200)
    try await answer(["Host": "10.1.2.3"], configuration, isLoopbackPeer: false, path: "/pocketstack/ready").expect(200)
  }

  @Test("keeps the metrics to those who may use it")
  func metrics() async throws {
    for path in ["/metrics", "/pocketstack/metrics"] {
      try await answer(["Host": "localhost"], path: path).expect(200)
      try await answer(["Host": "evil.example"], path: path).expect(403)
      try await answer(["Host": "localhost"], isLoopbackPeer: false, path: path).expect(403)
    }
  }

  @Test("knows the pages that its own ports serve, and what a browser sends from a page whose name was rebound")
  func overSocket() async throws {
    let server = try await PocketStack.memory(configuration: #"{"identity": {"password_hash_rounds": 1}}"#)
    let port = try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })
    func status(_ version: String, _ fields: String) async throws -> Int {
      let head = "GET \(Self.path) HTTP/\(version)\r\n\(fields)Connection: close\r\n\r\n"
      return try Answer(received: try await RawSocket.exchange(Array(head.utf8), port: port), to: head).status
    }
    let own = "Host: 127.0.0.1:\(port)\r\n"
    #expect(try await status("1.1", own) == 200)
    #expect(try await status("1.0", "") == 200)
    #expect(try await status("1.1", own + "Origin: http://127.0.0.1:\(port)\r\n") == 200)
    #expect(try await status("1.1", own + "Origin: http://localhost:\(port)\r\n") == 200)
    #expect(try await status("1.1", own + "Origin: http://localhost:\(port - 1)\r\n") == 403)
    #expect(try await status("1.1", "Host: evil.example:\(port)\r\nOrigin: http://evil.example:\(port)\r\n") == 403)
    #expect(try await status("1.1", "Host: evil.example:\(port)\r\nSec-Fetch-Site: same-origin\r\n") == 403)
    #expect(try await status("1.1", own + "X-Forwarded-For: 203.0.113.9\r\n") == 403)
    await server.stop()
  }
}
