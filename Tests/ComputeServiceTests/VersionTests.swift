import CloudTesting
import OpenStackAPI
import Testing

@Suite("Compute versions")
struct ComputeVersionTests {
  @Test("HEAD is answered where every method is, and nowhere else")
  func head() async throws {
    let nova = try await TestCloud().compute(at: "2.96")
    try await nova.get("/servers").expect(200)
    try await nova.head("/servers").expect(404)
    try await TestCloud().client().head("/compute/").expect(200)
  }

  @Test("a query that is no UTF-8 is refused")
  func undecodable() async throws {
    let nova = try await TestCloud().compute(at: "2.96")
    try await nova.get("/servers?name=%FF").expect(
      400, ["badRequest": ["code": 400, "message": "Query string is not UTF-8 encoded"]])
    try await nova.get("/servers?name=%C3%BC").expect(200)
  }

  @Test("the documents need no token and end with or without a slash", arguments: ["/v2.1", "/v2.1/", "/compute/v2.1"])
  func documents(path: String) async throws {
    let version = try await TestCloud().client().get(path).expect(200).json["version"]
    #expect(version?["version"] == "2.104" && version?["min_version"] == "2.1" && version?["status"] == "CURRENT")
  }

  @Test("a cloud of a release has that release's versions", arguments: [("mitaka", "2.25"), ("train", "2.79")])
  func releases(release: String, newest: String) async throws {
    let cloud = try await TestCloud(#"{"release": "\#(release)"}"#)
    #expect(try await cloud.client().get("/compute/v2.1").json["version"]?["version"] == .string(newest))
    try await cloud.compute(at: "2.104").get("/flavors").expect(
      406,
      [
        "computeFault": [
          "code": 406,
          "message": .string(
            "Version 2.104 is not supported by the API. Minimum is 2.1 and maximum is \(newest)."),
        ]
      ])
  }

  @Test("every answer names its version and request id, refusals too")
  func headers() async throws {
    let nova = try await TestCloud().compute(at: "2.50")
    for path in ["/flavors", "/flavors/none"] {
      let answer = try await nova.get(path)
      #expect(try answer.header("OpenStack-API-Version") == "compute 2.50")
      #expect(try answer.header("X-OpenStack-Nova-API-Version") == "2.50")
      #expect(try answer.header("x-openstack-request-id").hasPrefix("req-"))
      #expect(answer.headers.values("Vary").contains("OpenStack-API-Version"))
    }
  }

  @Test("the older header counts, the newer one wins, and latest is the newest")
  func negotiation() async throws {
    let nova = try await TestCloud().compute()
    let old = ("X-OpenStack-Nova-API-Version", "2.40")
    #expect(try await nova.get("/flavors", headers: [old]).header("X-OpenStack-Nova-API-Version") == "2.40")
    let new = ("OpenStack-API-Version", "volume 3.0, compute latest")
    #expect(try await nova.get("/flavors", headers: [old, new]).header("OpenStack-API-Version") == "compute 2.104")
    let bad = try await nova.get("/flavors", headers: [("OpenStack-API-Version", "compute 2.1a")]).expect(400)
    #expect(bad.text.contains("API Version String 2.1a is of invalid format. Must be of format MajorNum.MinorNum."))
    #expect(bad.headers["OpenStack-API-Version"] == nil)
  }

  @Test("v2 drops what its schemas do not know, and v2.1 refuses it")
  func legacyBodies() async throws {
    let cloud = try await TestCloud()
    let server: JSON = [
      "name": "old", "flavorRef": "1", "imageRef": image, "bogus": 1, "description": "of 2.19", "tags": ["of-2.52"],
      "networks": [], "security_groups": [["name": "default", "bogus": 1]],
    ]
    let body: JSON = ["server": server, "bogus": ["a": 1]]
    try await cloud.compute().post("/servers", body).expect(400)
    let old = try await cloud.client("/compute/v2", as: .demo)
    let id = try await old.post("/servers", body).expect(202).json["server"]?["id"]?.text ?? ""
    try await cloud.settle()
    let shown = try await cloud.compute(at: "2.96").get("/servers/\(id)").json["server"]
    #expect(shown?["tags"] == [] && shown?["description"] == "old")
    try await old.post("/servers", ["server": ["bogus": 1]]).expect(
      400,
      [
        "badRequest": [
          "code": 400, "message": "Invalid input for field/attribute server. Value: {}. 'name' is a required property",
        ]
      ])
    try await old.post("/servers/\(id)/action", ["reboot": ["type": "HARD", "bogus": 1]]).expect(202)
  }

  @Test("v2 is as 2.1 was, whatever version the client asks for, and says none")
  func legacyHeaders() async throws {
    let old = try await TestCloud().client("/compute/v2", as: .demo)
    let answer = try await old.get("/flavors/1", headers: [("OpenStack-API-Version", "compute 2.61")]).expect(200)
    #expect(answer.json["flavor"]?["id"] == "1" && answer.json["flavor"]?["description"] == nil)
    #expect(answer.headers["OpenStack-API-Version"] == nil && answer.headers.values("Vary").isEmpty)
    let extensions = try await old.get("/extensions").json["extensions"]?.array ?? []
    #expect(extensions.count == 100)
    #expect(try await old.get("/extensions/OS-EXT-VIF-NET").json["extension"]?["name"] == "ExtendedVIFNet")
  }

  @Test("a missing token comes before an unknown version and before an unknown path")
  func tokenFirst() async throws {
    let cloud = try await TestCloud()
    let nobody = try await cloud.client("/compute/v2.1")
    let refused = try await nobody.get("/flavors", headers: [("OpenStack-API-Version", "compute 9.9")]).expect(401)
    #expect(try refused.header("WWW-Authenticate").hasPrefix("Keystone uri="))
    try await nobody.get("/nothing").expect(401)
    let html = try await cloud.compute().get("/nothing").expect(404)
    #expect(try html.header("Content-Type").hasPrefix("text/html") && html.headers["OpenStack-API-Version"] == nil)
    try await cloud.compute().put("/flavors", [:]).expect(404)
  }

  @Test("a route outside its versions is not found")
  func outside() async throws {
    let cloud = try await TestCloud()
    try await cloud.compute(at: "2.35").get("/images").expect(200)
    try await cloud.compute(at: "2.36").get("/images").expect(
      404, ["itemNotFound": ["code": 404, "message": "The resource could not be found."]])
  }

  @Test("the project in the path must be the token's")
  func projectInPath() async throws {
    let cloud = try await TestCloud()
    try await cloud.compute().get("/deadbeef/flavors").expect(400)
    let nova = try await cloud.compute(at: "2.1")
    let links = try await nova.get("/flavors/1").json["flavor"]?["links"]?.array
    #expect(links?.first?["href"]?.text?.hasSuffix("/compute/v2.1/flavors/1") == true)
    #expect(links?.last?["href"]?.text?.hasSuffix("/compute/flavors/1") == true)
  }
}
