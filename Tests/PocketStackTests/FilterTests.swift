import CloudTesting
import OpenStackAPI
import Testing

/// What answers before the services do: the filters of their `api-paste.ini`, as oslo.middleware 8.2 and webob answer.
@Suite("Filters in front of the services")
struct FilterTests {
  private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 114_689)

  @Test(
    "a body that is too large is refused before the token is looked at, whatever the path is",
    arguments: [
      "/compute/v2.1/servers", "/v2.1/nothing", "/compute/v2/0123/servers", "/identity/v3/auth/tokens", "/v2.0/tokens",
      "/identity/nothing",
    ])
  func tooLarge(path: String) async throws {
    let client = try await TestCloud().client()
    let words = "Request is too large. Larger than max_request_body_size (%s)."
    let json = try await client.send("POST", path, body: Self.large, headers: [("Accept", "application/json")])
    try json.expect(
      413,
      [
        "message": .string(words + "<br /><br />\n\n\n"), "code": "413 Request Entity Too Large",
        "title": "Request Entity Too Large",
      ])
    #expect(json.headers["Content-Type"] == "application/json")
    #expect(json.headers["x-openstack-request-id"] != nil)
    let plain = try await client.send("POST", path, body: Self.large).expect(413)
    #expect(plain.text == "413 Request Entity Too Large\n\n\(words)\n\n   ")
    let html = try await client.send("POST", path, body: Self.large, headers: [("Accept", "*/*")]).expect(413)
    #expect(html.text.contains("<h1>413 Request Entity Too Large</h1>\n  \(words)<br /><br />"))
  }

  @Test("what has no such filter, or is not behind it, answers as ever")
  func unfiltered() async throws {
    let client = try await TestCloud().client()
    try await client.send("POST", "/image/v2/images", body: Self.large).expect(401)
    try await client.send("POST", "/compute", body: Self.large).expect(200)
    try await client.send("POST", "/compute/v2.1/servers", body: Array(Self.large.dropLast())).expect(401)
  }

  @Test("a health check answers in the form that is asked for, without a token")
  func health() async throws {
    let client = try await TestCloud().client()
    for (path, reasons) in [("/identity/healthcheck", []), ("/image/healthcheck", ["OK"])] as [(String, [JSON])] {
      let plain = try await client.get(path).expect(200)
      #expect(plain.text == (reasons.first?.text ?? ""))
      #expect(plain.headers["Content-Type"] == "text/plain; charset=UTF-8")
      try await client.get(path, headers: [("Accept", "application/json")]).expect(
        200, ["detailed": false, "reasons": .array(reasons)])
      let html = try await client.get(path, headers: [("Accept", "text/html")]).expect(200)
      #expect(html.text.contains("<H2>Result of \(reasons.count) checks:</H2>"))
      #expect(try await client.send("HEAD", path).status == 204)
    }
  }
}
