import CloudTesting
import OpenStackAPI
import Testing

@Suite("Rebuilding servers")
struct RebuildTests {
  private func server(_ cloud: TestCloud, _ more: JSON = [:]) async throws -> String {
    let id = try await cloud.compute(at: "2.96").boot(more)
    try await cloud.settle()
    return id
  }

  @Test("a rebuild takes what the request gives, keeps the rest, and answers with the server and its password")
  func rebuild() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot(["metadata": ["a": "1"], "description": "old", "user_data": "b2xk"])
    try await cloud.advance(.seconds(60))
    let body: JSON = [
      "rebuild": [
        "imageRef": image, "name": "new", "metadata": ["b": "2"], "adminPass": "s3cret", "accessIPv6": "fe80::0:1",
        "user_data": nil, "hostname": "anew", "preserve_ephemeral": true, "OS-DCF:diskConfig": "AUTO",
        "trusted_image_certificates": ["c1"],
      ]
    ]
    let answer = try await nova.post("/servers/\(id)/action", body).expect(202)
    #expect(try answer.header("Location").hasSuffix("/servers/\(id)"))
    let server = answer.json["server"]
    #expect(server?["status"] == "REBUILD" && server?["adminPass"] == "s3cret" && server?["name"] == "new")
    #expect(server?["metadata"] == ["b": "2"] && server?["description"] == "old" && server?["user_data"] == JSON.null)
    #expect(server?["accessIPv6"] == "fe80::1" && server?["OS-EXT-SRV-ATTR:hostname"] == "anew")
    #expect(server?["trusted_image_certificates"] == ["c1"] && server?["OS-DCF:diskConfig"] == "AUTO")
    #expect(server?["OS-EXT-SRV-ATTR:user_data"] == nil)
    try await cloud.advance(.seconds(60))
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ACTIVE")
  }

  @Test(
    "each version takes and shows its own members",
    arguments: [
      ("2.18", "description", false), ("2.19", "description", true), ("2.53", "key_name", false),
      ("2.54", "key_name", true), ("2.56", "user_data", false), ("2.57", "user_data", true),
      ("2.62", "trusted_image_certificates", false), ("2.63", "trusted_image_certificates", true),
    ])
  func members(version: String, member: String, isKnown: Bool) async throws {
    let cloud = try await TestCloud()
    let id = try await server(cloud)
    let nova = try await cloud.compute(at: version)
    let refusal = try await nova.post(
      "/servers/\(id)/action", ["rebuild": .object(JSONObject([("imageRef", image), (member, nil)]))])
    #expect(refusal.status == (isKnown ? 202 : 400), "\(refusal)")
    try await cloud.settle()
    let shown = try await nova.post("/servers/\(id)/action", ["rebuild": ["imageRef": image]]).expect(202)
    #expect((shown.json["server"]?[member] != nil) == isKnown)
    #expect(shown.json["server"]?["OS-EXT-STS:vm_state"] == nil)
  }

  @Test(
    "bad rebuilds are refused in Nova's words",
    arguments: [
      (["imageRef": "00000000-0000-0000-0000-000000000000"], "Cannot find image for rebuild"),
      (["imageRef": "x"], "'x' is not a 'uuid'"), (["key_name": "nope"], "Invalid key_name provided."),
      (["personality": []], "('personality' was unexpected)"), (["name": " x"], "start or end with whitespace"),
      (["metadata": ["k": 1]], "1 is not of type 'string'"), (["user_data": "Z"], "'Z' is not a 'base64'"),
      (["hostname": "a b"], "does not match"), (["imageRef": nil], "None is not of type 'string'"),
    ] as [(JSON, String)])
  func refused(change: JSON, message: String) async throws {
    let cloud = try await TestCloud()
    let id = try await server(cloud)
    var body = JSONObject([("imageRef", image)])
    for (key, value) in change.object?.members ?? [] { body[key] = value }
    let answer = try await cloud.compute(at: "2.96").post("/servers/\(id)/action", ["rebuild": .object(body)])
    #expect(answer.status == 400 && answer.text.contains(message), "\(answer)")
  }
}

