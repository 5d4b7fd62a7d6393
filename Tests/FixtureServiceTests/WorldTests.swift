import CloudTesting
import OpenStackAPI
import Testing

@Suite("Worlds made while the cloud runs")
struct WorldTests {
  @Test("a new world is a cloud of its own, seeded from the configuration")
  func create() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.client("/pocketstack/v1")
    let world = try await control.post("/worlds", ["world": ["name": "red"]]).expect(201).json["world"]
    #expect(world?["auth_url"] == "http://cloud.test/worlds/red/identity/v3")
    #expect(world?["storage"] == "memory" && world?["from"] == nil || world?["from"] == .null)
    try await cloud.compute(world: "red").post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    try await cloud.compute().get("/os-keypairs/mine").expect(404)
    await cloud.close()
  }
}
