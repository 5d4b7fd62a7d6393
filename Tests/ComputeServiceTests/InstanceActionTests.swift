import CloudTesting
import OpenStackAPI
import Testing

@Suite("Instance actions")
struct InstanceActionTests {
  private func boot(_ cloud: TestCloud, as user: TestUser = .demo) async throws -> String {
    let id = try await cloud.compute(as: user, at: "2.96").boot()
    try await cloud.settle()
    return id
  }

  @Test("every action leaves a row, the newest first, and its events when they are over")
  func log() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.84")
    let id = try await boot(cloud)
    try await cloud.advance(.seconds(1))
    let stop = try await nova.post("/servers/\(id)/action", ["os-stop": nil]).expect(202)
    try await cloud.settle()
    let actions = try await nova.get("/servers/\(id)/os-instance-actions").expect(200).json["instanceActions"]?.array
    #expect(actions?.compactMap { $0["action"]?.text } == ["stop", "create"])
    let request = try stop.header("x-openstack-request-id")
    #expect(actions?.first?["request_id"] == .string(request) && actions?.first?["instance_uuid"] == .string(id))
    #expect(actions?.first?["start_time"] == "2026-01-01T00:00:01.000000" && actions?.first?["message"] == JSON.null)
    let shown = try await nova.get("/servers/\(id)/os-instance-actions/\(request)").expect(200).json["instanceAction"]
    let event = shown?["events"]?.array?.first
    #expect(event?["event"] == "compute_stop_instance" && event?["result"] == "Success")
    #expect(event?["hostId"]?.text?.count == 56 && event?["traceback"] == nil && event?["details"] == nil)
  }

  @Test(
    "an action shows what its version and the caller's role allow",
    arguments: [
      ("2.50", TestUser.demo, []), ("2.51", .demo, ["event", "start_time", "finish_time", "result"]),
      ("2.62", .demo, ["event", "start_time", "finish_time", "result", "hostId"]),
      ("2.1", .admin, ["event", "start_time", "finish_time", "result", "traceback"]),
      (
        "2.84", .admin,
        ["event", "start_time", "finish_time", "result", "traceback", "host", "hostId", "details"]
      ),
    ] as [(String, TestUser, [String])])
  func versions(version: String, user: TestUser, members: [String]) async throws {
    let cloud = try await TestCloud()
    let id = try await boot(cloud)
    let nova = try await cloud.compute(as: user, at: version)
    let list = try await nova.get("/servers/\(id)/os-instance-actions").expect(200).json["instanceActions"]?.array
    #expect((list?.first?["updated_at"] != nil) == (version >= "2.58"))
    let request = try #require(list?.first?["request_id"]?.text)
    let shown = try await nova.get("/servers/\(id)/os-instance-actions/\(request)").expect(200).json["instanceAction"]
    #expect(shown?["events"]?.array?.first?.object?.members.map(\.key) ?? [] == members)
  }

  @Test("pages and changes choose actions since 2.58 and 2.66")
  func pages() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.66")
    let id = try await boot(cloud)
    for action in ["lock", "unlock"] {
      try await cloud.advance(.seconds(60))
      try await nova.post("/servers/\(id)/action", [action: nil]).expect(202)
    }
    func names(_ query: String) async throws -> [String]? {
      try await nova.get("/servers/\(id)/os-instance-actions?\(query)").expect(200).json["instanceActions"]?.array?
        .compactMap { $0["action"]?.text }
    }
    let page = try await nova.get("/servers/\(id)/os-instance-actions?limit=1").expect(200).json
    let marker = try #require(page["instanceActions"]?.array?.first?["request_id"]?.text)
    #expect(page["links"]?.array?.first?["href"]?.text?.hasSuffix("limit=1&marker=\(marker)") == true)
    #expect(try await names("marker=\(marker)") == ["lock", "create"])
    #expect(try await names("changes-since=2026-01-01T00:00:30Z") == ["unlock", "lock"])
    #expect(try await names("changes-before=2026-01-01T00:01:30Z") == ["lock", "create"])
    let path = "/servers/\(id)/os-instance-actions"
    for (query, message) in [
      ("marker=x", "Marker x could not be found."), ("zz=1", "('zz' was unexpected)"), ("limit=-1", "limit"),
      (
        "changes-since=2026-01-02T00:00:00Z&changes-before=2026-01-01T00:00:00Z",
        "The value of changes-since must be less than or equal to changes-before."
      ),
    ] {
      let answer = try await nova.get("\(path)?\(query)").expect(400)
      #expect(answer.text.contains(message), "\(answer)")
    }
    try await cloud.compute(at: "2.57").get("\(path)?zz=1&limit=1").expect(200)
    try await nova.get("\(path)/req-none").expect(
      404, ["itemNotFound": ["code": 404, "message": "Action req-none not found"]])
  }

  @Test("the log outlives the server since 2.21")
  func deleted() async throws {
    let cloud = try await TestCloud()
    let id = try await boot(cloud)
    try await cloud.compute().delete("/servers/\(id)").expect(204)
    try await cloud.settle()
    let path = "/servers/\(id)/os-instance-actions"
    try await cloud.compute(at: "2.20").get(path).expect(404)
    let list = try await cloud.compute(at: "2.21").get(path).expect(200).json["instanceActions"]?.array
    #expect(list?.compactMap { $0["action"]?.text } == ["delete", "create"])
    try await cloud.compute(as: .admin, at: "2.21").get(path).expect(200)
  }

  @Test("what another action cut short failed")
  func abandoned() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(at: "2.58")
    let id = try await nova.boot()
    try await nova.delete("/servers/\(id)").expect(204)
    try await cloud.advance(.seconds(60))
    let list = try await nova.get("/servers/\(id)/os-instance-actions").json["instanceActions"]?.array
    #expect(list?.map { $0["message"] } == [JSON.null, "Error"])
  }
}

extension TestClient {
  /// Boots a server and gives its id; it is building until the cloud settles.
  func boot(_ more: JSON = [:]) async throws -> String {
    let answer = try await tryBoot(more).expect(202)
    return try #require(answer.json["server"]?["id"]?.text)
  }

  /// What Nova answers to the request for such a server.
  func tryBoot(_ more: JSON) async throws -> Answer {
    var server = JSONObject([("name", "vm"), ("flavorRef", "1"), ("imageRef", image), ("networks", "none")])
    for (key, value) in more.object?.members ?? [] { server[key] = value }
    return try await post("/servers", ["server": .object(server)])
  }
}
