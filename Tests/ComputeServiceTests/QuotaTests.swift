import CloudTesting
import OpenStackAPI
import Testing

@Suite("Quotas")
struct QuotaTests {
  private static func server(_ name: String = "vm", _ more: [(String, JSON)] = []) -> JSON {
    var server = JSONObject([("name", .string(name)), ("flavorRef", "1"), ("imageRef", image), ("networks", "none")])
    for (key, value) in more { server[key] = value }
    return ["server": .object(server)]
  }

  private static func project(_ cloud: TestCloud) async throws -> String {
    let server = try await cloud.compute(at: "2.37").post("/servers", server("probe")).expect(202)
    let id = try #require(server.json["server"]?["id"]?.text)
    try await cloud.settle()
    let nova = try await cloud.compute()
    let project = try #require(try await nova.get("/servers/\(id)").json["server"]?["tenant_id"]?.text)
    try await nova.delete("/servers/\(id)").expect(204)
    try await cloud.settle()
    return project
  }

  @Test("what is wrong with the body comes before what is wrong with the query")
  func order() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(as: .admin, at: "2.75")
    let path = "/os-quota-sets/\(try await Self.project(cloud))?unheard_of=1"
    let body = try await nova.put(path, ["quota_set": ["cores": "many"]]).expect(400)
    #expect(body.text.contains("cores"))
    #expect(try await nova.put(path, ["quota_set": ["cores": 5]]).expect(400).text.contains("unheard_of"))
  }

  @Test("a quota set shows what its version knows, with the configuration's limits")
  func show() async throws {
    let cloud = try await TestCloud()
    let project = try await Self.project(cloud)
    let path = "/os-quota-sets/\(project)"
    try await cloud.compute(at: "2.57").get(path).expect(
      200,
      [
        "quota_set": [
          "id": .string(project), "cores": 20, "instances": 10, "key_pairs": 100, "metadata_items": 128, "ram": 51200,
          "server_group_members": 10, "server_groups": 10,
        ]
      ])
    let old = try await cloud.compute(at: "2.35").get(path).expect(200).json["quota_set"]
    #expect(old?["floating_ips"] == -1 && old?["injected_files"] == 5)
    #expect(try await cloud.compute(at: "2.36").get(path).json["quota_set"]?["floating_ips"] == JSON?.none)
    let classes = try await cloud.compute(as: .admin, at: "2.49").get("/os-quota-class-sets/default").expect(200)
    #expect(classes.json["quota_class_set"]?["server_groups"] == JSON?.none)
    #expect(classes.json["quota_class_set"]?["fixed_ips"] == -1)
  }

  /// Nova asks its quotas alone, and works on all that they let pass for as long as it takes. Here that would keep all
  /// other changes waiting.
  @Test("where no quota says less, one request makes 10,000 servers at most")
  func mostAtOnce() async throws {
    let cloud = try await TestCloud(#"{"compute": {"quota": {"instances": -1, "cores": -1, "ram": -1}}}"#)
    let nova = try await cloud.compute(at: "2.37")
    for count in [10_001, 2_147_483_647, Int.max] {
      let refused = try await nova.post("/servers", Self.server("vm", [("min_count", .integer(count))])).expect(400)
      #expect(refused.text.contains("is greater than the maximum of 10000"))
    }
    try await nova.post("/servers", Self.server("vm", [("min_count", 12)])).expect(202)
    #expect(try await nova.get("/servers").expect(200).json["servers"]?.array?.count == 12)
    await cloud.close()
  }

  /// Two servers of one core, in a project that may have five, in a cloud where a resize takes its time.
  private static func crowded(_ release: String) async throws -> (TestCloud, TestClient, [String]) {
    let cloud = try await TestCloud(#"{"release": "\#(release)", "transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute()
    var ids: [String] = []
    for name in ["a", "b"] {
      let answer = try await cloud.compute(at: "2.37").post("/servers", server(name)).expect(202)
      ids.append(answer.json["server"]?["id"]?.text ?? "")
    }
    try await cloud.advance(.seconds(60))
    let project = try await nova.get("/servers/\(ids[0])").expect(200).json["server"]?["tenant_id"]?.text ?? ""
    try await cloud.compute(as: .admin).put("/os-quota-sets/\(project)", ["quota_set": ["cores": 5]]).expect(200)
    return (cloud, nova, ids)
  }

  private static func cores(_ nova: TestClient) async throws -> Int? {
    try await nova.get("/limits").expect(200).json["limits"]?["absolute"]?["totalCoresUsed"]?.integer
  }

  @Test("resizes that are under way do not count since Pike, as Nova does not look again")
  func resizes() async throws {
    let (cloud, nova, ids) = try await Self.crowded("latest")
    for id in ids { try await nova.post("/servers/\(id)/action", ["resize": ["flavorRef": "4"]]).expect(202) }
    #expect(try await Self.cores(nova) == 2)
    try await cloud.advance(.seconds(60))
    #expect(try await Self.cores(nova) == 8)
    try await cloud.compute(at: "2.37").post("/servers", Self.server()).expect(403)
  }

  @Test("resizes that are under way counted before Pike, and what they took away until it was confirmed")
  func reservations() async throws {
    let (cloud, nova, ids) = try await Self.crowded("ocata")
    let grow: JSON = ["resize": ["flavorRef": "4"]]
    try await nova.post("/servers/\(ids[0])/action", grow).expect(202)
    let refused = try await nova.post("/servers/\(ids[1])/action", grow).expect(403)
    #expect(
      refused.json["forbidden"]?["message"] == "Quota exceeded for cores: Requested 3, but already used 5 of 5 cores")
    try await cloud.advance(.seconds(60))
    try await nova.post("/servers/\(ids[0])/action", ["confirmResize": nil]).expect(204)
    try await cloud.advance(.seconds(60))
    try await nova.post("/servers/\(ids[0])/action", ["resize": ["flavorRef": "1"]]).expect(202)
    try await cloud.advance(.seconds(60))
    try await nova.post("/servers/\(ids[1])/action", grow).expect(403)
    try await nova.post("/servers/\(ids[0])/action", ["confirmResize": nil]).expect(204)
    try await cloud.advance(.seconds(60))
    try await nova.post("/servers/\(ids[1])/action", grow).expect(202)
  }

  @Test("the counters follow servers through their lives")
  func counters() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    func used() async throws -> [Int?] {
      let absolute = try await nova.get("/limits").expect(200).json["limits"]?["absolute"]
      return ["totalInstancesUsed", "totalCoresUsed", "totalRAMUsed"].map { absolute?[$0]?.integer }
    }
    let made = try await nova.post("/servers", Self.server("vm", [("min_count", 3)])).expect(202)
    let id = try #require(made.json["server"]?["id"]?.text)
    try await cloud.settle()
    #expect(try await used() == [3, 3, 1536])
    try await nova.post("/servers/\(id)/action", ["resize": ["flavorRef": "2"]]).expect(202)
    try await cloud.settle()
    #expect(try await used() == [3, 3, 3072])
    try await nova.post("/servers/\(id)/action", ["revertResize": nil]).expect(202)
    try await cloud.settle()
    try await nova.delete("/servers/\(id)").expect(204)
    try await cloud.settle()
    #expect(try await used() == [2, 2, 1024])
    let counted = try cloud.world().read { db in
      try db.scalar(
        """
        SELECT count(*) FROM quota_usages WHERE instances <> (SELECT count(*) FROM servers s
          WHERE s.project_id = quota_usages.project_id AND s.user_id = quota_usages.user_id AND deleted = 0)
        """, as: Int.self)
    }
    #expect(counted == 0)
  }

  @Test("limits of projects and users are set, held and forgotten")
  func limits() async throws {
    let cloud = try await TestCloud()
    let project = try await Self.project(cloud)
    let (nova, admin) = (try await cloud.compute(at: "2.96"), try await cloud.compute(as: .admin, at: "2.96"))
    let path = "/os-quota-sets/\(project)"
    try await nova.put(path, ["quota_set": ["instances": 2]]).expect(403)
    let changed = try await admin.put(path, ["quota_set": ["instances": "2"]]).expect(200).json["quota_set"]
    #expect(changed?["instances"] == 2 && changed?["id"] == JSON?.none)
    let refused = try await nova.post("/servers", Self.server("vm", [("min_count", 3)])).expect(403)
    #expect(refused.text.contains("Quota exceeded for instances: Requested 3, but already used 0 of 2 instances"))
    try await nova.post("/servers", Self.server("vm", [("max_count", 5)])).expect(202)
    try await cloud.settle()
    #expect(try await nova.get("/servers").json["servers"]?.array?.count == 2)
    try await admin.put(path, ["quota_set": ["instances": 1]]).expect(
      400,
      [
        "badRequest": [
          "code": 400,
          "message": "Quota limit 1 for instances must be greater than or equal to already used and reserved 2.",
        ]
      ])
    try await admin.put(path, ["quota_set": ["instances": 1, "force": true]]).expect(200)
    let detail = try await nova.get(path + "/detail").expect(200).json["quota_set"]
    #expect(detail?["instances"] == ["limit": 1, "in_use": 2, "reserved": 0])
    try await admin.delete(path).expect(202)
    #expect(try await nova.get(path).json["quota_set"]?["instances"] == 10)
  }

  @Test("a user's limit cannot exceed the project's, and holds for the user alone")
  func users() async throws {
    let cloud = try await TestCloud()
    let project = try await Self.project(cloud)
    let (nova, admin) = (try await cloud.compute(at: "2.96"), try await cloud.compute(as: .admin, at: "2.96"))
    _ = try await nova.post("/servers", Self.server()).expect(202)
    try await cloud.settle()
    let user = try #require(try await nova.get("/servers/detail").json["servers"]?.array?.first?["user_id"]?.text)
    let path = "/os-quota-sets/\(project)?user_id=\(user)"
    let refused = try await admin.put(path, ["quota_set": ["instances": 11]]).expect(400)
    #expect(refused.text.contains("Quota limit 11 for instances must be less than or equal to 10."))
    try await admin.put(path, ["quota_set": ["instances": 1]]).expect(200)
    #expect(try await admin.get(path).json["quota_set"]?["instances"] == 1)
    #expect(try await admin.get("/os-quota-sets/\(project)").json["quota_set"]?["instances"] == 10)
    let full = try await nova.post("/servers", Self.server()).expect(403)
    #expect(full.text.contains("Requested 1, but already used 1 of 1 instances"))
  }

  @Test("the class default is what projects have unless told otherwise")
  func classes() async throws {
    let cloud = try await TestCloud()
    let project = try await Self.project(cloud)
    let admin = try await cloud.compute(as: .admin, at: "2.96")
    try await admin.put("/os-quota-class-sets/default", ["quota_class_set": ["key_pairs": 1]]).expect(200)
    try await admin.put("/os-quota-class-sets/other", ["quota_class_set": ["key_pairs": 7]]).expect(200)
    let nova = try await cloud.compute(at: "2.90")
    #expect(try await nova.get("/os-quota-sets/\(project)/defaults").json["quota_set"]?["key_pairs"] == 1)
    try await nova.post("/os-keypairs", ["keypair": ["name": "a"]]).expect(201)
    let refused = try await nova.post("/os-keypairs", ["keypair": ["name": "b"]]).expect(403)
    #expect(refused.text.contains("Quota exceeded, too many key pairs."))
    try await nova.delete("/os-keypairs/a").expect(204)
    try await nova.post("/os-keypairs", ["keypair": ["name": "b"]]).expect(201)
  }

  @Test(
    "bad quota sets are refused in Nova's words",
    arguments: [
      (["quota_set": ["cores": -2]], "Invalid input for field/attribute cores. Value: -2. -2 is less than the minimum"),
      (["quota_set": ["bogus": 1]], "Additional properties are not allowed ('bogus' was unexpected)"),
      (["quota_set": ["injected_files": 1]], "'injected_files' was unexpected"), (["quota": [:]], "quota_set"),
    ] as [(JSON, String)])
  func refused(body: JSON, message: String) async throws {
    let cloud = try await TestCloud()
    let project = try await Self.project(cloud)
    let admin = try await cloud.compute(as: .admin, at: "2.96")
    let answer = try await admin.put("/os-quota-sets/\(project)", body).expect(400)
    #expect(answer.text.contains(message), "\(answer)")
    try await admin.get("/os-quota-sets/nope").expect(
      400, ["badRequest": ["code": 400, "message": "Project ID nope is not a valid project."]])
  }
}
