import OpenStackAPI
import Persistence

/// The host as administrators saw it before there were hypervisors (Compute API, "Hosts", until 2.42). libvirt's driver
/// never switched hosts on and off, and says so.
enum ComputeHost {
  private static let words = ["enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE"]

  private static let members: [Property] = [.string("status", in: words), .string("maintenance_mode", in: words)]

  private static let change = Schema.object(members, additional: .allowed).and { value, version in
    guard value["status"] != nil || value["maintenance_mode"] != nil else {
      return Violation(value, "\(value.pythonRepresentation) is not valid under any of the given schemas")
    }
    return Schema.object(members).check(value, version)
  }

  private static let last: Version = "2.42"

  static let routes: [Route] = [
    .get(
      "/os-hosts", "os_compute_api:os-hosts:list", .admin, until: last, query: Query([QueryParameter("zone")]),
      run: index),
    .get("/os-hosts/:id", "os_compute_api:os-hosts:show", .admin, until: last, run: show),
    .put(
      "/os-hosts/:id", "os_compute_api:os-hosts:update", .admin, until: last, body: Body(unwrapped: change),
      run: refuse),
    .get("/os-hosts/:id/startup", "os_compute_api:os-hosts:start", .admin, until: last, run: refuse),
    .get("/os-hosts/:id/shutdown", "os_compute_api:os-hosts:shutdown", .admin, until: last, run: refuse),
    .get("/os-hosts/:id/reboot", "os_compute_api:os-hosts:reboot", .admin, until: last, run: refuse),
  ]

  private static func index(_ call: Call) throws -> Response {
    let zone = call.query["zone"] ?? ""
    let services = try call.world.read { try HostService.all($0, call.world) }.filter {
      !$0.isDisabled && (zone.isEmpty || $0.zone == zone)
    }
    return .json { json in
      json.array("hosts") { json in
        for service in services {
          json.object { json in
            json.member("host_name", service.host)
            json.member("service", String(service.binary.dropFirst("nova-".count)))
            json.member("zone", service.zone)
          }
        }
      }
    }
  }

  private static func check(_ call: Call) throws {
    let host = call.parameter("id")
    guard host == call.world.compute.host else { throw Fault.notFound("Host '\(host)' is not mapped to any cell") }
  }

  private static func refuse(_ call: Call) throws -> Response {
    try check(call)
    throw Fault(501, "The requested functionality is not supported.", reason: .state)
  }

  /// What a project has on the host.
  private struct Share: RowDecodable {
    let project: String
    let cores, ram, disk: Int

    init(row: inout Row) throws {
      project = try row.next()
      cores = try row.next(in: .amounts)
      ram = try row.next(in: .amounts)
      disk = try row.next(in: .amounts)
    }
  }

  private static func show(_ call: Call) throws -> Response {
    try check(call)
    let shares: [Share] = try call.world.read {
      try $0.query(
        """
        SELECT project_id, sum(cores), sum(ram), sum(disk) FROM quota_usages WHERE instances > 0 GROUP BY project_id
        """)
    }
    let sum = shares.reduce((cores: 0, ram: 0, disk: 0)) { ($0.cores + $1.cores, $0.ram + $1.ram, $0.disk + $1.disk) }
    let rows =
      [
        ("(total)", Hypervisor.vcpus, Hypervisor.memory, Hypervisor.disk),
        ("(used_now)", sum.cores, sum.ram + Hypervisor.reservedMemory, sum.disk),
        ("(used_max)", sum.cores, sum.ram, sum.disk),
      ] + shares.map { ($0.project, $0.cores, $0.ram, $0.disk) }
    return .json { json in
      json.array("host") { json in
        for (project, cores, ram, disk) in rows {
          json.object { json in
            json.object("resource") { json in
              json.member("host", call.parameter("id"))
              json.member("project", project)
              json.member("cpu", cores)
              json.member("memory_mb", ram)
              json.member("disk_gb", disk)
            }
          }
        }
      }
    }
  }
}
