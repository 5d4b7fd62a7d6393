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

  @Test("are there before anybody came, and begin with the same contents, each with secrets of its own")
  func firstVisit() async throws {
    let cloud = try await TestCloud(#"{"worlds": ["red", "blue"]}"#)
    func names() async throws -> [String] {
      let listed = try await cloud.client("/pocketstack/v1").get("/worlds").expect(200).json["worlds"]?.array
      return listed?.compactMap { $0["name"]?.text } ?? []
    }
    #expect(try await names() == ["blue", "default", "red"])
    #expect(cloud.cloud.world("red") == nil)
    try await cloud.client().get("/pocketstack/ready").expect(200)
    func users(_ world: String) async throws -> [JSON] {
      let listed = try await cloud.identity(as: .admin, world: world).get("/users").expect(200).json["users"]?.array
      return listed?.compactMap { $0["id"] } ?? []
    }
    async let red = users("red")
    async let again = users("red")
    let (first, second, blue) = try await (red, again, users("blue"))
    #expect(first == second && first == blue && first.count == 2)
    let keys = try ["red", "blue"].map { name in
      try cloud.world(name).read { try $0.scalar("SELECT value FROM secrets WHERE name = 'fernet'", as: [UInt8].self) }
    }
    #expect(keys[0] != nil && keys[0] != keys[1])
    try await cloud.client("/pocketstack/v1").post("/worlds/red/reset", [:]).expect(200)
    let keystone = try await cloud.client("/worlds/red/identity/v3")
    let token = try await keystone.post("/auth/tokens", TestUser.admin.login).expect(201).header("X-Subject-Token")
    let later = try await keystone.get("/users", headers: [("X-Auth-Token", token)]).expect(200).json["users"]?.array
    #expect(later?.compactMap { $0["id"] } == first)
    #expect(try await names() == ["blue", "default", "red"])
    await cloud.close()
  }

  @Test("on the disk are made once, and are there again")
  func firstVisitOnDisk() async throws {
    let scratch = try ScratchDirectory()
    let configuration = #"{"worlds": ["red", "blue"]}"#
    let key: JSON = ["keypair": ["name": "mine"]]
    let cloud = try await TestCloud(configuration, data: scratch.path)
    try await cloud.compute(world: "red").post("/os-keypairs", key).expect(200)
    await cloud.close()
    let later = try await TestCloud(configuration, data: scratch.path)
    #expect(later.cloud.world("red") != nil && later.cloud.world("blue") == nil)
    try await later.compute(world: "red").get("/os-keypairs/mine").expect(200)
    try await later.compute(world: "blue").get("/os-keypairs/mine").expect(404)
    await later.close()
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
