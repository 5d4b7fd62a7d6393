import CloudTesting
import OpenStackAPI
import Testing

@Suite("Difference of snapshots")
struct DifferenceTests {
  /// `compute/keypair/mine` and so on.
  private static func names(_ rows: JSON?) -> [String] {
    (rows?.array ?? []).map { row in
      ["service", "resource", "name"].map { row[$0]?.text ?? "-" }.joined(separator: "/")
    }
  }

  @Test("what was created, changed and deleted since a snapshot, by service and resource")
  func sinceSnapshot() async throws {
    let cloud = try await TestCloud()
    let (control, compute) = (try await cloud.control(), try await cloud.compute())
    let image = try await cloud.upload("these bytes")
    try await compute.post("/os-keypairs", ["keypair": ["name": "old"]]).expect(200)
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let equal = try await control.get("/snapshots/base/difference").expect(200).json["difference"]
    #expect(equal?["equal"] == true && equal?["to"] == ["world": "default"])

    try await compute.delete("/os-keypairs/old").expect(202)
    try await compute.post("/os-keypairs", ["keypair": ["name": "new"]]).expect(200)
    let patch: JSON = [
      ["op": "replace", "path": "/name", "value": "other"], ["op": "add", "path": "/colour", "value": "red"],
    ]
    try await cloud.image().send(
      "PATCH", "/images/\(image)", body: Array(patch.jsonText.utf8),
      headers: [("Content-Type", "application/openstack-images-v2.1-json-patch")]
    ).expect(200)
    let found = try await control.get("/snapshots/base/difference").expect(200).json["difference"]
    #expect(found?["equal"] == false)
    #expect(Self.names(found?["created"]) == ["compute/keypair/new"])
    #expect(Self.names(found?["deleted"]) == ["compute/keypair/old"])
    #expect(Self.names(found?["changed"]) == ["image/image/other"])
    let changed = found?["changed"]?.array?.first
    #expect(changed?["id"] == .string(image))
    #expect(changed?["fields"]?["name"] == ["from": "i", "to": "other"])
    #expect(changed?["fields"]?["properties"] == ["from": [], "to": ["colour=red"]])
    #expect(changed?["fields"]?.object?.keys.contains("blob") == false)
    await cloud.close()
  }

  @Test("two snapshots, either way round, and one with itself", arguments: [true, false])
  func betweenSnapshots(inMemory: Bool) async throws {
    let scratch = try ScratchDirectory()
    let cloud = try await TestCloud(data: inMemory ? nil : scratch.path)
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "first"]]).expect(201)
    let role: JSON = ["role": ["name": "cook"]]
    try await cloud.identity(as: .admin).post("/roles", role).expect(201)
    try await control.post("/snapshots", ["snapshot": ["name": "second"]]).expect(201)
    func names(_ path: String, _ part: String) async throws -> [String] {
      Self.names(try await control.get("/snapshots/\(path)").expect(200).json["difference"]?[part])
    }
    #expect(try await names("first/difference?with=second", "created") == ["identity/role/cook"])
    #expect(try await names("second/difference?with=first", "deleted") == ["identity/role/cook"])
    let same = try await control.get("/snapshots/second/difference?with=second").expect(200).json["difference"]
    #expect(same?["equal"] == true)
    #expect(try await names("second/difference", "created") == [])
    await cloud.close()
  }

  @Test("secrets are not shown, and logins are no difference")
  func secrets() async throws {
    let cloud = try await TestCloud()
    let (control, identity) = (try await cloud.control(), try await cloud.identity(as: .admin))
    let user: JSON = ["user": ["name": "ada", "password": "first-password"]]
    let id = try await identity.post("/users", user).expect(201).json["user"]?["id"]?.text ?? ""
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    await cloud.forgetTokens()
    _ = try await cloud.identity(as: .demo)
    let equal = try await control.get("/snapshots/base/difference").expect(200).json["difference"]
    #expect(equal?["equal"] == true, "\(equal?.jsonText ?? "")")
    try await identity.patch("/users/\(id)", ["user": ["password": "other-password"]]).expect(200)
    let changed = try await control.get("/snapshots/base/difference").json["difference"]?["changed"]?.array?.first
    #expect(changed?["name"] == "ada")
    #expect(changed?["fields"] == ["password": ["from": "***", "to": "***"]])
    await cloud.close()
  }

  @Test("a server that is deleted is gone, whatever rows are kept of it")
  func deletedServer() async throws {
    let cloud = try await TestCloud()
    let (control, compute) = (try await cloud.control(), try await cloud.compute())
    let id = try await cloud.boot("web")
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    try await compute.put("/servers/\(id)", ["server": ["name": "db"]]).expect(200)
    let changed = try await control.get("/snapshots/base/difference").json["difference"]?["changed"]?.array?.first
    #expect(changed?["fields"]?["name"] == ["from": "web", "to": "db"])
    try await compute.delete("/servers/\(id)").expect(204)
    let deleted = try await control.get("/snapshots/base/difference").json["difference"]?["deleted"]
    #expect(Self.names(deleted) == ["compute/server/web"])
    await cloud.close()
  }

  @Test("what is not there is refused, with the nearest name")
  func refusals() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let missing = try await control.get("/snapshots/bsae/difference").expect(404)
    #expect(missing.json["error"]?["message"] == "There is no snapshot bsae; did you mean base?")
    let other = try await control.get("/snapshots/base/difference?with=bas").expect(404)
    #expect(other.json["error"]?["message"] == "There is no snapshot bas; did you mean base?")
    let odd = try await control.get("/snapshots/base/difference?with=..").expect(400)
    #expect(odd.text.contains("with"))
    try await control.get("/snapshots/base/difference?than=base").expect(400)
    await cloud.close()
  }
}
