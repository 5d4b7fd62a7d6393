import CloudTesting
import OpenStackAPI
import Testing

@Suite("Flavors")
struct FlavorTests {
  @Test("a new cloud has DevStack's flavors and the tutorial's, in the order of their ids")
  func seeded() async throws {
    let nova = try await TestCloud().compute()
    let flavors = try await nova.get("/flavors").expect(200).json["flavors"]?.array ?? []
    let ids = flavors.compactMap { $0["id"]?.text }
    #expect(ids == ids.sorted() && ids.contains("16") && ids.contains("42"))
  }

  @Test(
    "a flavor shows what its version knows",
    arguments: [
      ("2.1", ["OS-FLV-DISABLED:disabled", "rxtx_factor"], ["description", "extra_specs"]),
      ("2.55", ["description"], ["extra_specs"]), ("2.61", ["extra_specs", "rxtx_factor"], []),
      ("2.102", ["extra_specs"], ["OS-FLV-DISABLED:disabled", "rxtx_factor"]),
    ])
  func fields(version: String, present: [String], absent: [String]) async throws {
    let nova = try await TestCloud().compute(at: version)
    let flavor = try await nova.get("/flavors/16").expect(200).json["flavor"]
    for name in present { #expect(flavor?[name] != nil, "\(name) at \(version)") }
    for name in absent { #expect(flavor?[name] == nil, "\(name) at \(version)") }
  }

  @Test("no swap is an empty text until 2.74 and a number from 2.75")
  func swap() async throws {
    let cloud = try await TestCloud()
    #expect(try await cloud.compute(at: "2.74").get("/flavors/1").json["flavor"]?["swap"] == "")
    #expect(try await cloud.compute(at: "2.75").get("/flavors/1").json["flavor"]?["swap"] == 0)
  }

  @Test("administrators create and delete flavors, others may not")
  func manage() async throws {
    let cloud = try await TestCloud()
    let wanted: JSON = ["flavor": ["name": "f", "ram": "64", "vcpus": 1, "disk": 0, "id": "f1"]]
    try await cloud.compute(at: "2.104").post("/flavors", wanted).expect(
      403,
      [
        "forbidden": [
          "code": 403, "message": "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed.",
        ]
      ])
    let nova = try await cloud.compute(as: .admin, at: "2.104")
    let made = try await nova.post("/flavors", wanted).expect(200).json["flavor"]
    #expect(made?["ram"] == 64 && made?["id"] == "f1")
    try await nova.post("/flavors", wanted).expect(
      409, ["conflictingRequest": ["code": 409, "message": "Flavor with name f already exists."]])
    try await nova.delete("/flavors/f1").expect(202)
    try await nova.get("/flavors/f1").expect(
      404, ["itemNotFound": ["code": 404, "message": "Flavor f1 could not be found."]])
  }

  @Test("a private flavor is seen by those who were given it")
  func access() async throws {
    let cloud = try await TestCloud()
    let (admin, demo) = (try await cloud.compute(as: .admin), try await cloud.compute())
    let project = try await demo.get("/servers").expect(200)
    #expect(project.json["servers"] == [])
    try await admin.post(
      "/flavors",
      ["flavor": ["name": "p", "ram": 64, "vcpus": 1, "disk": 0, "id": "p1", "os-flavor-access:is_public": false]]
    ).expect(200)
    try await demo.get("/flavors/p1").expect(404)
    let token = try await cloud.identity().get("/auth/tokens", headers: [("X-Subject-Token", cloud.token(of: .demo))])
    let id = try #require(token.json["token"]?["project"]?["id"]?.text)
    try await admin.post("/flavors/p1/action", ["addTenantAccess": ["tenant": .string(id)]]).expect(
      200, ["flavor_access": [["flavor_id": "p1", "tenant_id": .string(id)]]])
    try await demo.get("/flavors/p1").expect(200)
    try await admin.post("/flavors/p1/action", ["addTenantAccess": ["tenant": "nobody"]]).expect(
      400, ["badRequest": ["code": 400, "message": "Project ID nobody is not a valid project."]])
    try await admin.post("/flavors/p1/action", ["removeTenantAccess": ["tenant": .string(id)]]).expect(
      200, ["flavor_access": []])
    try await demo.get("/flavors/p1").expect(404)
  }

  @Test("extra specs are kept, checked since 2.86, and removed")
  func extraSpecs() async throws {
    let nova = try await TestCloud().compute(as: .admin, at: "2.86")
    try await nova.post(
      "/flavors/1/os-extra_specs", ["extra_specs": ["hw:cpu_policy": "dedicated", "my:key": 3]]
    ).expect(200, ["extra_specs": ["hw:cpu_policy": "dedicated", "my:key": "3"]])
    try await nova.post("/flavors/1/os-extra_specs", ["extra_specs": ["hw:cpu_policy": "zzz"]]).expect(
      400,
      ["badRequest": ["code": 400, "message": "Validation failed; 'zzz' is not one of: dedicated, shared, mixed."]])
    try await nova.put("/flavors/1/os-extra_specs/my:key", ["my:other": "v"]).expect(
      400, ["badRequest": ["code": 400, "message": "Request body and URI mismatch"]])
    try await nova.delete("/flavors/1/os-extra_specs/my:key").expect(200)
    try await nova.get("/flavors/1/os-extra_specs").expect(200, ["extra_specs": ["hw:cpu_policy": "dedicated"]])
    try await nova.get("/flavors/1/os-extra_specs/my:key").expect(404)
  }

  @Test("an answer that was kept is made anew when a flavor changes")
  func keptAnswers() async throws {
    let cloud = try await TestCloud()
    let (admin, demo) = (try await cloud.compute(as: .admin, at: "2.61"), try await cloud.compute(at: "2.61"))
    let before = try await demo.get("/flavors/detail").text
    #expect(try await demo.get("/flavors/detail").text == before)
    try await admin.post("/flavors/1/os-extra_specs", ["extra_specs": ["a:b": "c"]]).expect(200)
    #expect(try await demo.get("/flavors/detail").text.contains(#""a:b":"c""#))
  }

  @Test("pages are linked and the last full page still names a next one")
  func pages() async throws {
    let nova = try await TestCloud().compute()
    var (path, ids): (String, [String]) = ("/flavors?limit=4&sort_key=name", [])
    while true {
      let page = try await nova.get(path).expect(200).json
      ids += page["flavors"]?.array?.compactMap { $0["id"]?.text } ?? []
      guard let next = page["flavors_links"]?.array?.first?["href"]?.text else { break }
      path = "/flavors?" + (next.split(separator: "?").last ?? "")
    }
    #expect(ids.count == 13 && Set(ids).count == 13)
  }

  @Test(
    "of no disk boot no images since Stein, but for administrators and whom a policy lets",
    arguments: [
      (#"{"release": "rocky"}"#, 202), (#"{"release": "stein"}"#, 403), ("{}", 403),
      (#"{"policy": {"os_compute_api:servers:create:zero_disk_flavor": ""}}"#, 202),
    ])
  func zeroDisk(_ configuration: String, _ status: Int) async throws {
    let cloud = try await TestCloud(configuration)
    let flavor: JSON = ["flavor": ["name": "z", "ram": 512, "vcpus": 1, "disk": 0, "id": "z"]]
    try await cloud.compute(as: .admin).post("/flavors", flavor).expect(200)
    let image = try await cloud.image().get("/images?limit=1").expect(200).json["images"]?.array?.first?["id"] ?? .null
    let server: JSON = ["server": ["name": "s", "flavorRef": "z", "imageRef": image]]
    let answer = try await cloud.compute().post("/servers", server).expect(status)
    if status == 403 {
      #expect(
        answer.json["forbidden"]?["message"] == "Only volume-backed servers are allowed for flavors with zero disk.")
    }
    try await cloud.compute(as: .admin).post("/servers", server).expect(202)
  }
}
