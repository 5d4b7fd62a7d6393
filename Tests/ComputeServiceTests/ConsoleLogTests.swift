import CloudTesting
import OpenStackAPI
import Testing

@Suite("What consoles say")
struct ConsoleLogTests {
  /// The log of a server that was booted from an image with some properties.
  private func log(_ properties: JSON, _ more: JSONObject = JSONObject()) async throws -> String {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.91")
    let key: JSON = ["keypair": ["name": "mine", "public_key": .string(KeypairTests.ed25519)]]
    try await nova.post("/os-keypairs", key).expect(201)
    var body = JSONObject([("disk_format", "raw"), ("container_format", "bare")])
    for (name, value) in properties.object?.members ?? [] { body[name] = value }
    let glance = try await cloud.image()
    let image = try #require(try await glance.post("/images", .object(body)).expect(201).json["id"]?.text)
    let type = [("Content-Type", "application/octet-stream")]
    try await glance.send("PUT", "/images/\(image)/file", body: [0], headers: type).expect(204)
    var server = more
    server["imageRef"] = .string(image)
    server["key_name"] = "mine"
    let id = try await nova.boot(.object(server))
    try await cloud.settle()
    let answer = try await nova.post("/servers/\(id)/action", ["os-getConsoleOutput": [:]]).expect(200)
    return answer.json["output"]?.text ?? ""
  }

  @Test("a guest logs in its own user, and names the drive only where it has one", arguments: [true, false])
  func debian(hasDrive: Bool) async throws {
    let text = try await log(
      ["os_distro": "debian", "os_version": "12"], JSONObject([("config_drive", .bool(hasDrive))]))
    #expect(text.contains("/home/debian/.ssh/authorized_keys") && text.contains("Debian GNU/Linux 12 vm ttyS0"))
    #expect(text.contains("DataSourceConfigDrive") == hasDrive)
    #expect(!text.contains("cirros") && !text.contains("ubuntu"))
  }

  @Test("the image may name another user, and nobody can tell the user of an unknown system")
  func users() async throws {
    let named = try await log(["os_distro": "fedora", "os_admin_user": "core"])
    #expect(named.contains("/home/core/.ssh/authorized_keys") && named.contains("Fedora Linux vm ttyS0"))
    let unknown = try await log([:])
    #expect(unknown.hasSuffix("vm login: \n") && !unknown.contains("cloud-init") && !unknown.contains("/home/"))
    #expect(try await log(["os_type": "windows"]).isEmpty)
  }

  @Test("CirrOS tells its password and its own data source", arguments: [true, false])
  func cirros(hasDrive: Bool) async throws {
    let text = try await log(["os_distro": "cirros"], JSONObject([("config_drive", .bool(hasDrive))]))
    #expect(text.contains("login as 'cirros' user. default password: 'gocubsgo'. use 'sudo' for root."))
    #expect(text.contains("found datasource (configdrive, local)") == hasDrive && !text.contains("DataSource"))
  }
}
