import CloudTesting
import OpenStackAPI
import Testing

@Suite("Lists of servers and reports of use")
struct ServerListTests {
  /// Three servers of the student: `web` (locked, with a key and a zone), `db` (stopped), `old` (deleted).
  private func cloud() async throws -> TestCloud {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.90")
    try await nova.post("/os-keypairs", ["keypair": ["name": "akey"]]).expect(201)
    for name in ["web", "db", "old"] {
      var server = JSONObject([
        ("name", .string(name)), ("flavorRef", "1"), ("imageRef", image), ("networks", "none"),
      ])
      if name == "web" { server["key_name"] = "akey" }
      if name == "db" { server["config_drive"] = true }
      let answer = try await nova.post("/servers", ["server": .object(server)]).expect(202)
      try await cloud.settle()
      try await cloud.advance(.seconds(600))
      let id = try #require(answer.json["server"]?["id"]?.text)
      switch name {
      case "web": try await nova.post("/servers/\(id)/action", ["lock": nil]).expect(202)
      case "db": try await nova.post("/servers/\(id)/action", ["os-stop": nil]).expect(202)
      default: try await nova.delete("/servers/\(id)").expect(204)
      }
      try await cloud.settle()
    }
    return cloud
  }

  private func names(_ client: TestClient, _ query: String) async throws -> [String] {
    let servers = try await client.get("/servers?\(query)").expect(200).json["servers"]?.array
    return servers?.compactMap { $0["name"]?.text } ?? []
  }

  @Test("members filter by some columns, since some versions, and others of theirs are dropped in silence")
  func members() async throws {
    let cloud = try await cloud()
    let (old, new) = (try await cloud.compute(at: "2.82"), try await cloud.compute(at: "2.90"))
    for (query, found) in [
      ("key_name=akey", ["web"]), ("power_state=4", ["db"]), ("vm_state=stopped", ["db"]),
      ("config_drive=True", ["db"]), ("availability_zone=nowhere", []), ("hostname=%5Eweb", ["web"]),
      ("created_at=2026-01-01%2000:1", ["db"]), ("task_state=spawning", []),
    ] {
      #expect(try await names(new, query) == found, "\(query)")
      #expect(try await names(old, query) == ["db", "web"], "\(query) before its time")
    }
    for query in ["host=nowhere", "node=nowhere", "uuid=x", "access_ip_v4=1", "deleted=True", "soft_deleted=1"] {
      #expect(try await names(new, query) == ["db", "web"], "\(query)")
    }
    #expect(try await names(new, "metadata=x") == ["db", "web"])
    #expect(try await names(new, "ip=10") == [])
    #expect(try await names(new, "locked=true") == ["web"])
    #expect(try await names(new, "status=stopped&status=SHUTOFF") == ["db"])
    #expect(try await names(new, "changes-since=2026-01-01T00:25:00Z") == ["old"])
    #expect(try await names(new, "changes-before=2026-01-01T00:25:00Z") == ["db", "web"])
  }

