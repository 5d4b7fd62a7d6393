import OpenStackAPI
import Persistence

/// The machine that the servers run on (Compute API, "Hypervisors").
struct Hypervisor: Sendable {
  let host: String
  let service: HostService
  let usage: QuotaUsage?
  /// The servers on it, where they were asked for.
  var servers: [Guest]?

  /// A server as its hypervisor names it.
  struct Guest: Sendable, JSONWritable {
    let name, uuid: String

    func write(to json: inout JSONWriter) {
      json.object { json in
        json.member("name", name)
        json.member("uuid", uuid)
      }
    }
  }

  var uuid: String { HostService.uuid(of: "\(host) hypervisor") }

  /// What it has: a large machine, as nothing really runs on it.
  static let vcpus = 1000
  /// MiB.
  static let memory = 800_000
  /// GiB.
  static let disk = 600_000
  /// MiB that the machine keeps for itself (nova.conf, `reserved_host_memory_mb`).
  static let reservedMemory = 512

  static let cpu: JSON = [
    "arch": "x86_64", "model": "Nehalem", "vendor": "Intel", "features": ["pge", "clflush"],
    "topology": ["cores": 1, "threads": 1, "sockets": 4],
  ]

  static let uptime = " 00:00:00 up 1 day,  0:00,  1 user,  load average: 0.00, 0.00, 0.00\n"
}

extension Hypervisor {
  private static let summary = View<Hypervisor>([
    Field("id", { _ in 1 }, until: "2.52"),
    Field("id", \.uuid, since: "2.53"),
    Field("hypervisor_hostname", \.host),
    Field("state", \.service.state),
    Field("status", \.service.status),
    Field("servers", ifPresent: \.servers),
  ])

  private static let detail =
    summary + [
      Field("hypervisor_type", { _ in "QEMU" }),
      Field("hypervisor_version", { _ in 8_002_002 }),
      Field("host_ip", { _ in "127.0.0.1" }),
      Field("service") { hypervisor, call, json in
        json.object { json in
          json.key("id")
          if call.version < "2.53" {
            json.integer(hypervisor.service.id)
          } else {
            json.string(hypervisor.service.uuid)
          }
          json.member("host", hypervisor.host)
          json.member("disabled_reason", hypervisor.service.disabledReason)
        }
      },
      Field("cpu_info", { _ in cpu.jsonText }, until: "2.27"),
      Field("cpu_info", { _ in cpu }, since: "2.28", until: "2.87"),
      Field("uptime", { _ in uptime }, since: "2.88"),
    ] + capacity

  /// The figures that ended with 2.88; `statistics` shows the same.
  private static let capacity: [Field<Hypervisor>] = [
    Field("vcpus", { _ in vcpus }, until: "2.87"),
    Field("memory_mb", { _ in memory }, until: "2.87"),
    Field("local_gb", { _ in disk }, until: "2.87"),
    Field("vcpus_used", { $0.usage?.cores ?? 0 }, until: "2.87"),
    Field("memory_mb_used", \.usedMemory, until: "2.87"),
    Field("local_gb_used", { $0.usage?.disk ?? 0 }, until: "2.87"),
    Field("free_ram_mb", { memory - $0.usedMemory }, until: "2.87"),
    Field("free_disk_gb", { disk - ($0.usage?.disk ?? 0) }, until: "2.87"),
    Field("current_workload", { _ in 0 }, until: "2.87"),
    Field("running_vms", { $0.usage?.instances ?? 0 }, until: "2.87"),
    Field("disk_available_least", { disk - ($0.usage?.disk ?? 0) }, until: "2.87"),
  ]

  private static let statistics = View<Hypervisor>([Field("count", { _ in 1 })] + capacity)

  private var usedMemory: Int { (usage?.ram ?? 0) + Self.reservedMemory }

  private static let pattern = QueryParameter(
    "hypervisor_hostname_pattern", .string(1...255, format: .hostName), since: "2.53", single: true)
  private static let withServers = QueryParameter("with_servers", .truth, since: "2.53", single: true)

  private static let list = Query(
    [pattern, withServers] + QueryParameter.paging(since: "2.33", single: true), refusesUnknownSince: "2.53")

  static let routes: [Route] = [
    .get("/os-hypervisors", "os_compute_api:os-hypervisors:list", .admin, query: list) {
      try page(of: summary, "/os-hypervisors", $0)
    },
    .get("/os-hypervisors/detail", "os_compute_api:os-hypervisors:list-detail", .admin, query: list) {
      try page(of: detail, "/os-hypervisors/detail", $0)
    },
    .get(
      "/os-hypervisors/statistics", "os_compute_api:os-hypervisors:statistics", .admin, until: "2.87", run: sum),
    .get(
      "/os-hypervisors/:id", "os_compute_api:os-hypervisors:show", .admin,
      query: Query([withServers], refusesUnknownSince: "2.53"), run: show),
    .get(
      "/os-hypervisors/:id/uptime", "os_compute_api:os-hypervisors:uptime", .admin, until: "2.87", run: showUptime),
    .get("/os-hypervisors/:id/search", "os_compute_api:os-hypervisors:search", .admin, until: "2.52") {
      try search($0, withServers: false)
    },
    .get("/os-hypervisors/:id/servers", "os_compute_api:os-hypervisors:servers", .admin, until: "2.52") {
      try search($0, withServers: true)
    },
  ]
}

