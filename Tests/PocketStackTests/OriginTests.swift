import CloudTesting
import HTTPServer
import Testing

@testable import PocketStack

@Suite("The origin of links")
struct OriginTests {
  @Test(
    "is what the client wrote",
    arguments: [
      (["Host": "cloud.example:5000"], "http://cloud.example:5000"),
      (["Host": "[::1]:5000"], "http://[::1]:5000"),
      (["Host": "10.0.0.1"], "http://10.0.0.1"),
      (["Host": "inner:5000", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"], "http://inner:5000"),
    ])
  func origins(_ headers: [String: String], _ origin: String) {
    #expect(Origin.of(HTTPRequest(headers: Self.fields(headers))) == origin)
  }

  @Test(
    "is what a proxy says that the client wrote, where its word counts",
    arguments: [
      (["Host": "inner:5000", "X-Forwarded-Host": "outer.example"], "http://outer.example"),
      (["Host": "inner", "X-Forwarded-Proto": "https"], "https://inner"),
      (["Host": "inner", "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "a.example, b"], "https://a.example"),
      (["Host": "inner", "X-Forwarded-Proto": "javascript"], "http://inner"),
      (["Host": "inner", "X-Forwarded-Host": "evil/path"], "http://inner"),
      (["Host": "inner", "X-Forwarded-Host": "a b"], "http://inner"),
    ])
  func proxied(_ headers: [String: String], _ origin: String) {
    #expect(Origin.of(HTTPRequest(headers: Self.fields(headers)), throughProxy: true) == origin)
  }

  private static func fields(_ headers: [String: String]) -> HTTPHeaders {
    var fields = HTTPHeaders()
    for (name, value) in headers { fields.add(name, value) }
    return fields
  }

  @Test("is a proxy's word only if the configuration knows the proxy's address")
  func trusted() async throws {
    let cloud = try await TestCloud(#"{"http": {"trusted_proxies": ["10.1.0.0/16", "::1"]}}"#)
    let headers: HTTPHeaders = ["Host": "inner", "X-Forwarded-Host": "outer.example", "X-Forwarded-Proto": "https"]
    for (peer, origin) in [
      ("10.1.2.3", "https://outer.example"), ("::1", "https://outer.example"), ("10.2.2.3", "http://inner"),
      ("127.0.0.1", "http://inner"), ("unknown", "http://inner"),
    ] {
      let request = HTTPRequest(target: "/v3", headers: headers, remoteAddress: peer)
      let answer = try await Answer(await cloud.cloud.respond(to: request), to: peer).expect(200)
      #expect(answer.text.contains(#""\#(origin)/v3/""#), "\(peer): \(answer)")
    }
    await cloud.close()
  }

  @Test(
    "is none where that is no address",
    arguments: ["", "a/b", "a:b", "a:", "a:99999", "a@b", "[::1", "[::1]x", "[]", "a?b", "a\"b", "<x>"])
  func refused(_ host: String) {
    #expect(Origin.of(HTTPRequest(headers: ["Host": host])) == nil)
  }
}

@Suite("Paths")
struct PathReaderTests {
  @Test(
    "are taken apart and decoded",
    arguments: [
      ("/", []), ("", []), ("/v3", ["v3"]), ("/v3/", ["v3"]), ("/v3//", ["v3"]), ("//v3", ["", "v3"]),
      ("/a//b", ["a", "", "b"]), ("/a%2Fb/c%20d", ["a/b", "c d"]), ("/%zz", ["%zz"]), ("*", ["*"]),
    ])
  func segments(_ path: String, _ segments: [String]) {
    var reader = PathReader(path)
    #expect(reader.rest() == segments)
  }
}

@Suite("The log's line")
struct AccessLineTests {
  @Test(
    "holds no token and no secret",
    arguments: [
      ("/v2.1/servers?limit=1", "/v2.1/servers?limit=1"), ("/v3/auth/tokens", "/v3/auth/tokens"),
      ("/v2.0/tokens/abc", "/v2.0/tokens/..."),
      ("/v2.1/os-console-auth-tokens/abc", "/v2.1/os-console-auth-tokens/..."),
      ("/x?token=abc", "/x?..."), ("/x?tok%65n=abc", "/x?..."), ("/x?a=1&Password=2", "/x?..."),
      ("/v2.0/tok%65ns/abc", "/..."),
    ])
  func redacted(_ target: String, _ logged: String) {
    #expect(HTTPRequest(target: target).targetWithoutSecrets == logged)
  }
}
