import OpenStackAPI
import Persistence

/// Actions that reach into the guest or its hypervisor (Compute API, "Change Administrative Password", "Trigger Crash
/// Dump" and the administrators' actions on networks).
extension Server {
  static let guestRoutes: [Route] = [
    .action(
      "/servers/:id/action", "changePassword", "os_compute_api:os-admin-password",
      body: Body("changePassword", [Property("adminPass", .string(), .required)])
    ) { call in try await begin(.changePassword, call) },
    .action(
      "/servers/:id/action", "trigger_crash_dump", "os_compute_api:servers:trigger_crash_dump", since: "2.17",
      body: Body("trigger_crash_dump", .null)
    ) { call in try await begin(.triggerCrashDump, call) },
    .action(
      "/servers/:id/action", "injectNetworkInfo", "os_compute_api:os-admin-actions:inject_network_info", .admin,
      run: injectNetworkInfo),
  ]

  /// Writes the server's addresses into the guest once more, of which nobody sees anything.
  private static func injectNetworkInfo(_ call: Call) throws -> Response {
    try call.world.read { db in try find(call.parameter("id"), call, db).refuseLocked(call) }
    return .empty
  }
}
