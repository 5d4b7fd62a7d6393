import CloudTesting
import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("A cloud")
struct CloudTests {
  private static let toys = CloudServices.toys(
    ToyService(rootSegments: ["", "v1"]).service,
    ToyService(type: "other", rootSegments: ["v2"], seed: { _ in }).service)

  @Test(
    "finds the service by its mount or by the first segment",
    arguments: [
      ("/toy/where", "toy", "/toy"), ("/other/where", "other", "/other"), ("/where", "toy", ""),
      ("/v1/where", "toy", ""), ("/toy/v1/where/", "toy", "/toy"), ("/%74oy/where", "toy", "/toy"),
    ])
  func mounts(_ path: String, _ service: String, _ mount: String) async throws {
    let cloud = try await TestCloud(services: Self.toys)
    try await cloud.client().get(path).expect(
      200, ["service": .string(service), "world": "default", "base": .string("http://cloud.test" + mount)])
    await cloud.close()
  }

  @Test("leaves unknown paths to the service at the root")
  func unknownPaths() async throws {
    let cloud = try await TestCloud(services: Self.toys)
    let client = try await cloud.client()
    #expect(try await client.get("/nowhere/at/all").expect(404).text == "toy knows no /nowhere/at/all")
    #expect(try await client.get("/other/x").expect(404).text == "other knows no /x")
    #expect(try await client.get("/pocketstack/x").expect(404).json["error"]?["code"] == 404)
    try await client.get("/pocketstack/health").expect(200, ["status": "ok"])
    try await client.post("/pocketstack/health", [:]).expect(405)
    await cloud.close()
  }

  @Test("keeps worlds apart and links inside them")
  func worlds() async throws {
    let cloud = try await TestCloud(#"{"worlds": ["red", "blue"]}"#, services: Self.toys)
    let red = try await cloud.client(world: "red")
    try await red.post("/notes/hers", [:]).expect(201)
    try await red.get("/toy/notes").expect(200, ["notes": ["seeded", "hers"]])
    try await cloud.client(world: "blue").get("/toy/notes").expect(200, ["notes": ["seeded"]])
    try await cloud.client().get("/toy/notes").expect(200, ["notes": ["seeded"]])
    #expect(try await red.get("/toy/where").json["base"] == "http://cloud.test/worlds/red/toy")
    for path in ["/worlds/green/toy/notes", "/worlds", "/worlds/", "/worlds//toy"] {
      #expect(try await cloud.client().get(path).expect(404).json["error"]?["title"] == "Not Found")
    }
    await cloud.close()
  }

  @Test("answers every request with an id of its own")
  func requestIDs() async throws {
    let cloud = try await TestCloud(services: Self.toys)
    var seen: Set<String> = []
    for path in ["/toy/where", "/nowhere", "/pocketstack/health", "/worlds/none/x"] {
      let id = try await cloud.client().get(path).header("x-openstack-request-id")
      #expect(id.hasPrefix("req-") && id.count == 40 && seen.insert(id).inserted)
    }
    await cloud.close()
  }

  @Test("gives what is no request an id as well, and says what is wrong with it")
  func refusal() async throws {
    let cloud = try await TestCloud()
    let refused = cloud.cloud.refuse(status: 431, reason: "The header fields are too large.")
    #expect(refused.status == 431)
    #expect(refused.headers["x-openstack-request-id"]?.hasPrefix("req-") == true)
  }

  @Test("answers 503 when it is not open")
  func closed() async throws {
    let cloud = try Cloud(ServerConfiguration(services: Self.toys), services: Self.toys)
    #expect(await cloud.respond(to: .init(target: "/toy/notes")).status == 503)
  }

  @Test("gives a service the root of a port of its own, and keeps the mounts there")
  func classicPorts() async throws {
    let text = Array(#"{"port": 0, "listen": {"other": 0}}"#.utf8)
    var configuration = try ServerConfiguration(text: text, file: "test", services: Self.toys)
    configuration.storage = .memory
    let cloud = try Cloud(configuration, services: Self.toys)
    try await cloud.open()
    for (path, service) in [("/where", "other"), ("/v1/where", "other"), ("/toy/where", "toy"), ("/", "other")] {
      let answer = await cloud.respond(to: .init(target: path, headers: ["Host": "h:1"], listener: 1))
      let text = String(decoding: try await answer.body.collect(), as: UTF8.self)
      #expect(text.contains(service), "\(path): \(text)")
    }
    await cloud.close()
  }
}
