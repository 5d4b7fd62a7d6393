import CloudTesting
import OpenStackAPI
import PocketStack
import Testing

/// The declarations of resources hold what the tables hold.
@Suite("Kinds of resources")
struct ResourceKindTests {
  /// Tables whose rows are nothing that users make and end, and why.
  private static let others = [
    "access_tokens": "tokens", "request_tokens": "tokens", "console_tokens": "tokens",
    "revocations": "tokens that ended", "instance_actions": "a log", "server_moves": "a log",
    "quota_usages": "counters", "user_activity": "counters of logins", "seeded_services": "what the program seeded",
    "image_blobs": "bytes, which go with their images", "image_cache": "copies",
    "deleted_images": "ids that are taken for good",
    "transitions": "work to come", "works": "work under way", "marks": "what the program notes", "secrets": "keys",
    "schema_migrations": "what made the tables",
  ]

  private static let kinds = CloudServices.standard.all.flatMap { service in service.resources.map { (service, $0) } }

  @Test("every table is a resource's, or is none for a reason")
  func tables() async throws {
    let cloud = try await TestCloud()
    let tables = try cloud.world().read { db in
      try db.query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", as: String.self)
    }
    let declared = Set(Self.kinds.flatMap { $0.1.tables })
    #expect(
      Set(tables).subtracting(declared).subtracting(Self.others.keys) == [],
      "declare a ResourceKind for these tables in the service's ...Resources.swift, or say here why they are none")
    #expect(declared.union(Self.others.keys).subtracting(tables) == [], "there are no such tables")
    #expect(declared.intersection(Self.others.keys) == [])
    await cloud.close()
  }

  @Test("a service has one kind of a name")
  func names() {
    let names = Self.kinds.map { "\($0.0.type) \($0.1.name)" }
    #expect(Set(names).count == names.count)
  }

  @Test("a rising key is one: numbers of rows that are gone do not come back")
  func risingKeys() async throws {
    let cloud = try await TestCloud()
    for (_, kind) in Self.kinds {
      guard case .rising(let column) = kind.key else { continue }
      let table = try cloud.world().read { db in
        try db.scalar("SELECT sql FROM sqlite_schema WHERE name = ?", kind.table, as: String.self)
      }
      #expect(table?.contains("\(column) INTEGER PRIMARY KEY AUTOINCREMENT") == true, "\(kind.table)")
    }
    await cloud.close()
  }

  @Test("one of each kind is found by what its declaration says")
  func oneOfEach() async throws {
    let victim = try await Victim(strangers: Stranger.all)
    try await Self.makeMore(for: victim)
    let control = try await victim.cloud.client("/pocketstack/v1")
    try await control.post("/worlds", ["world": ["name": "blank", "from": ["empty": true]]]).expect(201)
    try await control.post("/snapshots", ["snapshot": ["name": "blank", "world": "blank"]]).expect(201)
    let found = try await control.get("/snapshots/blank/difference").expect(200).json["difference"]?["created"]
    let kinds = Set((found?.array ?? []).map { "\($0["service"]?.text ?? "") \($0["resource"]?.text ?? "")" })
    let missing = Set(Self.kinds.map { "\($0.0.type) \($0.1.name)" }).subtracting(kinds)
    #expect(missing == [])
    await victim.cloud.close()
  }

  /// Makes what the victim does not own, or what the other world has under the same id.
  private static func makeMore(for victim: Victim) async throws {
    let (keystone, nova) = (
      try await victim.cloud.identity(as: .admin), try await victim.cloud.compute(as: .admin, at: "2.50")
    )
    func first(_ path: String, _ list: String) async throws -> String {
      try await keystone.get(path).expect(200).json[list]?.array?.first?["id"]?.text ?? ""
    }
    let (endpoint, service) = (try await first("/endpoints", "endpoints"), try await first("/services", "services"))
    let (group, policy) = (
      try await first("/OS-EP-FILTER/endpoint_groups", "endpoint_groups"), try await first("/policies", "policies")
    )
    try await keystone.post("/domains", ["domain": ["name": "another"]]).expect(201)
    try await keystone.put("/OS-EP-FILTER/projects/\(Victim.project)/endpoints/\(endpoint)", [:]).expect(204)
    let filter = "/OS-EP-FILTER/endpoint_groups/\(group)/projects/\(Victim.project)"
    try await keystone.put(filter, [:]).expect(204)
    try await keystone.put("/policies/\(policy)/OS-ENDPOINT-POLICY/services/\(service)", [:]).expect(204)
    try await nova.put("/os-quota-sets/\(Victim.project)", ["quota_set": ["cores": 7]]).expect(200)
    try await nova.put("/os-quota-class-sets/default", ["quota_class_set": ["cores": 7]]).expect(200)
    let node = try await nova.get("/os-services").expect(200).json["services"]?.array?.last
    let off: JSON = ["host": node?["host"] ?? .null, "binary": "nova-compute"]
    try await nova.put("/os-services/disable", off).expect(200)
  }
}
