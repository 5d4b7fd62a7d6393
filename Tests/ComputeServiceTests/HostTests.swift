import CloudTesting
import OpenStackAPI
import Testing

@Suite("Hosts: services, zones, aggregates, hypervisors")
struct HostTests {
  private func boot(_ cloud: TestCloud) async throws -> String {
    let server: JSON = ["name": "vm", "flavorRef": "1", "imageRef": image, "networks": "none"]
    let answer = try await cloud.compute(at: "2.96").post("/servers", ["server": server]).expect(202)
    try await cloud.settle()
    return try #require(answer.json["server"]?["id"]?.text)
  }

  @Test("three services, numbered until 2.52 and with UUIDs from 2.53")
  func services() async throws {
    let cloud = try await TestCloud()
    let old = try await cloud.compute(as: .admin).get("/os-services").expect(200).json["services"]?.array ?? []
    #expect(old.compactMap { $0["binary"]?.text } == ["nova-conductor", "nova-scheduler", "nova-compute"])
    #expect(old.last?["id"] == 3 && old.last?["forced_down"] == JSON?.none && old.last?["zone"] == "nova")
    #expect(old.first?["zone"] == "internal" && old.first?["updated_at"] == "2026-01-01T00:00:00.000000")
    let admin = try await cloud.compute(as: .admin, at: "2.53")
    let new = try await admin.get("/os-services?binary=nova-compute&host=pocketstack").json["services"]?.array ?? []
    #expect(new.count == 1 && new.first?["id"]?.text?.count == 36 && new.first?["forced_down"] == false)
    try await cloud.compute().get("/os-services").expect(403)
  }