extension Hypervisor {
  private struct ServerRow: RowDecodable {
    let id: Int
    let uuid: String

    init(row: inout Row) throws {
      id = try row.next()
      uuid = try row.next()
    }
  }

  /// The hypervisor as it is now. An empty list of servers is shown since 2.75.
  private static func load(withServers: Bool, _ call: Call) throws -> Hypervisor {
    try call.world.read { db in
      let service = try HostService.ofServers(db, call.world)
      var hypervisor = Hypervisor(host: service.host, service: service, usage: try QuotaUsage.ofAll(db))
      guard withServers else { return hypervisor }
      let rows: [ServerRow] = try db.query(
        "SELECT id, uuid FROM servers WHERE deleted = 0 AND host = ? ORDER BY created_at, id", service.host)
      let guests = rows.map { Guest(name: Server.instanceName(row: $0.id), uuid: $0.uuid) }
      hypervisor.servers = guests.isEmpty && call.version < "2.75" ? nil : guests
      return hypervisor
    }
  }

  private static func page(of view: View<Hypervisor>, _ path: String, _ call: Call) throws -> Response {
    let hypervisor = try load(withServers: call.query["with_servers"].flatMap { JSON.string($0).truth } ?? false, call)
    let page = call.page()
    var isShown = page.limit > 0
    let pattern = call.query["hypervisor_hostname_pattern"]
    if let pattern {
      guard call.query["limit"] == nil, page.marker == nil else {
        throw Fault.badRequest(
          "Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported.")
      }
      try refuse(pattern, hypervisor)
    } else if let marker = page.marker {
      guard marker == hypervisor.id(at: call.version) else { throw Fault.badRequest("marker [\(marker)] not found") }
      isShown = false
    }
    let projection = view.projection(for: call)
    return .json { json in
      json.array("hypervisors") { json in if isShown { projection.write(hypervisor, to: &json) } }
      guard isShown, pattern == nil, call.version >= "2.33" else { return }
      call.writeNextLink(
        "hypervisors_links", path, after: [hypervisor.id(at: call.version)], limit: page.limit, to: &json)
    }
  }

  private func id(at version: Version) -> String { version < "2.53" ? "1" : uuid }

  private static func refuse(_ pattern: String, _ hypervisor: Hypervisor) throws {
    guard hypervisor.host.contains(pattern) else {
      throw Fault.notFound("No hypervisor matching '\(pattern)' could be found.")
    }
  }

  /// The id of the path must be the one there is.
  private static func check(_ call: Call, _ hypervisor: Hypervisor) throws {
    let id = call.parameter("id")
    if call.version >= "2.53", !StringFormat.isUUID(id) { throw Fault.badRequest("Invalid uuid \(id)") }
    guard id.lowercased() == hypervisor.id(at: call.version) else {
      throw Fault.notFound("Hypervisor with ID '\(id)' could not be found.")
    }
  }

  private static func show(_ call: Call) throws -> Response {
    let hypervisor = try load(withServers: call.query["with_servers"].flatMap { JSON.string($0).truth } ?? false, call)
    try check(call, hypervisor)
    let projection = detail.projection(for: call)
    return .json { json in
      json.key("hypervisor")
      projection.write(hypervisor, to: &json)
    }
  }

  private static func showUptime(_ call: Call) throws -> Response {
    let hypervisor = try load(withServers: false, call)
    try check(call, hypervisor)
    guard hypervisor.service.state == "up" else {
      throw Fault.badRequest("Compute service of \(hypervisor.host) is unavailable at this time.")
    }
    let projection = summary.projection(for: call)
    return .json { json in
      json.object("hypervisor") { json in
        projection.writeMembers(of: hypervisor, to: &json)
        json.member("uptime", uptime)
      }
    }
  }

  private static func search(_ call: Call, withServers: Bool) throws -> Response {
    let hypervisor = try load(withServers: withServers, call)
    try refuse(call.parameter("id"), hypervisor)
    let projection = summary.projection(for: call)
    return .json { json in
      json.array("hypervisors") { json in projection.write(hypervisor, to: &json) }
    }
  }

  private static func sum(_ call: Call) throws -> Response {
    let hypervisor = try load(withServers: false, call)
    let projection = statistics.projection(for: call)
    return .json { json in
      json.key("hypervisor_statistics")
      projection.write(hypervisor, to: &json)
    }
  }
}
