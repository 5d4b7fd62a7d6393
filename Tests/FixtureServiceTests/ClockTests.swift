import CloudTesting
import OpenStackAPI
import Testing

@Suite("Clocks of worlds")
struct ClockTests {
  private static let realistic = #"{"transitions": {"pace": "realistic"}}"#

  @Test("what is due on the way happens at its own moment, not at the end")
  func order() async throws {
    let cloud = try await TestCloud(Self.realistic)
    let nova = try await cloud.compute(at: "2.96")
    let id = try await boot(nova)
    try await cloud.control().post("/clock/advance", ["advance": ["by": "1h"]]).expect(200)
    await cloud.forgetTokens()
    let server = try await cloud.compute(at: "2.96").get("/servers/\(id)").expect(200).json["server"]
    let launched = try #require(server?["OS-SRV-USG:launched_at"]?.text.flatMap(Timestamp.init(iso8601:)))
    #expect(launched > TestCloud.beginning && launched < TestCloud.beginning + .seconds(60))
    await cloud.close()
  }

  @Test("with an instant pace a step is done before the next request is answered, and never beside one")
  func instant() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    for _ in 0..<10 {
      let id = try await boot(nova)
      #expect(try await nova.get("/servers/\(id)").json["server"]?["status"] == "ACTIVE")
    }
    await cloud.close()
  }

  @Test("a clock that goes fast makes an hour of a moment")
  func paced() async throws {
    let cloud = try await TestCloud(Self.realistic, runningClock: true)
    let id = try await boot(try await cloud.compute(at: "2.96"))
    let control = try await cloud.control()
    let set = try await control.put("/clock", ["clock": ["mode": "paced", "rate": 1000]]).expect(200)
    #expect(set.json["clock"]?["mode"] == "paced" && set.json["clock"]?["pending"] == 1)
    let goal: JSON = ["resource": "server", "id": .string(id), "status": "active", "timeout": "120s"]
    let reached = try await control.post("/wait", ["wait": goal]).expect(200)
    #expect(reached.json["resource"]?["status"] == "ACTIVE")
    await cloud.close()
  }

  @Test("a goal that cannot be reached is refused with what stands in its way")
  func never() async throws {
    let cloud = try await TestCloud(Self.realistic)
    _ = try await boot(try await cloud.compute(at: "2.96"))
    let control = try await cloud.control()
    for (goal, within, words) in [("SHUTOFF", "24h", "ACTIVE, and nothing more is to come."), ("PAUSED", "1ms", "")] {
      let until: JSON = ["resource": "server", "name": "clocked", "status": .string(goal)]
      let answer = try await control.post("/clock/advance", ["advance": ["until": until, "within": .string(within)]])
      #expect(answer.status == 409 && answer.text.contains(words), "\(answer)")
    }
    await cloud.close()
  }

  @Test("of two with one name neither is meant, until one is named by its id")
  func names() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let ids = [try await boot(nova), try await boot(nova)]
    let control = try await cloud.control()
    let wait: JSON = ["resource": "server", "name": "clocked", "status": "ACTIVE"]
    try await control.post("/wait", ["wait": wait]).expect(409)
    let one: JSON = ["resource": "server", "id": .string(ids[1]), "status": "ACTIVE"]
    let answer = try await control.post("/wait", ["wait": one]).expect(200)
    #expect(answer.json["resource"] == ["id": .string(ids[1]), "name": "clocked", "status": "ACTIVE"])
    await cloud.close()
  }

  @Test("moments are told to the last year there is, and no clock passes it")
  func end() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    let last: JSON = ["mode": "paced", "rate": 1_000_000, "now": "9999-12-31T23:59:59Z"]
    try await control.put("/clock", ["clock": last]).expect(200)
    #expect(try await control.get("/clock").expect(200).json["clock"]?["now"] == "9999-12-31T23:59:59.000000Z")
    await cloud.close()
  }

  @Test("a world that ends while its clock is moved makes no error of ours")
  func endedMeanwhile() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    for number in 0..<10 {
      let world: JSON = ["name": .string("w\(number)"), "clock": ["mode": "stopped"]]
      try await control.post("/worlds", ["world": world]).expect(201)
      let path = "/worlds/w\(number)/pocketstack/v1/clock"
      let inside = try await cloud.client(path)
      async let moved = inside.post("/advance", ["advance": ["by": "1h"]])
      async let shown = inside.get("")
      async let ended = control.delete("/worlds/w\(number)")
      #expect(try await [200, 404, 409].contains(moved.status))
      #expect(try await [200, 404, 409].contains(shown.status))
      #expect(try await ended.status == 204)
    }
    await cloud.close()
  }

  private func boot(_ nova: TestClient) async throws -> String {
    let body: JSON = [
      "server": [
        "name": "clocked", "flavorRef": "1", "imageRef": "185e1975-c9c5-4358-909e-5e329808902e", "networks": "none",
      ]
    ]
    return try await nova.post("/servers", body).expect(202).json["server"]?["id"]?.text ?? ""
  }
}