  @Test("the compute service is disabled and forced down, by verb and by UUID")
  func changes() async throws {
    let cloud = try await TestCloud()
    let (old, new) = (try await cloud.compute(as: .admin, at: "2.11"), try await cloud.compute(as: .admin, at: "2.53"))
    let service: JSON = ["host": "pocketstack", "binary": "nova-compute"]
    try await old.put("/os-services/disable", service).expect(
      200, ["service": ["host": "pocketstack", "binary": "nova-compute", "status": "disabled"]])
    let zones = try await old.get("/os-availability-zone").json["availabilityZoneInfo"]?.array
    #expect(zones?.first?["zoneState"] == ["available": false])
    try await old.put("/os-services/disable-log-reason", service).expect(
      400, ["badRequest": ["code": 400, "message": "Missing disabled reason field"]])
    try await old.put("/os-services/bogus", service).expect(404)
    let foreign: JSON = ["host": "other", "binary": "nova-compute"]
    try await old.put("/os-services/enable", foreign).expect(404)
    let wrong = try await old.put("/os-services/enable", ["host": "pocketstack", "binary": "nova-scheduler"])
    #expect(wrong.status == 400 && wrong.text.contains("Only nova-compute services can be updated."))
    let found = try await new.get("/os-services?binary=nova-compute").json["services"]?.array?.first
    let path = "/os-services/\(found?["id"]?.text ?? "")"
    try await new.put(path, ["status": "enabled", "disabled_reason": "x"]).expect(400)
    try await new.put(path, [:]).expect(400)
    let changed = try await new.put(path, ["status": "disabled", "disabled_reason": "x", "forced_down": true])
    let shown = try changed.expect(200).json["service"]
    #expect(shown?["status"] == "disabled" && shown?["disabled_reason"] == "x" && shown?["state"] == "down")
    try await new.put("/os-services/zz", ["status": "enabled"]).expect(
      400, ["badRequest": ["code": 400, "message": "Invalid uuid zz"]])
    try await new.delete(path).expect(204)
    #expect(
      try await new.get("/os-services?binary=nova-compute").json["services"]?.array?.first?["status"] == "enabled")
    _ = try await boot(cloud)
    try await new.delete(path).expect(409)
  }

  @Test("administrators read from servers what became of their host")
  func hostStatus() async throws {
    let cloud = try await TestCloud()
    let server = "/servers/" + (try await boot(cloud))
    let admin = try await cloud.compute(as: .admin, at: "2.16")
    let service: JSON = ["host": "pocketstack", "binary": "nova-compute"]
    let forced: JSON = ["host": "pocketstack", "binary": "nova-compute", "forced_down": true]
    #expect(try await admin.get(server).json["server"]?["host_status"] == "UP")
    try await admin.put("/os-services/disable", service).expect(200)
    #expect(try await admin.get(server).json["server"]?["host_status"] == "MAINTENANCE")
    try await admin.put("/os-services/force-down", forced).expect(200)
    let listed = try await admin.get("/servers/detail?all_tenants=1").json["servers"]?.array?.first
    #expect(listed?["host_status"] == "DOWN")
    let own = try await cloud.compute(at: "2.16").get(server).json["server"]
    #expect(own?["id"] != nil && own?["host_status"] == nil)
  }

  @Test("zones are listed for all, with hosts for administrators")
  func zones() async throws {
    let cloud = try await TestCloud()
    try await cloud.compute().get("/os-availability-zone").expect(
      200, ["availabilityZoneInfo": [["zoneName": "nova", "zoneState": ["available": true], "hosts": nil]]])
    try await cloud.compute().get("/os-availability-zone/detail").expect(403)
    let detail = try await cloud.compute(as: .admin).get("/os-availability-zone/detail").expect(200)
    let zones = detail.json["availabilityZoneInfo"]?.array ?? []
    #expect(zones.compactMap { $0["zoneName"]?.text } == ["internal", "nova"])
    #expect(
      zones.last?["hosts"]?["pocketstack"]?["nova-compute"]
        == ["available": true, "active": true, "updated_at": "2026-01-01T00:00:00.000000"])
  }

  @Test("an aggregate gives its host a zone, and servers go there")
  func aggregates() async throws {
    let cloud = try await TestCloud()
    let admin = try await cloud.compute(as: .admin, at: "2.96")
    let body: JSON = ["aggregate": ["name": "pagg", "availability_zone": "paz"]]
    let made = try await admin.post("/os-aggregates", body).expect(200).json["aggregate"]
    #expect(made?["id"] == 1 && made?["availability_zone"] == "paz" && made?["hosts"] == JSON?.none)
    #expect(made?["updated_at"] == .null && made?["deleted"] == false && made?["uuid"] != nil)
    try await admin.post("/os-aggregates", body).expect(
      409, ["conflictingRequest": ["code": 409, "message": "Aggregate pagg already exists."]])
    let action = "/os-aggregates/1/action"
    try await admin.post(action, ["add_host": ["host": "nohost"]]).expect(
      404, ["itemNotFound": ["code": 404, "message": "Compute host nohost could not be found."]])
    let added = try await admin.post(action, ["add_host": ["host": "pocketstack"]]).expect(200).json["aggregate"]
    #expect(added?["hosts"] == ["pocketstack"])
    try await admin.post(action, ["add_host": ["host": "pocketstack"]]).expect(
      409, ["conflictingRequest": ["code": 409, "message": "Aggregate 1 already has host pocketstack."]])
    #expect(
      try await admin.get("/os-availability-zone").json["availabilityZoneInfo"]?.array?.first?["zoneName"] == "paz")
    let id = try await boot(cloud)
    #expect(try await admin.get("/servers/\(id)").json["server"]?["OS-EXT-AZ:availability_zone"] == "paz")
    let moved = try await admin.put("/os-aggregates/1", ["aggregate": ["availability_zone": "other"]]).expect(400)
    #expect(
      moved.text.contains("Cannot update aggregate 1. Reason: One or more hosts contain instances in this zone."))
    try await admin.delete("/os-aggregates/1").expect(
      400,
      [
        "badRequest": [
          "code": 400, "message": "Cannot remove host from aggregate 1. Reason: Host aggregate is not empty.",
        ]
      ])
    try await cloud.compute().get("/os-aggregates").expect(403)
  }

  @Test("metadata is set and taken away, but for the zone")
  func metadata() async throws {
    let cloud = try await TestCloud()
    let admin = try await cloud.compute(as: .admin)
    try await admin.post("/os-aggregates", ["aggregate": ["name": "pagg", "availability_zone": "paz"]]).expect(200)
    let action = "/os-aggregates/1/action"
    let set = try await admin.post(action, ["set_metadata": ["metadata": ["a": "1", "b": "2"]]]).expect(200)
    #expect(set.json["aggregate"]?["metadata"] == ["availability_zone": "paz", "a": "1", "b": "2"])
    #expect(set.json["aggregate"]?["uuid"] == JSON?.none)
    let cut = try await admin.post(action, ["set_metadata": ["metadata": ["a": nil]]]).expect(200)
    #expect(cut.json["aggregate"]?["metadata"] == ["availability_zone": "paz", "b": "2"])
    try await admin.post(action, ["set_metadata": ["metadata": ["k": "v", "availability_zone": nil]]]).expect(
      400,
      [
        "badRequest": [
          "code": 400,
          "message":
            "Cannot update metadata of aggregate 1. Reason: Aggregate pagg does not support empty named availability zone.",
        ]
      ])
    try await admin.post(action, ["remove_host": ["host": "nohost"]]).expect(
      404, ["itemNotFound": ["code": 404, "message": "Cannot remove host nohost in aggregate 1"]])
    try await admin.get("/os-aggregates/zz").expect(
      400, ["badRequest": ["code": 400, "message": "Invalid input received: id must be an integer"]])
    try await admin.delete("/os-aggregates/1").expect(200)
    try await admin.get("/os-aggregates/1").expect(404)
  }

  @Test("the hypervisor shows what it has until 2.87, and its uptime from 2.88")
  func hypervisors() async throws {
    let cloud = try await TestCloud()
    let id = try await boot(cloud)
    let old = try await cloud.compute(as: .admin, at: "2.27")
    let first = try await old.get("/os-hypervisors/detail").expect(200).json["hypervisors"]?.array?.first
    #expect(first?["id"] == 1 && first?["cpu_info"]?.text != nil && first?["running_vms"] == 1)
    #expect(first?["memory_mb_used"] == 1024 && first?["service"]?["id"] == 3)
    #expect(try await old.get("/os-hypervisors/1/uptime").expect(200).json["hypervisor"]?["uptime"]?.text != nil)
    let found = try await old.get("/os-hypervisors/pocket/servers").expect(200).json["hypervisors"]?.array?.first
    #expect(found?["servers"]?.array?.first?["uuid"] == .string(id))
    try await old.get("/os-hypervisors/zz/search").expect(
      404, ["itemNotFound": ["code": 404, "message": "No hypervisor matching 'zz' could be found."]])
    #expect(
      try await old.get("/os-hypervisors/statistics").expect(200).json["hypervisor_statistics"]?["vcpus_used"] == 1)
    let new = try await cloud.compute(as: .admin, at: "2.88")
    let listed = try await new.get("/os-hypervisors?limit=1").expect(200).json
    let uuid = try #require(listed["hypervisors"]?.array?.first?["id"]?.text)
    #expect(listed["hypervisors_links"]?.array?.first?["href"]?.text?.contains("marker=\(uuid)") == true)
    let shown = try await new.get("/os-hypervisors/\(uuid)?with_servers=true").expect(200).json["hypervisor"]
    #expect(shown?["vcpus"] == JSON?.none && shown?["uptime"]?.text != nil)
    #expect(shown?["servers"]?.array?.count == 1)
    try await new.get("/os-hypervisors/statistics").expect(404)
    try await new.get("/os-hypervisors/1").expect(400, ["badRequest": ["code": 400, "message": "Invalid uuid 1"]])
    try await new.get("/os-hypervisors?hypervisor_hostname_pattern=p&limit=1").expect(400)
    try await new.get("/os-hypervisors?zz=1").expect(400)
    #expect(try await new.get("/os-hypervisors?marker=\(uuid)").json["hypervisors"] == [])
  }

  @Test("hosts are listed until 2.42, and cannot be switched")
  func hosts() async throws {
    let cloud = try await TestCloud()
    _ = try await boot(cloud)
    let admin = try await cloud.compute(as: .admin, at: "2.42")
    let hosts = try await admin.get("/os-hosts?zone=nova").expect(200).json["hosts"]
    #expect(hosts == [["host_name": "pocketstack", "service": "compute", "zone": "nova"]])
    let resources = try await admin.get("/os-hosts/pocketstack").expect(200).json["host"]?.array ?? []
    #expect(resources.count == 4 && resources.last?["resource"]?["memory_mb"] == 512)
    try await admin.get("/os-hosts/other").expect(404)
    try await admin.put("/os-hosts/pocketstack", [:]).expect(400)
    try await admin.get("/os-hosts/pocketstack/reboot").expect(
      501, ["notImplemented": ["code": 501, "message": "The requested functionality is not supported."]])
    try await cloud.compute(as: .admin, at: "2.43").get("/os-hosts").expect(404)
  }

  @Test("the audit log covers the month before")
  func audit() async throws {
    let admin = try await TestCloud().compute(as: .admin)
    let now = try await admin.get("/os-instance_usage_audit_log").expect(200).json["instance_usage_audit_logs"]
    #expect(now?["period_beginning"] == "2025-12-01 00:00:00" && now?["period_ending"] == "2026-01-01 00:00:00")
    let then = try await admin.get("/os-instance_usage_audit_log/2020-06-15%2000:00:00").expect(200)
    #expect(then.json["instance_usage_audit_log"]?["period_beginning"] == "2020-05-01 00:00:00")
    try await admin.get("/os-instance_usage_audit_log/zz").expect(
      400, ["badRequest": ["code": 400, "message": "Invalid timestamp for date zz"]])
  }

  @Test("compute hosts live in cells, where the audit log does not look, since Pike", arguments: ["ocata", "pike"])
  func auditOfCells(release: String) async throws {
    let admin = try await TestCloud(#"{"release": "\#(release)"}"#).compute(as: .admin)
    let log = try await admin.get("/os-instance_usage_audit_log").expect(200).json["instance_usage_audit_logs"]
    let isOld = release == "ocata"
    #expect(log?["num_hosts"] == (isOld ? 1 : 0) && log?["num_hosts_not_run"] == (isOld ? 1 : 0))
    #expect(log?["hosts_not_run"] == (isOld ? ["pocketstack"] : []))
    #expect(log?["overall_status"] == (isOld ? "0 of 1 hosts done. 0 errors." : "ALL hosts done. 0 errors."))
  }

  @Test("an aggregate's own time moves with its name alone")
  func timesOfAggregates() async throws {
    let cloud = try await TestCloud()
    let admin = try await cloud.compute(as: .admin)
    try await admin.post("/os-aggregates", ["aggregate": ["name": "a"]]).expect(200)
    func shown() async throws -> JSON? { try await admin.get("/os-aggregates/1").json["aggregate"]?["updated_at"] }
    let action = "/os-aggregates/1/action"
    let changes: [JSON] = [
      ["add_host": ["host": "pocketstack"]], ["remove_host": ["host": "pocketstack"]],
      ["set_metadata": ["metadata": ["rack": "7"]]],
    ]
    for change in changes {
      try await cloud.advance(.seconds(1))
      try await admin.post(action, change).expect(200)
      #expect(try await shown() == .null)
    }
    // Whoever changes the metadata or the zone reads the time of the change, once.
    try await cloud.advance(.seconds(1))
    let set = try await admin.put("/os-aggregates/1", ["aggregate": ["availability_zone": "z"]]).expect(200)
    #expect(set.json["aggregate"]?["updated_at"] != .null)
    try await admin.put("/os-aggregates/1", ["aggregate": ["name": "a"]]).expect(200)
    #expect(try await shown() == .null)
    let renamed = try await admin.put("/os-aggregates/1", ["aggregate": ["name": "b"]]).expect(200)
    #expect(try await shown() == renamed.json["aggregate"]?["updated_at"])
    #expect(try await shown() != .null)
  }

  @Test("a server that no host takes ends in ERROR")
  func scheduling() async throws {
    let cloud = try await TestCloud()
    let (nova, admin) = (try await cloud.compute(at: "2.64"), try await cloud.compute(as: .admin, at: "2.11"))
    let body: JSON = ["server_group": ["name": "g", "policy": "anti-affinity"]]
    let group = try await nova.post("/os-server-groups", body).expect(200).json["server_group"]?["id"] ?? .null
    let server: JSON = ["name": "vm", "flavorRef": "42", "imageRef": image, "networks": "none"]
    var states: [String?] = []
    for _ in 1...2 {
      let answer = try await nova.post("/servers", ["server": server, "os:scheduler_hints": ["group": group]])
      let id = try #require(answer.expect(202).json["server"]?["id"]?.text)
      try await cloud.settle()
      let shown = try await nova.get("/servers/\(id)").json["server"]
      states.append(shown?["status"]?.text)
      if shown?["status"] == "ERROR" {
        #expect(shown?["fault"]?["message"]?.text?.hasPrefix("No valid host was found.") == true)
        #expect(shown?["hostId"] == "" && shown?["OS-EXT-STS:power_state"] == 0)
      }
    }
    #expect(states == ["ACTIVE", "ERROR"])
    try await admin.put("/os-services/disable", ["host": "pocketstack", "binary": "nova-compute"]).expect(200)
    let id = try await boot(cloud)
    #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ERROR")
  }

  @Test("events from other services are answered one by one")
  func events() async throws {
    let cloud = try await TestCloud()
    let id = JSON.string(try await boot(cloud))
    let admin = try await cloud.compute(as: .admin, at: "2.76")
    let changed: JSON = ["name": "network-changed", "server_uuid": id]
    try await admin.post("/os-server-external-events", ["events": [changed]]).expect(
      200,
      ["events": [["name": "network-changed", "server_uuid": id, "status": "completed", "code": 200]]])
    let unknown: JSON = ["name": "power-update", "server_uuid": "00000000-0000-0000-0000-000000000000"]
    let untagged: JSON = ["name": "power-update", "server_uuid": id]
    let mixed = try await admin.post("/os-server-external-events", ["events": [changed, unknown, untagged]])
    let codes = try mixed.expect(207).json["events"]?.array?.compactMap { $0["code"]?.integer }
    #expect(codes == [200, 404, 400])
    try await cloud.compute(as: .admin).post("/os-server-external-events", ["events": [untagged]]).expect(400)
    try await cloud.compute().post("/os-server-external-events", ["events": [changed]]).expect(403)
  }
}
