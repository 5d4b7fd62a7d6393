import OpenStackAPI
import Testing

@testable import ImageService

/// What a Glance 33.0.0 answered to the same requests.
@Suite("Refusals in Glance's words")
struct WordingTests {
  @Test("a forbidden or conflicting change stands below webob's own explanation")
  func details() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let conflict = try await cloud.patch(id, [["op": "remove", "path": "/nope"]])
    #expect(
      conflict.json["message"]
        == "There was a conflict when trying to complete your request.<br /><br />\nProperty nope does not exist.\n\n")
    let denied = "Access was denied to this resource.<br /><br />\n"
    let removal = try await cloud.patch(id, [["op": "remove", "path": "/name"]])
    #expect(removal.json["message"] == .string(denied + "Property name may not be removed.\n\n"))
    let reserved = try await cloud.post("/v2/images", ["os_glance_x": "x"])
    #expect(reserved.json["message"] == .string(denied + "Attribute 'os_glance_x' is reserved.\n\n"))
    let owner = try await cloud.post("/v2/images", ["owner": "x"])
    #expect(
      owner.json["message"] == .string(denied + "You are not permitted to create images owned by 'x'\n\n"))
  }

  @Test(
    "media types count letter by letter, and webob's placeholder stands for none",
    arguments: [
      ("APPLICATION/OCTET-STREAM", "APPLICATION/OCTET-STREAM", "APPLICATION/OCTET-STREAM"),
      ("text/plain", "text/plain", "text/plain"), ("", "${CONTENT_TYPE}", "None"),
    ])
  func mediaTypes(given: String, shown: String, named: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let answer = try await cloud.send(
      .put, "/v2/images/\(id)/file", headers: ["Content-Type": given], body: [1])
    #expect(answer.status == 415)
    #expect(
      answer.json["message"]
        == .string(
          "The request media type \(shown) is not supported by this server.\n<br /><br />\nInvalid content type "
            + named))
  }

  @Test(
    "a body is a list or an object where there has to be one",
    arguments: ["null", "1", "true", "\"x\""])
  func scalars(body: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    for path in ["/v2/images", "/v2/images/\(id)/members", "/v2/images/\(id)/import", "/v2/images/\(id)/locations"] {
      let answer = try await cloud.send(.post, path, body: Array(body.utf8))
      #expect(answer.status == 400)
      #expect(answer.text.contains("Unexpected body type. Expected list/dict."), "\(path): \(answer.text)")
      #expect(try await cloud.send(.post, path).text.contains("Body expected in request."))
    }
  }

  @Test("where there is nothing to say a body is refused")
  func needlessBody() async throws {
    let cloud = try await Cloud()
    let path = "/v2/images/" + (try await cloud.create())
    let requests = [
      try await cloud.send(.get, path, body: Array("{}".utf8)), try await cloud.send(.delete, path, body: [1]),
      try await cloud.send(.put, path + "/tags/x", body: [1]),
      try await cloud.send(.post, path + "/actions/deactivate", body: [1]),
    ]
    for answer in requests {
      #expect(answer.status == 400)
      #expect(answer.text.contains("A body is not expected with this request."))
    }
    #expect(try await cloud.get(path).json["tags"] == [])
  }

  @Test("of several mistakes the one last in the alphabet is told, and a fraction of zero is none")
  func severalMistakes() async throws {
    let cloud = try await Cloud()
    let answer = try await cloud.post("/v2/images", ["protected": "x", "name": 1])
    #expect(answer.text.contains("'x' is not of type 'boolean'"))
    #expect(!answer.text.contains("1 is not of type"))
    let whole = try await cloud.send(.post, "/v2/images", body: Array("{\"min_ram\": 1.0}".utf8))
    #expect(whole.status == 201)
    #expect(whole.json["min_ram"] == 1)
    #expect(try await cloud.send(.post, "/v2/images", body: Array("{\"min_ram\": 1.5}".utf8)).status == 400)
  }

  @Test("characters beyond the basic plane stay out of names and properties")
  func wideCharacters() async throws {
    let cloud = try await Cloud()
    let name = try await cloud.post("/v2/images", ["name": "a\u{1F600}"])
    #expect(name.status == 400)
    #expect(name.text.contains("Name can't contain 4 byte unicode characters."))
    let id = try await cloud.create(["name": "\u{FFFD}"])
    let property = try await cloud.patch(id, [["op": "add", "path": "/my_key", "value": "\u{1F600}"]])
    #expect(property.text.contains("My_Key can't contain 4 byte unicode characters."))
    let key = try await cloud.patch(id, [["op": "add", "path": "/\u{1F600}", "value": "x"]])
    #expect(key.text.contains("Property names can't contain 4 byte unicode."))
  }

  @Test("what is said of the hash of a new image is passed over")
  func givenHash() async throws {
    let answer = try await Cloud().post("/v2/images", ["os_hash_algo": "md5", "os_hash_value": "x"])
    #expect(answer.status == 201)
    #expect(answer.json["os_hash_algo"] == .null)
    #expect(answer.json["os_hash_value"] == .null)
  }

  @Test("slashes before a pointer's first name are skipped")
  func slashes() async throws {
    let cloud = try await Cloud()
    let answer = try await cloud.patch(try await cloud.create(), [["op": "add", "path": "//a", "value": "x"]])
    #expect(answer.json["a"] == "x")
  }

  @Test("a list's odd parameters are answered as Glance does")
  func lists() async throws {
    let cloud = try await Cloud()
    _ = try await cloud.create(["name": "mine"])
    let foreign = try await cloud.create(["visibility": "private"], as: "stranger")
    let marker = try await cloud.get("/v2/images?marker=" + foreign)
    #expect(marker.status == 403)
    #expect(marker.text.contains("Forbidding request, image \(foreign) not visible"))
    #expect(try await cloud.names("?visibility=") == [])
    #expect(try await cloud.names("?limit=99999999999999999999") == ["mine"])
    #expect(try await cloud.get("/v2/images?sort=:asc").text.contains("Invalid sort key: . It must be"))
    let times = try await cloud.get("/v2/images?created_at=xx:2026-01-01T00:00:00Z")
    #expect(times.status == 400)
    #expect(times.text.contains("Unable to filter on a unknown operator."))
  }
}