@Suite("Moves to other hosts")
struct MigrationTests {
  @Test("with one host a migration is accepted, comes to nothing, and the log says why")
  func noHost() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["migrate": nil]).expect(202)
    try await cloud.settle()
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ACTIVE")
    let log = try await nova.get("/servers/\(id)/os-instance-actions").json["instanceActions"]?.array?.first
    #expect(log?["action"] == "migrate" && log?["message"] == "Error")
    let request = try #require(log?["request_id"]?.text)
    let shown = try await nova.get("/servers/\(id)/os-instance-actions/\(request)").json["instanceAction"]
    #expect(shown?["events"]?.array?.first?["details"]?.text?.hasPrefix("No valid host was found.") == true)
  }

  @Test("from a host that is down an evacuation is accepted; it finds no other, and the server is in error")
  func evacuation() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let id = try await nova.boot()
    try await cloud.advance(.seconds(60))
    try await cloud.compute(as: .admin, at: "2.11").put(
      "/os-services/force-down", ["host": "pocketstack", "binary": "nova-compute", "forced_down": true]
    ).expect(200)
    let accepted = try await nova.post("/servers/\(id)/action", ["evacuate": [:]]).expect(200)
    #expect(accepted.text.isEmpty)
    #expect(try await nova.get("/servers/\(id)").json["server"]?["OS-EXT-STS:task_state"] == "rebuilding")
    try await cloud.advance(.seconds(60))
    let server = try await nova.get("/servers/\(id)").json["server"]
    #expect(server?["status"] == "ERROR" && server?["OS-EXT-STS:task_state"] == .null)
    #expect(server?["fault"]?["message"] == "No valid host was found. There are not enough hosts available.")
    let move = try await nova.get("/os-migrations").json["migrations"]?.array?.first
    #expect(move?["migration_type"] == "evacuation" && move?["status"] == "error" && move?["dest_compute"] == .null)
    #expect(move?["old_instance_type_id"] == .null && move?["new_instance_type_id"] == .null)
    let log = try await nova.get("/servers/\(id)/os-instance-actions").json["instanceActions"]?.array?.first
    #expect(log?["action"] == "evacuate" && log?["message"] == "Error")
  }

  @Test(
    "before 2.14 an evacuation answers with the password, and with none where the disk is shared",
    arguments: [
      (["onSharedStorage": false, "adminPass": "s3cret"], "s3cret"), (["onSharedStorage": true], nil),
    ] as [(JSON, JSON)])
  func evacuationPassword(asked: JSON, password: JSON) async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.compute(as: .admin, at: "2.96").boot()
    try await cloud.settle()
    let nova = try await cloud.compute(as: .admin, at: "2.13")
    try await nova.put(
      "/os-services/force-down", ["host": "pocketstack", "binary": "nova-compute", "forced_down": true]
    ).expect(200)
    try await nova.post("/servers/\(id)/action", ["evacuate": asked]).expect(200, ["adminPass": password])
  }

  @Test(
    "what a move asks for is checked",
    arguments: [
      ("2.96", ["migrate": ["host": "x"]], 400, "Compute host x could not be found."),
      ("2.56", ["migrate": ["host": "pocketstack"]], 400, "Cannot migrate to the host where the server exists."),
      ("2.55", ["migrate": ["host": "x"]], 202, ""),
      ("2.24", ["os-migrateLive": ["host": nil, "block_migration": false]], 400, "'disk_over_commit' is a required"),
      (
        "2.24", ["os-migrateLive": ["host": nil, "block_migration": false, "disk_over_commit": false]], 400,
        "No valid host was found."
      ),
      (
        "2.33", ["os-migrateLive": ["host": "x", "block_migration": "auto"]], 400, "Compute host x could not be found."
      ),
      ("2.34", ["os-migrateLive": ["host": nil, "block_migration": "auto"]], 202, ""),
      (
        "2.67", ["os-migrateLive": ["host": nil, "block_migration": "auto", "force": true]], 400,
        "Can't force to a non-provided destination"
      ),
      ("2.13", ["evacuate": [:]], 400, "'onSharedStorage' is a required property"),
      (
        "2.13", ["evacuate": ["onSharedStorage": true, "adminPass": "x"]], 400,
        "admin password can't be changed on existing disk"
      ),
      ("2.96", ["evacuate": ["host": "x"]], 404, "Compute host x not found."),
      ("2.96", ["evacuate": ["host": "pocketstack"]], 400, "The target host can't be the same one."),
      ("2.96", ["evacuate": [:]], 400, "Compute service of pocketstack is still in use."),
    ] as [(String, JSON, Int, String)])
  func checks(version: String, body: JSON, status: Int, message: String) async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.compute(as: .admin, at: "2.96").boot()
    try await cloud.settle()
    let answer = try await cloud.compute(as: .admin, at: version).post("/servers/\(id)/action", body)
    #expect(answer.status == status && (message.isEmpty || answer.text.contains(message)), "\(answer)")
  }

  @Test("members do not move servers")
  func policy() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    for body: JSON in [
      ["migrate": nil], ["os-migrateLive": ["host": nil, "block_migration": "auto"]], ["evacuate": [:]],
    ] {
      try await nova.post("/servers/\(id)/action", body).expect(403)
    }
  }
}
