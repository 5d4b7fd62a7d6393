import HTTPServer
import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("The configuration")
struct ConfigurationTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  private func read(_ text: String) throws -> ServerConfiguration {
    try ServerConfiguration(text: Array(text.utf8), file: "mine.json")
  }

  @Test("the example holds every setting, with its default")
  func example() throws {
    var example = try ServerConfiguration(file: Self.root + "/config.example.json")
    example.source = ""
    var defaults = try ServerConfiguration()
    defaults.source = ""
    let difference = Described(example).firstDifference(from: Described(defaults))
    #expect(difference == nil)
    let file = try Configuration(file: "example", JSON(parsing: File.read(Self.root + "/config.example.json")))
    _ = try ServerConfiguration(file, .standard)
    #expect(file.missingKeys == [])
  }

  @Test(
    "a mistake names file, key and what was expected",
    arguments: [
      (#"{"prot": 1}"#, "mine.json: prot: unknown key; known here: "),
      (#"{"port": "5000"}"#, #"mine.json: port: expected an integer, found string "5000""#),
      (#"{"port": 70000}"#, "mine.json: port: expected an integer from 0 to 65535, found 70000"),
      (#"{"http": {"idle_timeout": "soon"}}"#, "mine.json: http.idle_timeout: expected a duration such as"),
      (#"{"http": {"idle": 1}}"#, "mine.json: http.idle: unknown key; known here: body_timeout, "),
      (
        #"{"compute": {"consoles": ["novnc", "xvpvnc"]}}"#,
        "mine.json: compute.consoles: expected types of consoles (novnc, "
      ),
      (#"{"compute": {"host": "a b"}}"#, "mine.json: compute.host: expected a name of at most 255 characters"),
      (#"{"compute": {"availability_zone": "a:b"}}"#, "mine.json: compute.availability_zone: expected a name"),
      (#"{"release": "zebra"}"#, #"mine.json: release: expected one of "mitaka", "#),
      (#"{"log_level": "loud"}"#, #"mine.json: log_level: expected one of "trace", "#),
      (#"{"listen": {"nova": 8774}}"#, "mine.json: listen.nova: unknown key; known here: compute, fixture, identity"),
      (#"{"worlds": ["a", "a"]}"#, #"mine.json: worlds: expected each name once and not "default", found "a" again"#),
      (#"{"worlds": ["../a"]}"#, "mine.json: worlds: expected names of letters, digits, '-', '_' and '.', found"),
      (#"{"transitions": {"pace": "slow"}}"#, #"mine.json: transitions.pace: expected one of "fast", "realistic""#),
      (
        #"{"transitions": {"steps": {"server": "1s"}}}"#,
        "mine.json: transitions.steps.server: expected kind.action.step"
      ),
      (
        #"{"http": {"trusted_proxies": ["10.0.0.0/33"]}}"#,
        #"mine.json: http.trusted_proxies: expected addresses such as "10.0.0.1" or "10.0.0.0/8", found "10.0.0.0/33""#
      ),
      (
        #"{"fixture": {"allowed_hosts": ["http://a"]}}"#,
        #"mine.json: fixture.allowed_hosts: expected hosts such as "cloud.example" or "cloud.example:8080", found"#
      ),
      (#"{"policy": {"no:such": "@"}}"#, "mine.json: policy.no:such: unknown policy rule"),
      (#"{"policy": {"context_is_admin": "role"}}"#, "mine.json: policy.context_is_admin: policy rule \"role\": "),
      (#"{"seed": {"users": [{"nam": "x"}]}}"#, "mine.json: seed.users[0].name: expected a string, found nothing"),
      (#"{"seed": {"flavours": []}}"#, "mine.json: seed.flavours: unknown key; known here: defaults, domains, flavors"),
      ("{\n  \"port\": 1,\n}", "mine.json: line 3, column 1: not JSON: expected a member name"),
      ("[]", "mine.json: expected a JSON object"),
    ])
  func mistakes(_ text: String, _ message: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try read(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test("the profile of DevStack is the file in the repository, with its accounts and flavors and no others")
  func profile() async throws {
    #expect(Profile.devstack.text == (try File.read(Self.root + "/config/devstack.json")))
    var configuration = try ServerConfiguration(profile: .devstack)
    for user in ["admin", "demo", "alt_demo", "system_reader"] {
      #expect(configuration.credentials(authURL: "", user: user).password == "secret")
    }
    configuration.storage = .memory
    let cloud = try Cloud(configuration)
    try await cloud.open()
    let names = try cloud.world()?.read { db in
      try ["flavors", "images", "users"].map { try db.query("SELECT name FROM \($0) ORDER BY name", as: String.self) }
    }
    #expect(
      names == [
        [
          "cirros256", "ds1G", "ds2G", "ds4G", "ds512M", "m1.large", "m1.medium", "m1.micro", "m1.nano", "m1.small",
          "m1.tiny", "m1.xlarge",
        ], ["cirros-0.6.3-x86_64-disk"],
        [
          "admin", "alt_demo", "alt_demo_member", "alt_demo_reader", "demo", "demo_reader", "system_member",
          "system_reader",
        ],
      ])
    await cloud.close()
  }

  @Test("a file that is not there is named")
  func missingFile() {
    let error = #expect(throws: ConfigurationError.self) { try ServerConfiguration(file: "/no/such.json") }
    #expect(error?.description == "/no/such.json: No such file or directory")
  }

  @Test("what a file says is what counts")
  func values() throws {
    let read = try read(
      """
      {"port": 0, "data": "/tmp/x", "release": "mitaka", "region": "Paris", "log_level": "error", "worlds": ["a", "b"],
       "listen": {"compute": 8774}, "http": {"gzip": false, "idle_timeout": "5m", "max_json_body_bytes": 1000},
       "transitions": {"pace": "realistic", "steps": {"server.create.spawning": "2s"}}}
      """)
    #expect(read.port == 0 && read.storage == .directory("/tmp/x") && read.worlds == ["a", "b"])
    #expect(read.cloud.release == .mitaka && read.cloud.region == "Paris" && read.cloud.pace.isRealistic)
    #expect(read.cloud.pace.overrides == ["server.create.spawning": .seconds(2)])
    #expect(read.listen == [ClassicPort(service: "compute", port: 8774)] && read.logLevel == .error)
    #expect(!read.http.gzip && read.http.idleTimeout == .seconds(300))
    #expect(read.settings.get(default: APILimits()).jsonBodyBytes == 1000)
  }
}
