import HTTPServer
import Testing

@testable import HTTPServer

@Suite("Compression")
struct GzipTests {
  private static let json = "[" + String(repeating: "{\"name\": \"server\"},", count: 1000) + "{}]"

  private func answer(_ fields: String..., headers: HTTPHeaders = ["Content-Type": "application/json"]) async throws
    -> RawClient.Response
  {
    var result: RawClient.Response?
    try await withServer(handler: { _ in HTTPResponse(headers: headers, body: .bytes(ByteBuffer(Self.json))) }) {
      _, port in
      let client = try RawClient(port: port)
      try client.send((["GET / HTTP/1.1", "Host: h"] + fields + ["", ""]).joined(separator: "\r\n"))
      result = try client.read()
    }
    return try #require(result)
  }

  @Test("a large JSON body is compressed for those who take it")
  func compressed() async throws {
    let response = try await answer(
      "Accept-Encoding: deflate, gzip;q=0.5",
      headers: ["Content-Type": "application/json; charset=utf-8", "Vary": "X-Auth-Token", "ETag": "\"e\""])
    #expect(response.header("Content-Encoding") == "gzip")
    #expect(response.header("Vary") == "X-Auth-Token, Accept-Encoding")
    #expect(response.header("ETag") == "W/\"e\"")
    #expect(response.body.count < Self.json.utf8.count / 10)
    #expect(response.body.starts(with: [0x1F, 0x8B]))
    #expect(gunzip(response.body) == Array(Self.json.utf8))
  }

  @Test("those who do not get it plain, and are told that it varies")
  func plain() async throws {
    let response = try await answer("Accept-Encoding: gzip;q=0, br")
    #expect(response.text == Self.json)
    #expect(response.header("Vary") == "Accept-Encoding")
    #expect(response.header("Content-Encoding") == nil)
  }

  @Test("bodies of other kinds are left alone")
  func otherKinds() async throws {
    for headers: HTTPHeaders in [
      ["Content-Type": "image/png"], [:], ["Content-Type": "text/plain", "Content-Encoding": "br"],
    ] {
      let response = try await answer("Accept-Encoding: gzip", headers: headers)
      #expect(response.text == Self.json)
      #expect(response.header("Vary") == nil)
    }
  }

  @Test(
    "quality values count",
    arguments: [
      (["gzip"], true), (["GZIP"], true), (["*"], true), ([], false), ([""], false), (["identity"], false),
      (["gzip;q=0"], false), (["gzip; q=0.000"], false), (["gzip;q=0.001"], true), (["*;q=0", "gzip"], true),
      (["*, gzip;q=0"], false), (["br;q=1.0, gzip;q=0.8, *;q=0.1"], true),
    ])
  func negotiation(values: [String], expected: Bool) {
    #expect(AcceptEncoding.allowsGzip(values) == expected)
  }
}
