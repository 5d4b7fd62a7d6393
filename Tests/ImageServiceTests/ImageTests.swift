import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Images")
struct ImageTests {
  @Test("a new image is queued, shared, without bytes, and shows what the client said")
  func creation() async throws {
    let cloud = try await Cloud()
    let answer = try await cloud.post(
      "/v2/images",
      ["name": "a", "disk_format": "raw", "container_format": "bare", "os_distro": "x", "tags": ["b", "a", "b"]])
    #expect(answer.status == 201)
    let id = try #require(answer.json["id"]?.text)
    #expect(answer.headers["Location"] == "http://127.0.0.1:5000/image/v2/images/" + id)
    let expected: JSON = [
      "os_distro": "x", "name": "a", "disk_format": "raw", "container_format": "bare", "visibility": "shared",
      "size": nil, "virtual_size": nil, "status": "queued", "checksum": nil, "protected": false, "min_ram": 0,
      "min_disk": 0, "owner": .string(Cloud.project), "os_hidden": false, "os_hash_algo": nil, "os_hash_value": nil,
      "id": .string(id), "created_at": "2026-11-23T20:26:09Z", "updated_at": "2026-11-23T20:26:09Z",
      "tags": ["b", "a"], "self": .string("/v2/images/" + id), "file": .string("/v2/images/\(id)/file"),
      "schema": "/v2/schemas/image",
    ]
    #expect(answer.json == expected)
    #expect(answer.json.object?.keys.first == "os_distro")
    #expect(try await cloud.get("/v2/images/" + id).json == expected)
  }

