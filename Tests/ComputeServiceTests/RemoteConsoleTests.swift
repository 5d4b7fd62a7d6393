import CloudTesting
import OpenStackAPI
import Testing

@Suite("Consoles")
struct RemoteConsoleTests {
  @Test("an address holds a token that administrators can look up while it is good")
  func token() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let (nova, admin) = (try await cloud.compute(at: "2.96"), try await cloud.compute(as: .admin, at: "2.96"))
    let id = try await nova.boot()
    let body: JSON = ["remote_console": ["protocol": "vnc", "type": "novnc"]]
    try await nova.post("/servers/\(id)/remote-consoles", body).refuses(with: "Instance \(id) is not ready")
    try await cloud.advance(.seconds(60))
    let console = try await nova.post("/servers/\(id)/remote-consoles", body).expect(200).json["remote_console"]
    #expect(console?["protocol"] == "vnc" && console?["type"] == "novnc")
    let url = try #require(console?["url"]?.text)
    #expect(url.hasPrefix("http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D"))
    let token = url.suffix(36)
    let found = try await admin.get("/os-console-auth-tokens/\(token)").expect(200).json["console"]
    #expect(found?["instance_uuid"] == .string(id) && found?["internal_access_path"] == JSON.null)
    #expect(found?["port"]?.integer != nil && found?["host"] == "127.0.0.1")
    try await nova.get("/os-console-auth-tokens/\(token)").expect(403)
    try await cloud.compute(as: .admin, at: "2.30").get("/os-console-auth-tokens/\(token)").expect(400)
    try await cloud.advance(.seconds(600))
    try await admin.get("/os-console-auth-tokens/\(token)").expect(
      404, ["itemNotFound": ["code": 404, "message": "Token not found"]])
  }

  @Test("a server that is gone takes its tokens along")
  func deleted() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    let body: JSON = ["remote_console": ["protocol": "vnc", "type": "novnc"]]
    let url = try await nova.post("/servers/\(id)/remote-consoles", body).expect(200).json["remote_console"]?["url"]
    try await nova.delete("/servers/\(id)").expect(204)
    try await cloud.settle()
    let token = try #require(url?.text?.suffix(36))
    try await cloud.compute(as: .admin, at: "2.96").get("/os-console-auth-tokens/\(token)").expect(404)
  }

  @Test(
    "consoles that the host does not offer are refused, each version's way",
    arguments: [
      ("2.5", "action", ["os-getVNCConsole": ["type": "novnc"]], 200, "vnc_auto.html"),
      ("2.5", "action", ["os-getVNCConsole": ["type": "xvpvnc"]], 400, "Invalid console type xvpvnc"),
      ("2.1", "action", ["os-getVNCConsole": ["type": "bogus"]], 400, "'bogus' is not one of ['novnc', 'xvpvnc']"),
      ("2.1", "action", ["os-getSPICEConsole": ["type": "spice-html5"]], 400, "Unavailable console type spice-html5."),
      ("2.1", "action", ["os-getSerialConsole": ["type": "serial"]], 400, "Unavailable console type serial."),
      ("2.1", "action", ["os-getRDPConsole": ["type": "rdp-html5"]], 400, "malformed or otherwise incorrect"),
      ("2.6", "action", ["os-getVNCConsole": ["type": "novnc"]], 404, "The resource could not be found."),
      (
        "2.6", "remote-consoles", ["remote_console": ["protocol": "rdp", "type": "rdp-html5"]], 400,
        "Unavailable console type rdp."
      ),
      (
        "2.7", "remote-consoles", ["remote_console": ["protocol": "mks", "type": "webmks"]], 400,
        "'mks' is not one of ['vnc', 'spice', 'serial', 'rdp']"
      ),
      (
        "2.8", "remote-consoles", ["remote_console": ["protocol": "mks", "type": "webmks"]], 400,
        "Unavailable console type webmks."
      ),
      (
        "2.96", "remote-consoles", ["remote_console": ["protocol": "vnc", "type": "spice-html5"]], 400,
        "Invalid console type spice-html5"
      ),
      ("2.96", "remote-consoles", ["remote_console": ["protocol": "vnc"]], 400, "'type' is a required property"),
    ] as [(String, String, JSON, Int, String)])
  func types(version: String, path: String, body: JSON, status: Int, message: String) async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.compute(at: "2.96").boot()
    try await cloud.settle()
    let answer = try await cloud.compute(at: version).post("/servers/\(id)/\(path)", body)
    #expect(answer.status == status && answer.text.contains(message), "\(answer)")
  }

  @Test("the configuration says which consoles there are")
  func configured() async throws {
    let cloud = try await TestCloud(#"{"compute": {"consoles": ["serial"]}}"#)
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    let answer = try await nova.post(
      "/servers/\(id)/remote-consoles", ["remote_console": ["protocol": "serial", "type": "serial"]]
    ).expect(200)
    #expect(answer.json["remote_console"]?["url"]?.text?.hasPrefix("ws://127.0.0.1:6083/?token=") == true)
  }

  @Test("until 2.5 who may not is refused before the server is looked up, then after it", arguments: ["2.5", "2.6"])
  func lookUp(version: String) async throws {
    let cloud = try await TestCloud(#"{"policy": {"os_compute_api:os-remote-consoles": "role:admin"}}"#)
    let nova = try await cloud.compute(at: version)
    if version == "2.5" {
      try await nova.post("/servers/nobody/action", ["os-getVNCConsole": ["type": "novnc"]]).expect(403)
    } else {
      let body: JSON = ["remote_console": ["protocol": "vnc", "type": "novnc"]]
      try await nova.post("/servers/nobody/remote-consoles", body).expect(404)
    }
  }

  @Test("clients that speak SPICE themselves are offered an address, and its second port is shown, since 2.99")
  func direct() async throws {
    let cloud = try await TestCloud(#"{"compute": {"consoles": ["spice-html5"]}}"#)
    let nova = try await cloud.compute(at: "2.99")
    let id = try await nova.boot()
    try await cloud.settle()
    func token(_ type: String, at version: String) async throws -> String? {
      let body: JSON = ["remote_console": ["protocol": "spice", "type": .string(type)]]
      let answer = try await cloud.compute(at: version).post("/servers/\(id)/remote-consoles", body)
      guard answer.status == 200 else { return nil }
      let url = answer.json["remote_console"]?["url"]?.text ?? ""
      #expect(url.hasPrefix("http://127.0.0.1:13002/nova?token=") == (type == "spice-direct"), "\(url)")
      return url.split(separator: "=").last.map(String.init)
    }
    #expect(try await token("spice-direct", at: "2.98") == nil)
    let (direct, html) = (try await token("spice-direct", at: "2.99"), try await token("spice-html5", at: "2.99"))
    for (token, version, isShown) in [(direct, "2.99", true), (direct, "2.98", false), (html, "2.99", false)] {
      let shown = try await cloud.compute(as: .admin, at: version).get("/os-console-auth-tokens/\(token ?? "")")
        .expect(200).json["console"]
      #expect((shown?["tls_port"]?.integer != nil) == isShown)
    }
  }
}
