import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Changes of an image")
struct PatchTests {
  @Test("both dialects of JSON patch add, replace and remove")
  func dialects() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["x": "1"])
    let newer = try await cloud.patch(
      id,
      [
        ["op": "replace", "path": "/name", "value": "b"], ["op": "add", "path": "/a~1b", "value": "c"],
        ["op": "remove", "path": "/x"],
      ])
    #expect(newer.status == 200)
    #expect(newer.json["name"] == "b")
    #expect(newer.json["a/b"] == "c")
    #expect(newer.json["x"] == nil)
    let older = try await cloud.patch(
      id, [["replace": "/name", "value": "d"], ["add": "/y", "value": "e"], ["remove": "/a~1b"]], dialect: "v2.0")
    #expect(older.json["name"] == "d")
    #expect(older.json["y"] == "e")
    #expect(try await cloud.get("/v2/images/" + id).json == older.json)
  }

  @Test("every attribute that may change does")
  func attributes() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let changes: [(String, JSON)] = [
      ("name", nil), ("visibility", "community"), ("disk_format", "qcow2"), ("container_format", "ovf"),
      ("min_disk", 3), ("min_ram", 64), ("protected", true), ("os_hidden", true), ("tags", ["x", "y"]),
      ("owner", "somebody"),
    ]
    let body = changes.map { ["op": "replace", "path": .string("/" + $0.0), "value": $0.1] as JSON }
    let answer = try await cloud.patch(id, .array(body), as: "admin")
    #expect(answer.status == 200)
    for (name, value) in changes { #expect(answer.json[name] == value) }
  }

  @Test(
    "what may not be changed is refused in Glance's words, and nothing is",
    arguments: [
      (["op": "replace", "path": "/status", "value": "active"], 403, "Attribute 'status' is read-only."),
      (["op": "remove", "path": "/id"], 403, "Attribute 'id' is read-only."),
      (["op": "add", "path": "/deleted", "value": "x"], 403, "Attribute 'deleted' is reserved."),
      (["op": "add", "path": "/os_glance_x", "value": "x"], 403, "Attribute 'os_glance_x' is reserved."),
      (["op": "remove", "path": "/name"], 403, "Property name may not be removed."),
      (["op": "replace", "path": "/nope", "value": "x"], 409, "Property nope does not exist."),
      (["op": "remove", "path": "/nope"], 409, "Property nope does not exist."),
      (["op": "replace", "path": "/owner", "value": "x"], 403, "Owner can't be updated by non admin."),
      (
        ["op": "replace", "path": "/visibility", "value": "public"], 403,
        "You are not authorized to complete publicize_image action."
      ),
      (["op": "replace", "path": "/visibility", "value": "x"], 400, "'x' is not one of"),
      (["op": "replace", "path": "/min_ram", "value": "1"], 400, "'1' is not of type 'integer'"),
      (["op": "replace", "path": "/x", "value": 1], 400, "1 is not of type 'string'"),
      (["op": "replace", "path": "/locations", "value": []], 403, "Cannot set locations to empty list."),
      (
        ["op": "add", "path": "/locations/-", "value": ["url": "file:///x", "metadata": [:]]], 403,
        "It's not allowed to add locations if locations are invisible."
      ),
      (["op": "add", "path": "/locations/-", "value": ["url": 1]], 400, "'metadata' is a required property"),
      (["op": "replace", "path": "name", "value": "x"], 400, "Pointer `name` does not start with \"/\"."),
      (["op": "replace", "path": "/a//b", "value": "x"], 400, "Pointer `/a//b` contains adjacent \"/\"."),
      (["op": "replace", "path": "/a/", "value": "x"], 400, "Pointer `/a/` end with \"/\"."),
      (["op": "replace", "path": "/a~2", "value": "x"], 400, "Pointer `/a~2` contains \"~\" not part of"),
      (["op": "replace", "path": "/a/b", "value": "x"], 400, "Invalid JSON pointer for this resource: '/a/b'"),
      (["op": "replace", "path": 3, "value": "x"], 400, "does not start with"),
      (["op": "replace", "path": "/name"], 400, "Operation \"replace\" requires a member named \"value\"."),
      (["op": "move", "path": "/name"], 400, "Invalid operation: `move`. It must be one of the following: add,"),
      (["path": "/name"], 400, "Unable to find `op` in JSON Schema change."),
      (["op": "add"], 400, "Unable to find 'path' in JSON Schema change"),
      ("x", 400, "Operations must be JSON objects."),
    ] as [(JSON, Int, String)])
  func refusals(_ change: JSON, _ status: Int, _ message: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let before = try await cloud.get("/v2/images/" + id).json
    let answer = try await cloud.patch(id, [["op": "add", "path": "/extra", "value": "x"], change])
    #expect(answer.status == status)
    #expect(answer.message.contains(message), "\(answer.text)")
    #expect(try await cloud.get("/v2/images/" + id).json == before)
  }

  @Test("the older dialect does not add what is there, and wants one operation a step")
  func olderDialect() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let present = try await cloud.patch(id, [["add": "/name", "value": "x"]], dialect: "v2.0")
    #expect(present.status == 409)
    #expect(present.message == "Property name already present.")
    let none = try await cloud.patch(id, [["value": "x"]], dialect: "v2.0")
    #expect(none.message.hasPrefix("Operation objects must contain exactly one member"))
    let two = try await cloud.patch(id, [["add": "/a", "remove": "/b", "value": "x"]], dialect: "v2.0")
    #expect(two.message.hasPrefix("Operation objects must contain only one member"))
  }

  @Test("only Glance's own media types are taken, and the answer names them")
  func mediaTypes() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let answer = try await cloud.send(
      .patch, "/v2/images/" + id, headers: ["Content-Type": "application/json", "Accept": ""], body: Array("[]".utf8))
    #expect(answer.status == 415)
    let known = "application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch"
    #expect(answer.headers["Accept-Patch"] == known)
    #expect(
      answer.text == "415 Unsupported Media Type\n\nThe request media type application/json is not supported by this "
        + "server. \n\n Image PATCH expects Content-Type one of: " + known)
  }

  @Test("a body that is no list of steps is refused; an empty list changes nothing")
  func bodies() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    #expect(
      try await cloud.patch(id, [:]).message == "Request body must be a JSON array of operation objects.")
    let type = ["Content-Type": "application/openstack-images-v2.1-json-patch"]
    #expect(try await cloud.send(.patch, "/v2/images/" + id, headers: type).message == "Body expected in request.")
    let broken = try await cloud.send(.patch, "/v2/images/" + id, headers: type, body: Array("[".utf8))
    #expect(broken.message == "Malformed JSON in request body.")
    #expect(try await cloud.patch(id, []).status == 200)
  }

  @Test("formats cannot change once there are bytes; a change shows in updated_at")
  func formats() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, [1, 2])
    cloud.world.clock.advance(by: .seconds(5))
    let answer = try await cloud.patch(id, [["op": "replace", "path": "/disk_format", "value": "iso"]])
    #expect(answer.status == 403)
    #expect(answer.message == "Attribute disk_format can be only replaced for a queued image.")
    let renamed = try await cloud.patch(id, [["op": "replace", "path": "/name", "value": "x"]])
    #expect(renamed.json["updated_at"] == "2026-11-23T20:26:14Z")
    #expect(renamed.json["size"] == 2)
  }
}
