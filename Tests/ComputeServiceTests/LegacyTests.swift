import CloudTesting
import OpenStackAPI
import Testing

/// `/v2`: the API of before microversions, which takes what `/v2.1` refuses.
@Suite("Legacy v2")
struct LegacyTests {
  private static let server: JSON = [
    "name": "  padded  ", "flavorRef": "16", "imageRef": "185e1975-c9c5-4358-909e-5e329808902e", "unheard_of": 1,
  ]

  @Test("drops unknown members and the blanks around names, where v2.1 refuses both")
  func lenient() async throws {
    let cloud = try await TestCloud()
    let (old, new) = (try await cloud.client("/compute/v2", as: .demo), try await cloud.compute())
    let id = try #require(
      try await old.post("/servers", ["server": Self.server]).expect(202).json["server"]?["id"]?.text)
    #expect(try await old.get("/servers/\(id)").json["server"]?["name"] == "padded")
    let refusal = try await new.post("/servers", ["server": Self.server]).expect(400)
    #expect(refusal.text.contains("Can not start or end with whitespace."))
    try await old.put("/servers/\(id)", ["server": ["name": " again "]]).expect(200)
    #expect(try await old.get("/servers/\(id)").json["server"]?["name"] == "again")
    try await old.post("/os-keypairs", ["keypair": ["name": " k "]]).expect(200)
    try await old.get("/os-keypairs/k").expect(200)
    #expect(try await old.put("/servers/\(id)", ["server": ["name": "   "]]).expect(400).text.contains("name"))
  }

  @Test("names of aggregates, zones and flavors, too")
  func administrators() async throws {
    let old = try await TestCloud().client("/compute/v2", as: .admin)
    let aggregate: JSON = ["name": " a ", "availability_zone": " z "]
    let made = try await old.post("/os-aggregates", ["aggregate": aggregate]).expect(200).json["aggregate"]
    #expect(made?["name"] == "a" && made?["availability_zone"] == "z")
    let flavor: JSON = ["name": " f ", "ram": 1, "vcpus": 1, "disk": 1]
    #expect(try await old.post("/flavors", ["flavor": flavor]).expect(200).json["flavor"]?["name"] == "f")
  }
}
