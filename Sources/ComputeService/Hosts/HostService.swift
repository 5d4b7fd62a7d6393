import Crypto
import OpenStackAPI
import Persistence

/// One of Nova's own programs on the cloud's one host (Compute API, "Compute services"). They are always there; a row
/// says what an administrator did to one.
struct HostService: Sendable {
  let id: Int
  let binary: String
  let host: String
  let zone: String
  let isDisabled: Bool
  let disabledReason: String?
  let isForcedDown: Bool
  /// The heartbeat: services report every ten seconds.
  let updatedAt: Timestamp

  /// Made of the host's and the program's names, so that it stays the same.
  var uuid: String { Self.uuid(of: "\(host) \(binary)") }

  var state: String { isForcedDown ? "down" : "up" }
  var status: String { isDisabled ? "disabled" : "enabled" }

  static let compute = "nova-compute"
  /// The zone of services that host no servers (nova.conf, `internal_service_availability_zone`).
  static let internalZone = "internal"
  private static let binaries = ["nova-conductor", "nova-scheduler", compute]

  /// A UUID that stands for a name (RFC 9562 section 5.8).
  static func uuid(of name: String) -> String {
    var bytes = Array(SHA256.hash(data: Array(name.utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return Identifiers.hex(bytes, dashes: true)
  }

  private struct Change: RowDecodable {
    let binary: String
    let isDisabled: Bool
    let reason: String?
    let isForcedDown: Bool

    init(row: inout Row) throws {
      binary = try row.next()
      isDisabled = try row.next()
      reason = try row.next()
      isForcedDown = try row.next()
    }
  }

  private init(_ id: Int, _ binary: String, _ change: Change?, host: String, zone: String, _ now: Timestamp) {
    (self.id, self.binary, self.host, self.zone) = (id, binary, host, zone)
    isDisabled = change?.isDisabled ?? false
    disabledReason = change?.reason
    isForcedDown = change?.isForcedDown ?? false
    updatedAt = Timestamp(seconds: now.seconds - now.seconds % 10)
  }

  /// All services, as they are now.
  static func all(_ db: Connection, _ world: World) throws -> [HostService] {
    let changes: [Change] = try db.query(
      "SELECT binary, disabled, disabled_reason, forced_down FROM compute_services")
    let zone = try Aggregate.zone(db, world)
    return binaries.enumerated().map { index, binary in
      HostService(
        index + 1, binary, changes.first { $0.binary == binary }, host: world.compute.host,
        zone: binary == compute ? zone : internalZone, world.now)
    }
  }

  /// The service that runs servers.
  static func ofServers(_ db: Connection, _ world: World) throws -> HostService {
    guard let found = try all(db, world).first(where: { $0.binary == compute }) else { throw Fault.unexpected }
    return found
  }

  /// SQL for what became of the service that runs servers; NULL while nothing did.
  static let statusOfServersHost = """
    SELECT CASE WHEN forced_down THEN 'DOWN' WHEN disabled THEN 'MAINTENANCE' END FROM compute_services \
    WHERE binary = '\(compute)'
    """

  static let migration = """
    CREATE TABLE compute_services (
      id INTEGER PRIMARY KEY,
      binary TEXT NOT NULL UNIQUE,
      disabled INTEGER NOT NULL DEFAULT 0,
      disabled_reason TEXT,
      forced_down INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """
}

extension HostService {
  private static let view = View<HostService>([
    Field("binary", \.binary),
    Field("host", \.host),
    Field("id", \.id, until: "2.52"),
    Field("id", \.uuid, since: "2.53"),
    Field("zone", \.zone),
    Field("status", \.status),
    Field("state", \.state),
    Field("updated_at", { $0.updatedAt.text(.microseconds) }),
    Field("disabled_reason", \.disabledReason),
    Field("forced_down", \.isForcedDown, since: "2.11"),
  ])

  private static let list = Query(
    [QueryParameter("host"), QueryParameter("binary")], refusesUnknownSince: "2.75")

  /// Until 2.52 the verb is in the path, and the body says which service; then it is the other way round.
  private static let change = Body(
    unwrapped: .object([
      .string("host", 1...255, format: .hostName, until: "2.52", .required),
      .string("binary", 1...255, until: "2.52", .required),
      .string("status", in: ["enabled", "disabled"], since: "2.53"),
      .string("disabled_reason", 1...255),
      .truth("forced_down", since: "2.11"),
    ]))

  static let routes: [Route] = [
    .get("/os-services", "os_compute_api:os-services:list", .admin, query: list, run: index),
    .put("/os-services/:id", "os_compute_api:os-services:update", .admin, body: change) { call in
      try await call.version < "2.53" ? perform(call) : update(call)
    },
    .delete("/os-services/:id", "os_compute_api:os-services:delete", .admin, run: delete),
  ]

  private static func index(_ call: Call) throws -> Response {
    let (host, binary) = (call.query["host"] ?? "", call.query["binary"] ?? "")
    let services = try call.world.read { try all($0, call.world) }.filter {
      (host.isEmpty || $0.host == host) && (binary.isEmpty || $0.binary == binary)
    }
    let projection = view.projection(for: call)
    return .json { json in
      json.array("services") { json in
        for service in services { projection.write(service, to: &json) }
      }
    }
  }

  private static func refuseUpdate(of binary: String) throws {
    guard binary == compute else {
      throw Fault.badRequest(
        "Updating a \(binary) service is not supported. Only nova-compute services can be updated.")
    }
  }

  private static func store(
    isDisabled: Bool, reason: String?, isForcedDown: Bool, _ db: Connection
  ) throws {
    try db.execute(
      """
      INSERT INTO compute_services (binary, disabled, disabled_reason, forced_down) VALUES (?, ?, ?, ?)
      ON CONFLICT (binary) DO UPDATE SET disabled = excluded.disabled, disabled_reason = excluded.disabled_reason,
        forced_down = excluded.forced_down
      """, compute, isDisabled, reason, isForcedDown)
  }

  /// `PUT /os-services/{enable,disable,disable-log-reason,force-down}`.
  private static func perform(_ call: Call) async throws -> Response {
    let verb = call.parameter("id")
    let (host, binary) = (call.input["host"]?.text ?? "", call.input["binary"]?.text ?? "")
    let reason = call.input["disabled_reason"]?.text
    let isDown = call.input["forced_down"]?.truth
    try check(verb, reason: reason, isDown: isDown, call.version)
    try refuseUpdate(of: binary)
    try await call.world.write { db in
      let service = try ofServers(db, call.world)
      guard host == service.host else { throw Fault.notFound("Host '\(host)' is not mapped to any cell") }
      if verb == "force-down" {
        try store(
          isDisabled: service.isDisabled, reason: service.disabledReason, isForcedDown: isDown ?? false, db)
      } else {
        try store(
          isDisabled: verb != "enable", reason: verb == "disable-log-reason" ? reason : nil,
          isForcedDown: service.isForcedDown, db)
      }
    }
    return .json { json in
      json.object("service") { json in
        json.member("host", host)
        json.member("binary", binary)
        if verb == "force-down" {
          json.member("forced_down", isDown)
        } else {
          json.member("status", verb == "enable" ? "enabled" : "disabled")
          if verb == "disable-log-reason" { json.member("disabled_reason", reason) }
        }
      }
    }
  }

  private static func check(_ verb: String, reason: String?, isDown: Bool?, _ version: Version) throws {
    switch verb {
    case "enable", "disable": return
    case "disable-log-reason":
      guard reason != nil else { throw Fault.badRequest("Missing disabled reason field") }
    case "force-down" where version >= "2.11":
      guard isDown != nil else { throw Fault.badRequest("Missing forced_down field") }
    default: throw Fault.notFound("Unknown action")
    }
  }

  /// The service of the path, by its UUID since 2.53.
  private static func find(_ call: Call, missing: (String) -> String, _ db: Connection) throws -> HostService {
    let id = call.parameter("id")
    if call.version >= "2.53" {
      guard StringFormat.isUUID(id) else { throw Fault.badRequest("Invalid uuid \(id)") }
    } else if Int(id) == nil {
      throw Fault.badRequest("Invalid input received: id must be an integer")
    }
    let found = try all(db, call.world).first { call.version < "2.53" ? $0.id == Int(id) : $0.uuid == id.lowercased() }
    guard let found else { throw Fault.notFound(missing(id)) }
    return found
  }

  /// `PUT /os-services/{uuid}`.
  private static func update(_ call: Call) async throws -> Response {
    let (status, reason) = (call.input["status"]?.text, call.input["disabled_reason"]?.text)
    let isDown = call.input["forced_down"]?.truth
    let service = try await call.world.write { db in
      let service = try find(call, missing: { "Service \($0) could not be found." }, db)
      try refuseUpdate(of: service.binary)
      if status == "enabled", reason != nil {
        throw Fault.badRequest("Specifying 'disabled_reason' with status 'enabled' is invalid.")
      }
      guard status != nil || isDown != nil else {
        throw Fault.badRequest("No updates were requested. Fields 'status' or 'forced_down' should be specified.")
      }
      try store(
        isDisabled: status.map { $0 == "disabled" } ?? service.isDisabled,
        reason: status == nil ? service.disabledReason : reason,
        isForcedDown: isDown ?? service.isForcedDown, db)
      return try ofServers(db, call.world)
    }
    let projection = view.projection(for: call)
    return .json { json in
      json.key("service")
      projection.write(service, to: &json)
    }
  }

  /// A service that is deleted comes back as it was at first, since the program behind it goes on reporting.
  private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let service = try find(call, missing: { "Service \($0) not found." }, db)
      guard service.binary == compute else { return }
      if try (QuotaUsage.ofAll(db)?.instances ?? 0) > 0 {
        throw Fault.conflict(
          "Unable to delete compute service that is hosting instances. Migrate or delete the instances first.")
      }
      try Aggregate.removeHost(service.host, db)
      try db.execute("DELETE FROM compute_services WHERE binary = ?", service.binary)
    }
    return .empty
  }
}
