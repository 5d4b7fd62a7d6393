import CloudTesting
import OpenStackAPI
import Testing

@Suite("Actions on servers")
struct ServerActionTests {
  @Test("a shelved server leaves its host and its image, and comes back without them")
  func shelve() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot(["name": "sleeper"])
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["shelve": nil]).expect(202)
    try await cloud.settle()
    let server = try await nova.get("/servers/\(id)").json["server"]
    #expect(server?["status"] == "SHELVED_OFFLOADED" && server?["hostId"] == "")
    #expect(server?["OS-EXT-STS:power_state"] == 4)
    let glance = try await cloud.image()
    let images = try await glance.get("/images?name=sleeper-shelved").json["images"]?.array
    #expect(images?.count == 1 && images?.first?["status"] == "active")
    try await nova.post("/servers/\(id)/action", ["unshelve": nil]).expect(202)
    try await cloud.settle()
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ACTIVE")
    #expect(try await glance.get("/images?name=sleeper-shelved").json["images"] == [])
  }

  @Test("a shelved server whose image is gone cannot come back, and one that is deleted takes its image along")
  func shelvedImages() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let glance = try await cloud.image()
    let (lost, deleted) = (try await nova.boot(["name": "lost"]), try await nova.boot(["name": "deleted"]))
    try await cloud.settle()
    for id in [lost, deleted] { try await nova.post("/servers/\(id)/action", ["shelve": nil]).expect(202) }
    try await cloud.settle()
    let image = try await glance.get("/images?name=lost-shelved").json["images"]?.array?.first?["id"]?.text
    try await glance.delete("/images/\(try #require(image))").expect(204)
    try await nova.post("/servers/\(lost)/action", ["unshelve": nil]).expect(202)
    try await nova.delete("/servers/\(deleted)").expect(204)
    try await cloud.settle()
    let server = try await nova.get("/servers/\(lost)").json["server"]
    #expect(server?["status"] == "ERROR" && server?["fault"]?["message"]?.text?.contains("cannot be found") == true)
    #expect(try await glance.get("/images?name=deleted-shelved").json["images"] == [])
    let actions = try await nova.get("/servers/\(lost)/os-instance-actions").json["instanceActions"]?.array
    #expect(actions?.first?["action"] == "unshelve" && actions?.first?["message"] == "Error")
  }

  @Test(
    "where to unshelve is checked as the version has it",
    arguments: [
      ("2.76", ["availability_zone": "nozone"], 202, ""),
      ("2.77", [:], 400, "'availability_zone' is a required property"),
      ("2.77", ["availability_zone": nil], 400, "None is not of type 'string'"),
      ("2.77", ["availability_zone": "nozone"], 400, "The requested availability zone is not available"),
      ("2.77", ["availability_zone": "nova"], 202, ""), ("2.91", ["availability_zone": nil], 202, ""),
      (
        "2.90", ["availability_zone": "nova", "host": "x"], 400,
        "Additional properties are not allowed ('host' was unexpected)"
      ),
      ("2.91", ["host": "x"], 400, "Compute host x could not be found."), ("2.91", ["host": "pocketstack"], 202, ""),
    ] as [(String, JSON, Int, String)])
  func unshelve(version: String, place: JSON, status: Int, message: String) async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["shelve": nil]).expect(202)
    try await cloud.settle()
    let answer = try await cloud.compute(as: .admin, at: version).post("/servers/\(id)/action", ["unshelve": place])
    #expect(answer.status == status && (message.isEmpty || answer.text.contains(message)), "\(answer)")
  }

  @Test("a zone or a host is for servers that left theirs")
  func unshelveInPlace() async throws {
    let cloud = try await TestCloud(#"{"compute": {"shelved_offload_time": 60}}"#)
    let nova = try await cloud.compute(at: "2.91")
    let id = try await nova.boot()
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["shelve": nil]).expect(202)
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["unshelve": ["availability_zone": "nova"]]).refuses(
      with: "Specifying an availability zone or a host when unshelving server \"\(id)\" with status \"shelved\" is not "
        + "supported. The server status must be SHELVED_OFFLOADED.")
    try await cloud.advance(.seconds(60))
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "SHELVED_OFFLOADED")
    try await nova.post("/servers/\(id)/action", ["unshelve": ["host": "pocketstack"]]).expect(403)
  }

  @Test("a rescue answers with the password, its own or the caller's, and takes an image that the caller sees")
  func rescue() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    let unknown: JSON = "11111111-2222-3333-4444-555555555555"
    let refused = try await nova.post("/servers/\(id)/action", ["rescue": ["rescue_image_ref": unknown]]).expect(400)
    #expect(refused.text.contains("Requested rescue image '11111111-2222-3333-4444-555555555555' is not supported"))
    try await nova.post("/servers/\(id)/action", ["rescue": ["adminPass": "s3cret", "rescue_image_ref": image]])
      .expect(200, ["adminPass": "s3cret"])
    try await cloud.settle()
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "RESCUE")
    try await nova.post("/servers/\(id)/action", ["unrescue": nil]).expect(202)
    try await cloud.settle()
    let again = try await nova.post("/servers/\(id)/action", ["rescue": nil]).expect(200)
    #expect(again.json["adminPass"]?.text?.count == 12)
  }

  @Test("of the backups of one type only the newest are kept")
  func backups() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.1")
    let id = try await cloud.compute(at: "2.96").boot()
    try await cloud.settle()
    for (name, type) in [("d1", "daily"), ("w1", "weekly"), ("d2", "daily"), ("d3", "daily")] {
      try await cloud.advance(.seconds(1))
      let body: JSON = ["createBackup": ["name": .string(name), "backup_type": .string(type), "rotation": "2"]]
      let answer = try await nova.post("/servers/\(id)/action", body).expect(202)
      #expect(try answer.header("Location").contains("/images/"))
      try await cloud.settle()
    }
    let images = try await cloud.image().get("/images?image_type=backup&sort=name:asc").json["images"]?.array
    #expect(images?.compactMap { $0["name"]?.text } == ["d2", "d3", "w1"])
    #expect(images?.first?["backup_type"] == "daily" && images?.first?["status"] == "active")
    let last: JSON = ["createBackup": ["name": "d4", "backup_type": "daily", "rotation": 0]]
    let answer = try await cloud.compute(at: "2.45").post("/servers/\(id)/action", last).expect(202)
    #expect(answer.json["image_id"]?.text?.count == 36)
    try await cloud.settle()
    let left = try await cloud.image().get("/images?image_type=backup").json["images"]?.array
    #expect(left?.compactMap { $0["name"]?.text } == ["w1"])
  }

  @Test("with an interval of reclaim a deleted server waits, can be restored, and is gone in the end")
  func softDelete() async throws {
    let cloud = try await TestCloud(#"{"compute": {"reclaim_instance_interval": 600}}"#)
    let nova = try await cloud.compute(at: "2.96")
    let (id, other) = (try await nova.boot(), try await nova.boot())
    try await cloud.settle()
    for server in [id, other] { try await nova.delete("/servers/\(server)").expect(204) }
    try await cloud.settle()
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "SOFT_DELETED")
    #expect(try await nova.get("/servers").json["servers"] == [])
    #expect(try await nova.get("/limits").json["limits"]?["absolute"]?["totalInstancesUsed"] == 0)
    try await nova.post("/servers/\(id)/action", ["restore": nil]).expect(202)
    try await cloud.advance(.seconds(600))
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ACTIVE")
    try await nova.get("/servers/\(other)").expect(404)
  }

  @Test("no body of an action makes an error of ours", arguments: ["2.1", "2.24", "2.57", "2.77", "2.104"])
  func bodies(version: String) async throws {
    let cloud = try await TestCloud()
    let admin = try await cloud.compute(as: .admin, at: version)
    let id = try await cloud.compute(as: .admin, at: "2.96").boot()
    try await cloud.settle()
    let actions = [
      "rebuild", "rescue", "unrescue", "shelve", "shelveOffload", "unshelve", "createBackup", "changePassword",
      "trigger_crash_dump", "injectNetworkInfo", "resetNetwork", "migrate", "os-migrateLive", "evacuate", "restore",
      "os-getVNCConsole", "os-getRDPConsole", "os-getSerialConsole", "lock", "os-resetState",
    ]
    let values: [JSON] = [
      nil, [:], [], "x", 1, true, ["host": 1], ["host": nil, "block_migration": []], ["availability_zone": [:]],
      ["name": "x", "backup_type": nil, "rotation": "99999999999999999999"], ["imageRef": []], ["type": nil],
      ["name": "x", "backup_type": "d", "rotation": 9_223_372_036_854_775_807], ["state": 1], ["adminPass": [:]],
    ]
    for action in actions {
      for value in values {
        let answer = try await admin.post("/servers/\(id)/action", .object(JSONObject([(action, value)])))
        #expect(answer.status < 500, "\(action) \(value): \(answer)")
        try await cloud.settle()
      }
    }
  }

  @Test("what Nova removed is gone, and what shows nothing is accepted from administrators")
  func networks() async throws {
    let cloud = try await TestCloud()
    let (nova, admin) = (try await cloud.compute(at: "2.96"), try await cloud.compute(as: .admin, at: "2.96"))
    let id = try await nova.boot()
    try await admin.post("/servers/\(id)/action", ["injectNetworkInfo": nil]).expect(202)
    try await nova.post("/servers/\(id)/action", ["injectNetworkInfo": nil]).expect(403)
    let gone = try await admin.post("/servers/\(id)/action", ["resetNetwork": nil]).expect(410)
    #expect(gone.json["computeFault"]?["code"] == 410)
  }
}
