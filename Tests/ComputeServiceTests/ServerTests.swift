import CloudTesting
import OpenStackAPI
import Testing

/// The image of the tutorial.
let image: JSON = "185e1975-c9c5-4358-909e-5e329808902e"

@Suite("Servers")
struct ServerTests {
  private func boot(_ nova: TestClient, _ name: String = "vm", _ more: JSONObject = JSONObject()) async throws -> String
  {
    var server = JSONObject([("name", .string(name)), ("flavorRef", "1"), ("imageRef", image), ("networks", "none")])
    for (key, value) in more.members { server[key] = value }
    let answer = try await nova.post("/servers", ["server": .object(server)]).expect(202)
    return try #require(answer.json["server"]?["id"]?.text)
  }

  @Test("a server is building until its transitions are done, then active")
  func lifecycle() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(at: "2.96")
    let id = try await boot(nova)
    var server = try await nova.get("/servers/\(id)").expect(200).json["server"]
    #expect(server?["status"] == "BUILD" && server?["OS-EXT-STS:task_state"] == "scheduling")
    #expect(server?["hostId"] == "" && server?["OS-SRV-USG:launched_at"] == nil as JSON)
    try await cloud.advance(.seconds(1))
    #expect(try await nova.get("/servers/\(id)").json["server"]?["OS-EXT-STS:task_state"] == "networking")
    try await cloud.advance(.seconds(60))
    server = try await nova.get("/servers/\(id)").json["server"]
    #expect(server?["status"] == "ACTIVE" && server?["OS-EXT-STS:power_state"] == 1)
    #expect(server?["hostId"]?.text?.count == 56)
  }

  @Test(
    "an action goes its way, and in a wrong state reads Nova's conflict",
    arguments: [
      (["os-stop": nil], "SHUTOFF", ["pause": nil], "Cannot 'pause' instance ID while it is in vm_state stopped"),
      (["pause": nil], "PAUSED", ["os-start": nil], "Cannot 'start' instance ID while it is in vm_state paused"),
      (
        ["suspend": nil], "SUSPENDED", ["suspend": nil],
        "Cannot 'suspend' instance ID while it is in vm_state suspended"
      ),
      (
        ["reboot": ["type": "HARD"]], "ACTIVE", ["resume": nil],
        "Cannot 'resume' instance ID while it is in vm_state active"
      ),
      (
        ["resize": ["flavorRef": "2"]], "VERIFY_RESIZE", ["os-stop": nil],
        "Cannot 'stop' instance ID while it is in vm_state resized"
      ),
    ] as [(JSON, String, JSON, String)])
  func actions(action: JSON, status: String, wrong: JSON, message: String) async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await boot(nova)
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", action).expect(202)
    try await cloud.settle()
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == .string(status))
    try await nova.post("/servers/\(id)/action", wrong).expect(
      409, ["conflictingRequest": ["code": 409, "message": .string(message.replacing("ID", with: id))]])
  }

  @Test("a resize is confirmed or reverted, and a stopped server stays stopped", arguments: [true, false])
  func resize(isConfirmed: Bool) async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.47")
    let id = try await boot(nova)
    try await cloud.settle()
    for body: JSON in [["os-stop": nil], ["resize": ["flavorRef": "2"]]] {
      try await nova.post("/servers/\(id)/action", body).expect(202)
      try await cloud.settle()
    }
    #expect(try await nova.get("/servers/\(id)").json["server"]?["flavor"]?["original_name"] == "m1.small")
    let body: JSON = isConfirmed ? ["confirmResize": nil] : ["revertResize": nil]
    try await nova.post("/servers/\(id)/action", body).expect(isConfirmed ? 204 : 202)
    try await cloud.settle()
    let server = try await nova.get("/servers/\(id)").json["server"]
    #expect(server?["flavor"]?["original_name"] == (isConfirmed ? "m1.small" : "m1.tiny"))
    #expect(server?["status"] == "SHUTOFF")
  }

  @Test("a deleted server is gone for its owner and stays in the administrator's list of deleted ones")
  func deletion() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await boot(nova)
    try await cloud.settle()
    try await nova.delete("/servers/\(id)").expect(204)
    try await cloud.settle()
    try await nova.get("/servers/\(id)").expect(
      404, ["itemNotFound": ["code": 404, "message": .string("Instance \(id) could not be found.")]])
    let deleted = try await cloud.compute(as: .admin).get("/servers/detail?deleted=True&all_tenants=1").json["servers"]
    #expect(deleted?.array?.first?["status"] == "DELETED" && deleted?.array?.first?["id"] == .string(id))
  }

  @Test("another project's server does not exist")
  func isolation() async throws {
    let cloud = try await TestCloud()
    let id = try await boot(try await cloud.compute(as: .admin, at: "2.96"), "theirs")
    let demo = try await cloud.compute(at: "2.96")
    try await demo.get("/servers/\(id)").expect(404)
    try await demo.delete("/servers/\(id)").expect(404)
    try await demo.put("/servers/\(id)", ["server": ["name": "mine"]]).expect(404)
    try await demo.post("/servers/\(id)/action", ["os-stop": nil]).expect(404)
    #expect(try await demo.get("/servers").json["servers"] == [])
    try await demo.get("/servers?all_tenants=1").expect(403)
  }

  @Test(
    "bad requests are refused in Nova's words",
    arguments: [
      (["flavorRef": "nope"], 400, "Flavor nope could not be found."),
      (["imageRef": "00000000-0000-0000-0000-000000000000"], 400, "Can not find requested image"),
      (["imageRef": ""], 400, "Missing imageRef attribute"),
      (["imageRef": "x"], 400, "'x' is not valid under any of the given schemas"),
      (["key_name": "nope"], 400, "Invalid key_name provided."),
      (["name": " lead"], 400, "Can not start or end with whitespace."),
      (["user_data": "not base64!!"], 400, "'not base64!!' is not a 'base64'"),
      (["networks": "bogus"], 400, "'bogus' is not valid under any of the given schemas"),
      (["availability_zone": "nozone"], 400, "The requested availability zone is not available"),
      (["min_count": 3, "max_count": 2], 400, "min_count must be <= max_count"),
      (["min_count": 11], 403, "Quota exceeded for instances: Requested 11, but already used 0 of 10 instances"),
      (["personality": []], 400, "Additional properties are not allowed ('personality' was unexpected)"),
      (["config_drive": "maybe"], 400, "'maybe' is not one of [True, 'True'"),
      (["host": "pocketstack"], 403, "Policy doesn't allow compute:servers:create:requested_destination"),
      (["security_groups": [["name": "nope"]]], 400, "Unable to find security_group with name or id 'nope'"),
      (["metadata": ["k": 1]], 400, "1 is not of type 'string'"),
      (["tags": ["a,b"]], 400, "'a,b' does not match '^[^,/]*$'"), (["hostname": "-x"], 202, ""),
    ] as [(JSON, Int, String)])
  func refused(change: JSON, status: Int, message: String) async throws {
    let nova = try await TestCloud().compute(at: "2.96")
    var server: JSONObject = JSONObject([
      ("name", "vm"), ("flavorRef", "42"), ("imageRef", image), ("networks", "none"),
    ])
    for (key, value) in change.object?.members ?? [] { server[key] = value }
    let answer = try await nova.post("/servers", ["server": .object(server)]).expect(status)
    #expect(message.isEmpty || answer.text.contains(message), "\(answer)")
  }

  @Test("several servers from one request are numbered and share a reservation")
  func multiCreate() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let answer = try await nova.post(
      "/servers",
      [
        "server": [
          "name": "vm", "flavorRef": "42", "imageRef": image, "networks": "none", "min_count": 3,
          "return_reservation_id": true,
        ]
      ]
    ).expect(202)
    let reservation = try #require(answer.json["reservation_id"]?.text)
    let names = try await nova.get("/servers?reservation_id=\(reservation)&sort_key=display_name&sort_dir=asc")
      .json["servers"]?.array?.compactMap { $0["name"]?.text }
    #expect(names == ["vm-1", "vm-2", "vm-3"])
  }

  @Test(
    "filters choose servers",
    arguments: [
      ("name=web", ["web-2", "web-1"]), ("name=%5Eweb-1%24", ["web-1"]), ("status=SHUTOFF", ["db"]),
      ("status=ACTIVE&status=SHUTOFF", ["db", "web-2", "web-1"]), ("tags=blue", ["web-2"]),
      ("tags-any=blue,red", ["web-2", "web-1"]), ("not-tags=blue", ["db", "web-1"]), ("image=none", []),
      ("flavor=1&name=db", ["db"]), ("locked=true", []), ("changes-since=2030-01-01T00:00:00Z", []),
      ("sort_key=display_name&sort_dir=asc", ["db", "web-1", "web-2"]), ("limit=1", ["db"]), ("limit=0", []),
      ("name=%5EWEB-(%3F!1)", ["web-2"]), ("name=(.).%5C1", []), ("name=(w).*%7Cdb", ["db", "web-2", "web-1"]),
      ("not-tags=blue,red", ["db", "web-2", "web-1"]), ("not-tags-any=blue,red", ["db"]), ("tags=red,red", ["web-1"]),
    ])
  func filters(query: String, names: [String]) async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.74")
    for (name, tags) in [("web-1", ["red"]), ("web-2", ["blue"]), ("db", [])] as [(String, JSON)] {
      let id = try await boot(nova, name, JSONObject([("tags", tags)]))
      try await cloud.advance(.seconds(1))
      if name == "db" { try await nova.post("/servers/\(id)/action", ["os-stop": nil]).expect(202) }
    }
    try await cloud.settle()
    let found = try await nova.get("/servers?\(query)").expect(200).json["servers"]?.array
    #expect(found?.compactMap { $0["name"]?.text } == names)
  }

  @Test(
    "bad filters are refused",
    arguments: [
      ("status=BOGUS", "Invalid status value"), ("limit=-1", "does not match"), ("marker=zz", "marker [zz] not found"),
      ("sort_key=bogus", "'bogus' is not one of"), ("sort_dir=up", "Unknown sort direction"),
      ("changes-since=zz", "'zz' is not a 'date-time'"), ("ip=(((", "'(((' is not a 'regex'"),
      ("zz=1", "'zz' does not match any of the regexes: '^_'"), ("reservation_id=(((", "'(((' is not a 'regex'"),
      ("name=a%7B1,32767%7D", "query parameters name. Value: a{1,32767}. 'a{1,32767}' is too complex a 'regex'"),
    ])
  func badFilters(query: String, message: String) async throws {
    let answer = try await TestCloud().compute(at: "2.96").get("/servers?\(query)").expect(400)
    #expect(answer.text.contains(message), "\(answer)")
  }

  @Test("a filter that takes too many steps is refused by its name, whatever other filters there are")
  func costlyFilter() async throws {
    let nova = try await TestCloud().compute(at: "2.96")
    _ = try await boot(nova, String(repeating: "a", count: 250) + "by")
    let costly = "^((a|aa)*)*\\1y$"
    for query in ["name=\(costly.percentEncoded)", "hostname=a&name=\(costly.percentEncoded)&key_name=b"] {
      let answer = try await nova.get("/servers/detail?\(query)").expect(400)
      #expect(
        answer.json["badRequest"]?["message"]?.text
          == "Invalid input for query parameters name. Value: \(costly). '^((a|aa)*)*\\\\1y$' is too complex a 'regex'")
    }
  }

  @Test("parameters that are repeated as often as a request can hold are answered like others")
  func repeated() async throws {
    let nova = try await TestCloud().compute(at: "2.74")
    for (name, tag) in [("a", "t1"), ("b", "t2")] {
      _ = try await boot(nova, name, JSONObject([("tags", [.string(tag)])]))
    }
    let tags = (0..<2500).map { "t\($0)" }.joined(separator: ",")
    let keys = String(repeating: "sort_key=display_name&sort_dir=asc&", count: 400)
    for (query, names) in [
      ("tags=\(tags)", []), ("tags-any=\(tags)", ["b", "a"]), ("not-tags=\(tags)", ["b", "a"]),
      ("not-tags-any=\(tags)", []), (keys, ["a", "b"]), (String(repeating: "name=b&", count: 2000), ["b"]),
    ] {
      let found = try await nova.get("/servers?\(query)").expect(200).json["servers"]?.array
      #expect(found?.compactMap { $0["name"]?.text } == names)
    }
    let marker = try await nova.get("/servers?name=a").json["servers"]?.array?.first?["id"]?.text ?? ""
    let after = try await nova.get("/servers?\(keys)marker=\(marker)").expect(200).json["servers"]?.array
    #expect(after?.compactMap { $0["name"]?.text } == ["b"])
  }

  @Test("a request that no quota bounds makes no more servers than can be made at once")
  func tooMany() async throws {
    let quota = #"{"compute": {"quota": {"instances": -1, "cores": -1, "ram": -1}}}"#
    let nova = try await TestCloud(quota).compute(at: "2.36")
    for count in ["max_count", "min_count"] {
      let server = JSONObject([
        ("name", "x"), ("flavorRef", "42"), ("imageRef", image), (count, 2_000_000_000),
      ])
      let answer = try await nova.post("/servers", ["server": .object(server)]).expect(400)
      #expect(
        answer.text.contains(
          "field/attribute \(count). Value: 2000000000. 2000000000 is greater than the maximum of 10000"), "\(answer)")
    }
  }

  @Test("an image made from a server is active when the server is done with it")
  func snapshot() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.45")
    let id = try await boot(nova)
    try await cloud.settle()
    let made = try await nova.post("/servers/\(id)/action", ["createImage": ["name": "snap"]]).expect(202)
    let imageID = try #require(made.json["image_id"]?.text)
    try await cloud.settle()
    let shown = try await cloud.image().get("/images/\(imageID)").expect(200).json
    #expect(shown["status"] == "active" && shown["instance_uuid"] == .string(id) && shown["image_type"] == "snapshot")
  }

  @Test("an administrator's image of another project's server is the administrator's, and offered to that project")
  func foreignSnapshot() async throws {
    let cloud = try await TestCloud()
    let id = try await boot(try await cloud.compute(at: "2.45"))
    try await cloud.settle()
    let made = try await cloud.compute(as: .admin, at: "2.45")
      .post("/servers/\(id)/action", ["createImage": ["name": "snap"]]).expect(202)
    let imageID = try #require(made.json["image_id"]?.text)
    let shown = try await cloud.image(as: .admin).get("/images/\(imageID)").expect(200).json
    let server = try await cloud.compute().get("/servers/\(id)").expect(200).json["server"]
    #expect(shown["visibility"] == "shared" && shown["owner"] != server?["tenant_id"])
    #expect(shown["owner_id"] == server?["tenant_id"])
    let members = try await cloud.image(as: .admin).get("/images/\(imageID)/members").expect(200).json["members"]
    #expect(members?.array?.map { $0["member_id"] } == [server?["tenant_id"]])
    #expect(members?.array?.first?["status"] == "pending")
    try await cloud.image().get("/images/\(imageID)").expect(200)
  }

  @Test("an image made from a server has the properties of the server's own image, but for those of its bytes")
  func inherited() async throws {
    let cloud = try await TestCloud()
    let (nova, glance) = (try await cloud.compute(at: "2.96"), try await cloud.image(as: .admin))
    let type = [("Content-Type", "application/openstack-images-v2.1-json-patch")]
    for (name, value) in [("os_distro", "cirros"), ("img_signature", "x"), ("image_type", "base")] {
      let change: JSON = [["op": "add", "path": .string("/" + name), "value": .string(value)]]
      try await glance.patch("/images/" + (image.text ?? ""), change, headers: type).expect(200)
    }
    let id = try await boot(nova)
    try await cloud.settle()
    let made = try await nova.post("/servers/\(id)/action", ["createImage": ["name": "snap"]]).expect(202)
    let imageID = try #require(made.json["image_id"]?.text)
    let shown = try await glance.get("/images/\(imageID)").expect(200).json
    #expect(shown["os_distro"] == "cirros" && shown["img_signature"] == nil && shown["image_type"] == "snapshot")
    #expect(shown["base_image_ref"] == image)
  }

  @Test("metadata is merged, replaced and removed item by item")
  func metadata() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await boot(nova)
    try await cloud.settle()
    let path = "/servers/\(id)/metadata"
    try await nova.post(path, ["metadata": ["a": "1", "b": "2"]]).expect(200, ["metadata": ["a": "1", "b": "2"]])
    try await nova.put(path + "/a", ["meta": ["a": "3"]]).expect(200, ["meta": ["a": "3"]])
    try await nova.put(path + "/a", ["meta": ["b": "3"]]).expect(400)
    try await nova.delete(path + "/b").expect(204)
    try await nova.get(path).expect(200, ["metadata": ["a": "3"]])
    try await nova.get(path + "/b").expect(
      404, ["itemNotFound": ["code": 404, "message": "Metadata item was not found"]])
    try await nova.put(path, ["metadata": [:]]).expect(200, ["metadata": [:]])
  }

  @Test("a locked server takes orders from administrators only")
  func locked() async throws {
    let cloud = try await TestCloud()
    let (nova, admin) = (try await cloud.compute(at: "2.73"), try await cloud.compute(as: .admin, at: "2.73"))
    let id = try await boot(nova)
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["lock": ["locked_reason": "why"]]).expect(202)
    try await nova.post("/servers/\(id)/action", ["os-stop": nil]).expect(
      409, ["conflictingRequest": ["code": 409, "message": .string("Instance \(id) is locked")]])
    let server = try await nova.get("/servers/\(id)").json["server"]
    #expect(server?["locked"] == true && server?["locked_reason"] == "why")
    try await admin.post("/servers/\(id)/action", ["os-stop": nil]).expect(202)
    try await nova.post("/servers/\(id)/action", ["unlock": nil]).expect(202)
    try await nova.delete("/servers/\(id)").expect(204)
  }

  @Test("the console log carries the server's name and honours length")
  func console() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(at: "2.96")
    let id = try await boot(nova, "talker")
    try await nova.post("/servers/\(id)/action", ["os-getConsoleOutput": [:]]).expect(409)
    try await cloud.advance(.seconds(60))
    try await nova.post("/servers/\(id)/action", ["os-getConsoleOutput": [:]]).expect(200)
    let all = try await nova.post("/servers/\(id)/action", ["os-getConsoleOutput": ["length": nil]]).json["output"]?
      .text
    #expect(all?.contains("Ubuntu 16.04 talker ttyS0") == true && all?.contains("cirros") == false)
    let tail = try await nova.post("/servers/\(id)/action", ["os-getConsoleOutput": ["length": "2"]]).json["output"]?
      .text
    #expect(tail?.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
  }

  @Test("transitions left by a cloud that ended go on in the next one")
  func restart() async throws {
    let directory = try ScratchDirectory()
    let first = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#, data: directory.path)
    let id = try await boot(try await first.compute(at: "2.96"))
    await first.close()
    let second = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#, data: directory.path)
    let nova = try await second.compute(at: "2.96")
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "BUILD")
    try await second.advance(.seconds(60))
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ACTIVE")
    await second.close()
  }
}
