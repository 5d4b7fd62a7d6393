import CloudTesting
import HTTPServer
import OpenStackAPI
import PocketStack
import Testing

@testable import FixtureService

@Suite("Metrics")
struct MetricsTests {
  private func lines(_ cloud: TestCloud, _ name: String) async throws -> [String] {
    let answer = try await cloud.client().get("/metrics").expect(200)
    #expect(try answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
    return answer.text.split(separator: "\n").map(String.init).filter { $0.hasPrefix(name) }
  }

  @Test("count requests by service, operation, method and status")
  func requests() async throws {
    let cloud = try await TestCloud()
    let compute = try await cloud.compute()
    for number in 1...3 { try await compute.get("/servers/\(number)").expect(404) }
    try await compute.get("/flavors").expect(200)
    try await cloud.client().head("/compute/").expect(200)
    try await compute.get("/nothing/of/the/kind").expect(404)
    _ = try await compute.send("BREW", "/flavors")
    try await cloud.client().get("/worlds/none/x").expect(404)
    let found = Set(try await lines(cloud, "pocketstack_http_requests_total{"))
    let expected = [
      #"service="compute",operation="os_compute_api:servers:show",method="GET",status="404"} 3"#,
      #"service="compute",operation="os_compute_api:flavors:index",method="GET",status="200"} 1"#,
      #"service="compute",operation="versions",method="HEAD",status="200"} 1"#,
      #"service="compute",operation="none",method="GET",status="404"} 1"#,
      #"service="compute",operation="none",method="other",status="404"} 1"#,
      #"service="none",operation="none",method="GET",status="404"} 1"#,
    ]
    for line in expected { #expect(found.contains("pocketstack_http_requests_total{" + line), "\(found)") }
    await cloud.close()
  }

  @Test("hold a histogram of each service that was asked")
  func latency() async throws {
    let cloud = try await TestCloud()
    for _ in 1...4 { try await cloud.compute().get("/flavors").expect(200) }
    let found = try await lines(cloud, "pocketstack_http_request_duration_seconds")
    let buckets = found.filter { $0.hasPrefix(#"pocketstack_http_request_duration_seconds_bucket{service="compute""#) }
    #expect(buckets.count == 17 && buckets.first?.contains(#"le="0.0001""#) == true)
    let counts = buckets.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
    #expect(counts == counts.sorted() && counts.last == 4)
    #expect(found.contains(#"pocketstack_http_request_duration_seconds_count{service="compute"} 4"#))
    #expect(!found.contains { $0.contains(#""image""#) })
    await cloud.close()
  }

  @Test("say what the worlds hold, and what ended worlds have written")
  func worlds() async throws {
    let cloud = try await TestCloud()
    try await cloud.control().post("/worlds", ["world": ["name": "red"]]).expect(201)
    try await cloud.control().post("/snapshots", ["snapshot": ["name": "s"]]).expect(201)
    #expect(try await lines(cloud, "pocketstack_worlds{") == worlds(memory: 2))
    #expect(try await lines(cloud, "pocketstack_snapshots ") == ["pocketstack_snapshots 1"])
    let rows = try await written(cloud)
    try await cloud.control().delete("/worlds/red").expect(204)
    #expect(try await lines(cloud, "pocketstack_worlds{") == worlds(memory: 1))
    #expect(rows > 0)
    #expect(try await written(cloud) >= rows)
    await cloud.close()
  }

  private func worlds(memory: Int) -> [String] {
    [#"pocketstack_worlds{storage="memory"} \#(memory)"#, #"pocketstack_worlds{storage="disk"} 0"#]
  }

  private func written(_ cloud: TestCloud) async throws -> Int {
    let line = try await lines(cloud, "pocketstack_database_rows_written_total ").first
    return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
  }

  @Test("count transitions by kind and end")
  func transitions() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let image = try await cloud.image().get("/images").expect(200).json["images"]?.array?.first?["id"]?.text ?? ""
    let server: JSON = ["name": "s", "flavorRef": "1", "imageRef": .string(image)]
    try await cloud.compute().post("/servers", ["server": server]).expect(202)
    #expect(try await lines(cloud, "pocketstack_transitions_pending") == ["pocketstack_transitions_pending 1"])
    try await cloud.advance(.seconds(600))
    #expect(try await lines(cloud, "pocketstack_transitions_pending") == ["pocketstack_transitions_pending 0"])
    let done = try await lines(cloud, #"pocketstack_transitions_total{kind="server",outcome="done"}"#)
    #expect(done.first?.split(separator: " ").last.flatMap { Int($0) } ?? 0 > 0)
    await cloud.close()
  }

  @Test("are for this machine and those who know the secret")
  func access() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"secret": "s"}}"#)
    for path in ["/metrics", "/pocketstack/metrics", "/worlds/default/metrics"] {
      for (headers, status) in [([:], 403), (["X-PocketStack-Secret": "s"], 200)] as [(HTTPHeaders, Int)] {
        let request = HTTPRequest(target: path, headers: headers, remoteAddress: "x", isLoopbackPeer: false)
        #expect(await cloud.cloud.respond(to: request).status == status, "\(path)")
      }
    }
    await cloud.close()
  }

  @Test("escape what is written into labels")
  func escaping() {
    var text = MetricsText()
    text.begin("m", .gauge, "a \\ b\nc \"d\"")
    text.sample("m", 1, [("l", "a \\ b\nc \"d\"")])
    let help = #"# HELP m a \\ b\nc "d""# + "\n# TYPE m gauge\n"
    #expect(text.text == help + #"m{l="a \\ b\nc \"d\""} 1"# + "\n")
  }
}
