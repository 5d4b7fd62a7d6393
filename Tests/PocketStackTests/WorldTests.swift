import CloudTesting
import OpenStackAPI
import PocketStack
import Testing

@Suite("Two worlds in one process")
struct WorldTests {
  private func cloud() async throws -> TestCloud { try await TestCloud(#"{"worlds": ["red"]}"#) }

  @Test("know nothing of each other's tokens")
  func tokens() async throws {
    let cloud = try await cloud()
    let token = try await cloud.token(of: .demo, world: "/worlds/red")
    try await cloud.client("/worlds/red/compute/v2.1").get("/flavors", headers: [("X-Auth-Token", token)]).expect(200)
    try await cloud.client("/compute/v2.1").get("/flavors", headers: [("X-Auth-Token", token)]).expect(401)
    await cloud.close()
  }

  @Test("do not share rows")
  func rows() async throws {
    let cloud = try await cloud()
    let key: JSON = ["keypair": ["name": "mine"]]
    try await cloud.compute(world: "red").post("/os-keypairs", key).expect(200)
    try await cloud.compute(world: "red").get("/os-keypairs/mine").expect(200)
    try await cloud.compute().get("/os-keypairs/mine").expect(404)
    await cloud.close()
  }

  @Test("do not share bytes")
  func bytes() async throws {
    let cloud = try await cloud()
    let id = "11111111-2222-4333-8444-555555555555"
    let image: JSON = ["id": .string(id), "name": "i", "disk_format": "raw", "container_format": "bare"]
    let octets = [("Content-Type", "application/octet-stream")]
    for (world, text) in [("red", "red bytes"), (nil, "other bytes")] as [(String?, String)] {
      let client = try await cloud.image(world: world)
      try await client.get("/images/\(id)").expect(404)
      try await client.post("/images", image).expect(201)
      try await client.send("PUT", "/images/\(id)/file", body: Array(text.utf8), headers: octets).expect(204)
    }
    #expect(try await cloud.image(world: "red").get("/images/\(id)/file").expect(200).text == "red bytes")
    #expect(try await cloud.image().get("/images/\(id)/file").expect(200).text == "other bytes")
    await cloud.close()
  }

  @Test("keep their catalogs inside themselves")
  func catalogs() async throws {
    let cloud = try await cloud()
    let answer = try await cloud.identity(world: "red").get("/auth/catalog").expect(200)
    let urls = (answer.json["catalog"]?.array ?? []).flatMap { $0["endpoints"]?.array ?? [] }.compactMap {
      $0["url"]?.text
    }
    #expect(!urls.isEmpty && urls.allSatisfy { $0.hasPrefix("http://cloud.test/worlds/red/") })
    await cloud.close()
  }
}

@Suite("A cloud inside a Swift program")
struct PocketStackTests {
  @Test("is one call away")
  func memory() async throws {
    let cloud = try await PocketStack.memory()
    #expect(cloud.authURL.hasPrefix("http://127.0.0.1:") && cloud.authURL.hasSuffix("/v3"))
    let environment = Dictionary(uniqueKeysWithValues: cloud.environment().map { ($0.name, $0.value) })
    #expect(environment["OS_AUTH_URL"] == cloud.authURL && environment["OS_PASSWORD"] == "secret")
    await cloud.stop()
  }
}
