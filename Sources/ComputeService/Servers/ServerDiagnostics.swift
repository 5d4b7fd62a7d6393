import OpenStackAPI
import Persistence

/// What a hypervisor knows of a running server (Compute API, "Servers diagnostics"): figures that fit the server, and
/// grow with its age.
struct ServerDiagnostics: Sendable {
  let server: Server
  let now: Timestamp

  /// Seconds since the launch.
  private var age: Int { server.launchedAt.map { max(0, now.seconds - $0.seconds) } ?? 0 }
  /// Nanoseconds that a virtual CPU has worked.
  private var cpuTime: Int { 17_300_000_000 + age * 10_000_000 }
  /// Figures are made for each virtual CPU that the host has, which may be fewer than the flavor says.
  private var shownCPUs: Range<Int> { 0..<min(server.flavor.vcpus, Hypervisor.vcpus) }
  private var memory: Int { server.flavor.ram * 1024 }
  private var readRequests: Int { 112 + age }
  private var writeRequests: Int { 488 + age * 2 }

  /// nova.virt.hardware.InstanceInfo's name of a power state.
  private var state: String {
    switch server.state.power {
    case .none: "pending"
    case .running: "running"
    case .paused: "paused"
    case .shutdown: "shutdown"
    case .crashed: "crashed"
    case .suspended: "suspended"
    }
  }

  private static let view = View<ServerDiagnostics>([
    Field("state", \.state),
    Field("driver", { _ in "libvirt" }),
    Field("hypervisor", { _ in "kvm" }),
    Field("hypervisor_os", { _ in "linux" }),
    Field("uptime", \.age),
    Field("config_drive", \.server.hasConfigDrive),
    Field("num_cpus", \.server.flavor.vcpus),
    Field("num_nics", { _ in 0 }),
    Field("num_disks", { _ in 1 }),
    Field("disk_details", { [$0.disk] }),
    Field("cpu_details", \.cpus),
    Field("nic_details", { _ in [JSON]() }),
    Field("memory_details", { ["maximum": $0.memory, "used": $0.memory / 2] }),
  ])

  private var disk: [String: Int] {
    [
      "read_bytes": readRequests * 2340, "read_requests": readRequests, "write_bytes": writeRequests * 11_840,
      "write_requests": writeRequests, "errors_count": 0,
    ]
  }

  private var cpus: [[String: Int]] {
    shownCPUs.map { ["id": $0, "time": cpuTime, "utilisation": 15] }
  }

  /// Until 2.47: what libvirt's driver wrote, under names of its own.
  private var plain: [String: Int] {
    var figures = [
      "memory": memory, "vda_read": readRequests * 2340, "vda_read_req": readRequests,
      "vda_write": writeRequests * 11_840, "vda_write_req": writeRequests, "vda_errors": -1,
    ]
    for cpu in shownCPUs { figures["cpu\(cpu)_time"] = cpuTime }
    return figures
  }

  static let routes: [Route] = [
    .get(
      "/servers/:server_id/diagnostics", "os_compute_api:os-server-diagnostics", .admin, access: .resource,
      query: .empty, run: show)
  ]

  private static func show(_ call: Call) throws -> Response {
    let server = try call.world.read { try Server.find(call.parameter("server_id"), call, $0) }
    guard server.host != nil else { throw Fault.conflict("Instance \(server.id) is not ready", reason: .state) }
    let diagnostics = ServerDiagnostics(server: server, now: call.now)
    guard call.version >= "2.48" else {
      return .json { json in
        for (name, value) in diagnostics.plain.sorted(by: { $0.key < $1.key }) {
          json.key(name)
          json.integer(value)
        }
      }
    }
    let projection = view.projection(for: call)
    return .json { json in projection.writeMembers(of: diagnostics, to: &json) }
  }
}
