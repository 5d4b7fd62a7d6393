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
      (["Host": "inner:5000", "X-Forwarded-Host": "outer.example"], "http://outer.example"),
      (["Host": "inner", "X-Forwarded-Proto": "https"], "https://inner"),
      (["Host": "inner", "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "a.example, b"], "https://a.example"),
      (["Host": "inner", "X-Forwarded-Proto": "javascript"], "http://inner"),
      (["Host": "inner", "X-Forwarded-Host": "evil/path"], "http://inner"),
      (["Host": "inner", "X-Forwarded-Host": "a b"], "http://inner"),
    ])
  func origins(_ headers: [String: String], _ origin: String) {
    var fields = HTTPHeaders()
    for (name, value) in headers { fields.add(name, value) }
    #expect(Origin.of(HTTPRequest(headers: fields)) == origin)
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