  @Test("no import is under way for any image")
  func tasks() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["name": "a"])
    #expect(try await cloud.get("/v2/images/\(id)/tasks").json == ["tasks": []])
    #expect(try await cloud.get("/v2/images/nope/tasks").status == 404)
  }

  @Test("a client may choose the id, once")
  func chosenID() async throws {
    let cloud = try await Cloud()
    let id = "185e1975-c9c5-4358-909e-5e329808902e"
    #expect(try await cloud.create(["id": .string(id)]) == id)
    for _ in 0..<2 {
      let again = try await cloud.post("/v2/images", ["id": .string(id)])
      #expect(again.status == 409)
      #expect(again.message == "Image ID \(id) already exists!")
      // The id of an image that is gone is taken, too.
      try await cloud.send(.delete, "/v2/images/" + id)
      #expect(try await cloud.get("/v2/images/" + id).status == 404)
    }
  }

  @Test(
    "what is wrong with a new image is said in Glance's words",
    arguments: [
      (["visibility": "bogus"], 400, "'bogus' is not one of ['community', 'public', 'private', 'shared']"),
      (["name": 5], 400, "5 is not of type 'null', 'string'"),
      (["min_ram": true], 400, "True is not of type 'integer'"),
      (["protected": "yes"], 400, "'yes' is not of type 'boolean'"),
      (["tags": [1]], 400, "1 is not of type 'string'"),
      (["custom": 1], 400, "1 is not of type 'string'"),
      (["custom": nil], 400, "None is not of type 'string'"),
      (["id": "x"], 400, "'x' does not match"),
      (["disk_format": "nope"], 400, "'nope' is not one of [None, 'ami'"),
      (["min_disk": -1], 400, "Invalid value '-1' for parameter 'min_disk': Cannot be a negative value"),
      (["min_disk": 2_147_483_648], 400, "'min_disk' value out of range, must not exceed 2147483647."),
      (["status": "active"], 403, "Attribute 'status' is read-only."),
      (["self": "/x"], 403, "Attribute 'self' is read-only."),
      (["deleted": "x"], 403, "Attribute 'deleted' is reserved."),
      (["os_glance_x": "x"], 403, "Attribute 'os_glance_x' is reserved."),
      (["locations": []], 403, "Attribute 'locations' is reserved."),
      (["visibility": "public"], 403, "You are not authorized to complete publicize_image action."),
      (["owner": "p2"], 403, "You are not permitted to create images owned by 'p2'"),
    ] as [(JSON, Int, String)])
  func refusals(_ body: JSON, _ status: Int, _ message: String) async throws {
    let answer = try await Cloud().post("/v2/images", body)
    #expect(answer.status == status)
    #expect(answer.message.contains(message), "\(answer.text)")
  }

  @Test("a schema's refusal quotes the rule and the value as python-jsonschema prints them")
  func schemaText() async throws {
    let answer = try await Cloud().post("/v2/images", ["visibility": "bogus"])
    #expect(
      answer.message == """
        Provided object does not match schema 'image': 'bogus' is not one of ['community', 'public', 'private', \
        'shared']

        Failed validating 'enum' in schema['properties']['visibility']:
            {'type': 'string',
             'description': 'Who can see the image',
             'enum': ['community', 'public', 'private', 'shared']}

        On instance['visibility']:
            'bogus'
        """)
  }

  @Test("names have 255 characters at most, of whatever script")
  func names() async throws {
    let cloud = try await Cloud()
    _ = try await cloud.create(["name": .string(String(repeating: "ä", count: 255))])
    let long = try await cloud.post("/v2/images", ["name": .string(String(repeating: "a", count: 256))])
    #expect(long.status == 400)
    #expect(long.message.contains("is too long"))
    let key = String(repeating: "k", count: 256)
    #expect(
      try await cloud.post("/v2/images", [key: "v"]).message
        == "Custom property should not be greater than 255 characters.")
  }

  @Test("more than 128 custom properties or tags are too many")
  func quotas() async throws {
    let cloud = try await Cloud()
    let many = JSON.object(JSONObject((0..<129).map { ("p\($0)", "v") }))
    let answer = try await cloud.post("/v2/images", many)
    #expect(answer.status == 413)
    #expect(answer.json["code"] == "413 Request Entity Too Large")
    #expect(answer.message.hasSuffix("Attempted: 129, Maximum: 128"))
    let tags = JSON.array((0..<129).map { .string("t\($0)") })
    #expect(try await cloud.post("/v2/images", ["tags": tags]).status == 413)
  }

  @Test(
    "a body that is no object is refused",
    arguments: [
      ("", "Body expected in request."), ("{", "Malformed JSON in request body."),
      ("[]", "Unexpected body type. Expected list/dict."), ("3", "Unexpected body type. Expected list/dict."),
    ])
  func bodies(_ body: String, _ message: String) async throws {
    let answer = try await Cloud().send(.post, "/v2/images", body: Array(body.utf8))
    #expect(answer.status == 400)
    #expect(answer.message == message)
  }

  @Test("readers look, but neither make nor change nor download")
  func readers() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    #expect(try await cloud.get("/v2/images/" + id, as: "reader").status == 200)
    let refused = try await cloud.post("/v2/images", ["name": "x"], as: "reader")
    #expect(refused.status == 403)
    #expect(refused.message == "You are not authorized to complete add_image action.")
    let change = try await cloud.patch(id, [["op": "replace", "path": "/name", "value": "y"]], as: "reader")
    #expect(change.status == 403)
    #expect(try await cloud.get("/v2/images/\(id)/file", as: "reader").status == 403)
  }

  @Test("an image of another project does not exist; a public one is there, but cannot be changed")
  func strangers() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    for answer in [
      try await cloud.get("/v2/images/" + id, as: "stranger"),
      try await cloud.patch(id, [["op": "add", "path": "/x", "value": "y"]], as: "stranger"),
    ] {
      #expect(answer.status == 404)
      #expect(answer.message == "No image found with ID " + id)
    }
    let gone = try await cloud.send(.delete, "/v2/images/" + id, as: "stranger")
    #expect(gone.message == "Failed to find image \(id) to delete")
    #expect(
      try await cloud.patch(id, [["op": "replace", "path": "/visibility", "value": "public"]], as: "admin").status
        == 200)
    #expect(try await cloud.get("/v2/images/" + id, as: "stranger").status == 200)
    #expect(try await cloud.send(.delete, "/v2/images/" + id, as: "stranger").status == 403)
  }

  @Test("a protected image stays until it is no longer protected")
  func protection() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["protected": true])
    let refused = try await cloud.send(.delete, "/v2/images/" + id)
    #expect(refused.status == 403)
    #expect(refused.message == "Image \(id) is protected and cannot be deleted.")
    try await cloud.patch(id, [["op": "replace", "path": "/protected", "value": false]])
    let deleted = try await cloud.send(.delete, "/v2/images/" + id)
    #expect(deleted.status == 204)
    #expect(deleted.bytes.isEmpty)
    #expect(try await cloud.get("/v2/images/" + id).status == 404)
  }

  @Test("tags are put and taken one by one")
  func tags() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    for tag in ["one", "two", "two"] {
      #expect(try await cloud.send(.put, "/v2/images/\(id)/tags/\(tag)").status == 204)
    }
    #expect(try await cloud.get("/v2/images/" + id).json["tags"] == ["one", "two"])
    #expect(try await cloud.send(.delete, "/v2/images/\(id)/tags/one").status == 204)
    #expect(try await cloud.send(.delete, "/v2/images/\(id)/tags/one").status == 404)
    #expect(try await cloud.get("/v2/images/" + id).json["tags"] == ["two"])
    let long = String(repeating: "t", count: 256)
    #expect(try await cloud.send(.put, "/v2/images/\(id)/tags/\(long)").status == 400)
    #expect(try await cloud.send(.put, "/v2/images/nope/tags/x").message == "Image nope not found.")
  }

  @Test("an image is deactivated and reactivated, doing so twice does no harm")
  func deactivation() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let early = try await cloud.send(.post, "/v2/images/\(id)/actions/deactivate")
    #expect(early.status == 403)
    #expect(early.message == "Not allowed to deactivate image in status 'queued'")
    try await cloud.upload(id, [1])
    for _ in 1...2 { #expect(try await cloud.send(.post, "/v2/images/\(id)/actions/deactivate").status == 204) }
    let file = try await cloud.get("/v2/images/\(id)/file")
    #expect(file.status == 403)
    #expect(file.message == "The requested image has been deactivated. Image data download is forbidden.")
    #expect(try await cloud.get("/v2/images/\(id)/file", as: "admin").status == 200)
    for _ in 1...2 { #expect(try await cloud.send(.post, "/v2/images/\(id)/actions/reactivate").status == 204) }
    #expect(try await cloud.get("/v2/images/\(id)/file").status == 200)
  }
}
