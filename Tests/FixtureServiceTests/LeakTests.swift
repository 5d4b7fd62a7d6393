import CloudTesting
import OpenStackAPI
import Testing

@Suite("Leaks")
struct LeakTests {
  @Test("what was made since a mark and is still there, though the clock stands")
  func leaks() async throws {
    let cloud = try await TestCloud()
    let (control, compute) = (try await cloud.control(), try await cloud.compute())
    try await compute.post("/os-keypairs", ["keypair": ["name": "old"]]).expect(200)
    let mark = try await control.post("/marks", ["mark": ["name": "base"]]).expect(201).json["mark"]
    #expect(mark?["name"] == "base")
    #expect(try await cloud.leaks() == [])

    let made = try await compute.post("/os-keypairs", ["keypair": ["name": "new"]]).expect(200)
    let server = try await cloud.boot("web")
    let gone = try await cloud.boot("gone")
    let image = try await cloud.upload("these bytes")
    try await compute.delete("/servers/\(gone)").expect(204)
    let found = try await control.get("/leaks?mark=base").expect(200).json["leaks"]?.array ?? []
    #expect(found.map { $0["resource"]?.text } == ["image", "server", "keypair"])
    #expect(found.map { $0["id"]?.text } == [image, server, "new"])
    #expect(found.last?["request_id"]?.text == (try made.header("x-openstack-request-id")))
    #expect(found.allSatisfy { $0["request_id"]?.text?.hasPrefix("req-") == true })
    #expect(found[0]["project"] == found[1]["project"] && found[0]["project"]?.text?.isEmpty == false)

    try await compute.delete("/servers/\(server)").expect(204)
    try await compute.delete("/os-keypairs/new").expect(202)
    try await cloud.image().delete("/images/\(image)").expect(204)
    #expect(try await cloud.leaks() == [])
    await cloud.close()
  }

  @Test("what is made anew under the same name was made since")
  func anew() async throws {
    let cloud = try await TestCloud()
    let (control, compute) = (try await cloud.control(), try await cloud.compute())
    try await compute.post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    let beginning = JSON.string(TestCloud.beginning.text(.microsecondsZ))
    try await control.post("/marks", ["mark": [:]]).expect(201, ["mark": ["name": "mark-1", "created_at": beginning]])
    try await compute.delete("/os-keypairs/mine").expect(202)
    try await compute.post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    #expect(try await cloud.leaks() == ["compute/keypair/mine"])
    try await control.post("/marks", ["mark": [:]]).expect(201)
    #expect(try await cloud.leaks() == [])
    #expect(try await cloud.leaks("?mark=mark-1") == ["compute/keypair/mine"])
    await cloud.close()
  }

  @Test("connections between resources count, with the request that made them")
  func relations() async throws {
    let cloud = try await TestCloud()
    let (control, identity) = (try await cloud.control(), try await cloud.identity(as: .admin))
    let project = try await cloud.identity().get("/auth/projects").json["projects"]?.array?.first?["id"]?.text ?? ""
    let user = try await identity.get("/users?name=admin").json["users"]?.array?.first?["id"]?.text ?? ""
    let role = try await identity.get("/roles?name=reader").json["roles"]?.array?.first?["id"]?.text ?? ""
    try await control.post("/marks", ["mark": [:]]).expect(201)
    let granted = try await identity.send("PUT", "/projects/\(project)/users/\(user)/roles/\(role)").expect(204)
    let leak = try await control.get("/leaks").expect(200).json["leaks"]?.array?.first
    #expect(leak?["resource"] == "role_assignment" && leak?["name"] == "reader")
    #expect(leak?["request_id"]?.text == (try granted.header("x-openstack-request-id")))
    await cloud.close()
  }

  @Test("records that nobody can end are no leaks")
  func records() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/marks", ["mark": [:]]).expect(201)
    let classes: JSON = ["quota_class_set": ["cores": 7]]
    try await cloud.compute(as: .admin).put("/os-quota-class-sets/default", classes).expect(200)
    #expect(try await cloud.leaks() == [])
    await cloud.close()
  }

  @Test("marks belong to their world, and end with what it was")
  func worlds() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/worlds", ["world": ["name": "red"]]).expect(201)
    let red = try await cloud.control(world: "red")
    try await red.post("/marks", ["mark": ["name": "base"]]).expect(201)
    #expect(try await control.get("/marks").expect(200).json["marks"] == [])
    #expect(try await red.get("/marks").expect(200).json["marks"]?.array?.count == 1)
    try await cloud.compute(world: "red").post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    #expect(try await cloud.leaks(world: "red") == ["compute/keypair/mine"])
    try await control.post("/worlds/red/reset", [:]).expect(200)
    try await red.get("/leaks").expect(404)
    await cloud.close()
  }

  @Test("what makes no sense is refused")
  func refusals() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    let none = try await control.get("/leaks").expect(404)
    #expect(none.json["error"]?["message"] == "There is no mark in this world yet.")
    try await control.post("/marks", ["mark": ["name": "base"]]).expect(201)
    try await control.post("/marks", ["mark": ["name": "base"]]).expect(409)
    let odd = try await control.post("/marks", ["mark": ["name": "../x"]]).expect(400)
    #expect(odd.text.contains("name"))
    try await control.post("/marks", ["mark": ["title": "x"]]).expect(400)
    let missing = try await control.get("/leaks?mark=bse").expect(404)
    #expect(missing.json["error"]?["message"] == "There is no mark bse; did you mean base?")
    try await control.get("/leaks?marks=base").expect(400)
    try await control.delete("/marks/bse").expect(404)
    try await control.delete("/marks/base").expect(204)
    try await control.get("/marks/base").expect(404)
    await cloud.close()
  }
}