  @Test("administrators filter by everything, and see what is deleted")
  func administrators() async throws {
    let cloud = try await cloud()
    let admin = try await cloud.compute(as: .admin, at: "2.90")
    for (query, found) in [
      ("host=nowhere", []), ("host=pocketstack", ["db", "web"]), ("node=pocket", ["db", "web"]),
      ("deleted=True", ["old"]), ("status=deleted", ["old"]), ("deleted=maybe", ["db", "web"]),
      ("display_name=w.b", ["web"]), ("locked_by=owner", ["web"]), ("launch_index=0", ["db", "web"]),
      ("project_id=nope", []),
    ] { #expect(try await names(admin, "all_tenants=1&" + query) == found, "\(query)") }
    #expect(try await names(admin, "") == [])
    #expect(try await admin.get("/servers?launch_index=(((").expect(400).text.contains("'(((' is not a 'regex'"))
    try await admin.get("/servers?metadata=x").expect(
      400, ["badRequest": ["code": 400, "message": "Invalid filter field: metadata."]])
  }

  @Test(
    "what Nova refuses is refused in its words",
    arguments: [
      ("2.90", "status=DELETED", 403, "Only administrators may list deleted instances"),
      ("2.90", "sort_key=host", 403, "Only administrators can sort servers by host"),
      ("2.90", "locked=maybe", 400, "Unrecognized value 'maybe', acceptable values are: '0'"),
      ("2.90", "all_tenants=zz", 400, "Unrecognized value 'zz'"), ("2.90", "all_tenants", 403, "index:get_all_tenants"),
      ("2.75", "sort_key=vcpus", 400, "'vcpus' is not one of"), ("2.74", "sort_key=vcpus&sort_dir=asc", 200, "servers"),
      ("2.72", "sort_key=locked", 200, "servers"),
    ])
  func refused(version: String, query: String, status: Int, message: String) async throws {
    let answer = try await TestCloud().compute(at: version).get("/servers?\(query)").expect(status)
    #expect(answer.text.contains(message), "\(answer)")
  }

  @Test("a report says how long each server was there")
  func usage() async throws {
    let cloud = try await cloud()
    let (nova, admin) = (try await cloud.compute(at: "2.40"), try await cloud.compute(as: .admin, at: "2.40"))
    let listed = try await admin.get("/os-simple-tenant-usage?start=2026-01-01T00:00:00&detailed=1").expect(200)
    let report = try #require(listed.json["tenant_usages"]?.array?.first)
    let servers = report["server_usages"]?.array ?? []
    #expect(servers.count == 3)
    for (name, total) in [("total_hours", 1.0), ("total_vcpus_usage", 1), ("total_memory_mb_usage", 512)] {
      guard case .number(let shown)? = report[name] else {
        Issue.record("no number \(name)")
        continue
      }
      #expect(abs(shown - total) < 1e-6, "\(name)")
    }
    let gone = servers.first { $0["name"] == "old" }
    #expect(gone?["state"] == "terminated" && gone?["uptime"] == 600)
    #expect(gone?["ended_at"]?.text == "2026-01-01T00:30:00.000000")
    let project = try #require(report["tenant_id"]?.text)
    let path = "/os-simple-tenant-usage/\(project)"
    let page = try await nova.get(path + "?start=2026-01-01T00:00:00&limit=2").expect(200).json
    #expect(page["tenant_usage"]?["server_usages"]?.array?.count == 2)
    #expect(page["tenant_usage_links"]?.array?.first?["href"]?.text?.contains("marker=") == true)
    let empty = "?start=2025-01-01T00:00:00&end=2025-01-02T00:00:00"
    try await nova.get(path + empty).expect(200, ["tenant_usage": [:]])
    try await nova.get(path + "?start=zz").expect(
      400, ["badRequest": ["code": 400, "message": "Invalid datetime string: Datetime is in invalid format"]])
    try await nova.get(path + "?start=2026-01-01T00:20:00&end=2026-01-01T00:10:00").expect(400)
    try await nova.get("/os-simple-tenant-usage").expect(403)
    try await nova.get("/os-simple-tenant-usage/other").expect(403)
  }

  @Test("diagnostics are free words until 2.47 and a form from 2.48")
  func diagnostics() async throws {
    let cloud = try await cloud()
    let admin = try await cloud.compute(as: .admin, at: "2.48")
    let found = try await admin.get("/servers?all_tenants=1&name=web").json["servers"]?.array?.first?["id"]?.text
    let id = try #require(found)
    let new = try await admin.get("/servers/\(id)/diagnostics").expect(200).json
    #expect(new["state"] == "running" && new["num_cpus"] == 1 && new["memory_details"]?["maximum"] == 524_288)
    #expect(new["cpu_details"]?.array?.count == 1 && new["nic_details"] == [])
    let old = try await cloud.compute(as: .admin, at: "2.47").get("/servers/\(id)/diagnostics").expect(200).json
    #expect(old["memory"] == 524_288 && old["cpu0_time"]?.integer != nil && old["state"] == JSON?.none)
    try await cloud.compute(at: "2.48").get("/servers/\(id)/diagnostics").expect(403)
  }

  @Test("what hangs below a server and is empty here, and what is gone")
  func small() async throws {
    let cloud = try await cloud()
    let (nova, admin) = (try await cloud.compute(at: "2.90"), try await cloud.compute(as: .admin, at: "2.90"))
    let id = try #require(try await nova.get("/servers?name=web").json["servers"]?.array?.first?["id"]?.text)
    try await nova.get("/servers/\(id)/os-server-password").expect(200, ["password": ""])
    try await nova.delete("/servers/\(id)/os-server-password").expect(204)
    try await nova.get("/servers/\(id)/ips").expect(200, ["addresses": [:]])
    let network = try await nova.get("/servers/\(id)/ips/private").expect(404)
    #expect(network.text.contains("Instance is not a member of specified network"))
    try await nova.get("/servers/\(id)/topology").expect(200, ["nodes": [], "pagesize_kb": nil])
    try await admin.get("/servers/\(id)/migrations").expect(200, ["migrations": []])
    try await nova.get("/servers/\(id)/migrations").expect(403)
    try await admin.get("/servers/\(id)/migrations/1").expect(404)
    let complete = try await admin.post("/servers/\(id)/migrations/1/action", ["force_complete": nil]).expect(409)
    #expect(complete.text.contains("Cannot 'force_complete' instance \(id) while it is in task_state None"))
    try await admin.get("/os-migrations").expect(200, ["migrations": []])
    try await admin.get("/os-migrations?marker=x").expect(
      400, ["badRequest": ["code": 400, "message": "Marker x could not be found."]])
    try await nova.get("/os-migrations").expect(403)
    let message = "This resource is no longer available. No forwarding address is given."
    try await nova.get("/os-cells/1/capacities").expect(
      410, ["computeFault": ["code": 410, "message": .string(message)]])
    try await nova.get("/os-fping").expect(404)
    try await cloud.compute(at: "2.35").get("/os-fping").expect(410)
  }

  @Test("a resize is recorded as a migration until it is confirmed or reverted")
  func moves() async throws {
    let cloud = try await cloud()
    let (nova, admin) = (try await cloud.compute(at: "2.90"), try await cloud.compute(as: .admin, at: "2.90"))
    let id = try #require(try await nova.get("/servers?name=db").json["servers"]?.array?.first?["id"]?.text)
    func moves(_ query: String) async throws -> [JSON] {
      try await admin.get("/os-migrations?\(query)").expect(200).json["migrations"]?.array ?? []
    }
    for (end, status) in [("revertResize", "reverted"), ("confirmResize", "confirmed")] {
      try await nova.post("/servers/\(id)/action", ["resize": ["flavorRef": "2"]]).expect(202)
      try await cloud.settle()
      let begun = try await moves("instance_uuid=\(id)&status=finished").first
      #expect(begun?["migration_type"] == "resize" && begun?["source_compute"] == "pocketstack")
      #expect(begun?["old_instance_type_id"] != begun?["new_instance_type_id"] && begun?["uuid"] != nil)
      let body = JSON.object(JSONObject([(end, .null)]))
      #expect([202, 204].contains(try await nova.post("/servers/\(id)/action", body).status))
      try await cloud.settle()
      #expect(try await moves("status=\(status)&migration_type=resize&host=pocketstack").count == 1)
    }
    #expect(try await moves("limit=1").count == 1)
    #expect(try await moves("user_id=nobody").isEmpty)
    let old = try await cloud.compute(as: .admin, at: "2.22").get("/os-migrations").json["migrations"]?.array
    #expect(old?.count == 2 && old?.first?["uuid"] == JSON?.none && old?.first?["migration_type"] == JSON?.none)
  }
}
