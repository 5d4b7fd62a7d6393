import CloudTesting
import OpenStackAPI
import Testing

@Suite("The journal")
struct JournalTests {
  @Test("keeps the last requests, as many as the configuration says, in order")
  func bounded() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"journal_entries": 3}}"#)
    let compute = try await cloud.compute()
    for number in 1...5 { try await compute.get("/servers/\(number)").expect(404) }
    let paths = try await cloud.control().get("/journal").expect(200).json["journal"]?.array?.map { $0["path"] }
    #expect(paths == ["/compute/v2.1/servers/3", "/compute/v2.1/servers/4", "/compute/v2.1/servers/5"])
    await cloud.close()
  }

  @Test("can be switched off")
  func off() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"journal_entries": 0}}"#)
    try await cloud.compute().get("/servers/x").expect(404)
    #expect(try await cloud.control().get("/journal").expect(200).json == ["journal": []])
    try await cloud.control().get("/why").expect(404)
    await cloud.close()
  }

  @Test("is searched by status, user, method and operation")
  func searched() async throws {
    let cloud = try await TestCloud()
    try await cloud.compute().get("/servers/x").expect(404)
    try await cloud.compute(as: .admin).get("/flavors").expect(200)
    let control = try await cloud.control()
    func count(_ query: String) async throws -> Int? {
      try await control.get("/journal?\(query)").expect(200).json["journal"]?.array?.count
    }
    #expect(try await count("status=404") == 1)
    #expect(try await count("status=4xx&user=demo") == 1)
    #expect(try await count("status=4xx&user=admin") == 0)
    #expect(try await count("operation=os_compute_api:flavors:index&project=admin&method=GET") == 1)
    #expect(try await count("limit=1") == 1)
    for query in ["status=abc", "limit=0", "since=now", "colour=red"] {
      try await control.get("/journal?\(query)").expect(400)
    }
    await cloud.close()
  }

  @Test("shows no secrets")
  func secrets() {
    let body: JSON = [
      "auth": [
        "identity": ["password": ["user": ["name": "u", "password": "p"]], "token": ["id": "t"]], "adminPass": "a",
      ],
      "server": ["user_data": "d", "name": "secret"], "credential": ["blob": "b"], "list": [["secret": "s"]],
    ]
    #expect(
      Secrets.hidden(body) == [
        "auth": [
          "identity": ["password": ["user": ["name": "u", "password": "***"]], "token": ["id": "***"]],
          "adminPass": "***",
        ],
        "server": ["user_data": "***", "name": "secret"], "credential": ["blob": "***"], "list": [["secret": "***"]],
      ])
  }

  /// What the journal and the explanations say of all requests so far.
  private func recorded(_ cloud: TestCloud) async throws -> String {
    let control = try await cloud.control()
    let journal = try await control.get("/journal?limit=1000").expect(200)
    var text = journal.text
    for entry in journal.json["journal"]?.array ?? [] {
      text += try await control.get("/why/\(entry["request_id"]?.text ?? "")").expect(200).text
    }
    return text + (try await control.get("/checkup").expect(200).text)
  }

  @Test("knows secrets by value: in URLs, of the wrong type, repeated by refusals, in paths and queries")
  func values() async throws {
    let cloud = try await TestCloud(#"{"fixture": {"journal_body_bytes": 65536}}"#)
    let server = try await cloud.boot("v")
    let compute = try await cloud.compute(at: "2.79")
    let console = try await compute.post(
      "/servers/\(server)/remote-consoles", ["remote_console": ["protocol": "vnc", "type": "novnc"]]
    ).expect(200).json["remote_console"]?["url"]?.text
    var secrets = [String(console?.suffix(36) ?? "")]
    let wrong: [JSON] = [["Hidden0"], ["a": "Hidden1"], [["Hidden2"]], 4711]
    for (index, value) in wrong.enumerated() {
      try await compute.post("/servers/\(server)/action", ["changePassword": ["adminPass": value]]).expect(400)
      secrets.append(index < 3 ? "Hidden\(index)" : "4711")
    }
    let identity = try await cloud.identity(as: nil)
    let user: JSON = ["name": "demo", "domain": ["id": "default"], "password": ["Hidden4"]]
    try await identity.post(
      "/auth/tokens", ["auth": ["identity": ["methods": ["password"], "password": ["user": user]]]]
    ).expect(400)
    try await identity.post(
      "/auth/tokens", ["auth": ["identity": ["methods": ["token"], "token": ["id": ["Hidden5"]]]]]
    ).expect(400)
    let token = try await cloud.token(of: .demo)
    _ = try await cloud.client("", as: nil).get("/identity/v2.0/tokens/\(token)/nothing")
    _ = try await cloud.client("", as: nil).get("/identity/v3/\(token)?passwd=Hidden6&x=\(token)")
    try await compute.get("/servers?adminPass=Hidden7").expect(400)
    try await compute.post("/servers/\(server)/action", ["changePassword": "Hidden8"]).expect(400)
    let image = try await cloud.image()
    let made = try await image.post("/images", ["disk_format": "raw", "container_format": "bare"]).expect(201)
    let source: JSON = ["name": "web-download", "uri": "http://me:Hidden9@host.example/i?X-Amz-Signature=HiddenA"]
    _ = try await image.post("/images/\(made.json["id"]?.text ?? "")/import", ["method": source])
    let keys = try await compute.post("/os-keypairs", ["keypair": ["name": "k", "type": "ssh"]]).expect(201)
    secrets += [token, keys.json["keypair"]?["private_key"]?.text ?? ""]
    secrets += (4...9).map { "Hidden\($0)" } + ["HiddenA"]
    let text = try await recorded(cloud)
    for secret in secrets {
      #expect(!secret.isEmpty && !text.contains(secret) && !text.contains(JSON.string(secret).jsonText), "\(secret)")
    }
    #expect(text.contains("http://me:***@host.example/i?X-Amz-Signature=***"))
    await cloud.close()
  }

  @Test("tells a refusal's values, though not to the client")
  func evidence() async throws {
    let cloud = try await TestCloud()
    let refused = try await cloud.compute().post(
      "/flavors", ["flavor": ["name": "f", "ram": 1, "vcpus": 1, "disk": 1]]
    )
    .expect(403)
    #expect(refused.json["forbidden"]?.object?.keys == ["code", "message"])
    let id = try refused.header("x-openstack-request-id")
    let why = try await cloud.control().get("/why/\(id)").expect(200).json["why"]
    #expect(why?["evidence"]?["text"] == "rule:context_is_admin" && why?["reason"] == "policy")
    await cloud.close()
  }
}
