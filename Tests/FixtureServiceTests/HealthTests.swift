import CloudTesting
import HTTPServer
import OpenStackAPI
import PocketStack
import Testing

@Suite("Readiness")
struct HealthTests {
  @Test("is there when all worlds of the configuration serve, for whoever asks")
  func ready() async throws {
    let cloud = try await TestCloud(#"{"worlds": ["red"], "fixture": {"enabled": false}}"#)
    try await cloud.client().get("/pocketstack/ready").expect(200, ["status": "ready"])
    try await cloud.client(world: "red").get("/pocketstack/ready").expect(200, ["status": "ready"])
    let request = HTTPRequest(target: "/pocketstack/ready", headers: [:], remoteAddress: "x", isLoopbackPeer: false)
    #expect(await cloud.cloud.respond(to: request).status == 200)
    await cloud.close()
  }

  @Test("names the worlds whose databases answer nothing")
  func closed() async throws {
    let cloud = try await TestCloud(#"{"worlds": ["red"]}"#)
    try await cloud.client(world: "red").get("/pocketstack/ready").expect(200)
    try cloud.world("red").database.close()
    let answer = try await cloud.client().get("/pocketstack/ready").expect(
      503, ["status": "not ready", "worlds": [["name": "red", "reason": "Its database answers no read."]]])
    #expect(try answer.header("Retry-After") == "1")
    await cloud.close()
  }

  @Test("writes on the disk, and leaves everything as it was")
  func disk() async throws {
    let scratch = try ScratchDirectory()
    let cloud = try await TestCloud(data: scratch.path)
    let openings = "SELECT value FROM marks WHERE name = 'openings'"
    let world = try cloud.world()
    let before = world.database.tableVersion("marks")
    try await cloud.client().get("/pocketstack/ready").expect(200, ["status": "ready"])
    #expect(world.database.tableVersion("marks") == before + 1)
    #expect(try world.read { try $0.first(openings, as: String.self) } == "1")
    await cloud.close()
  }
}
