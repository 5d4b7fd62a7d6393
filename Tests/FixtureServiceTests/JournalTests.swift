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
