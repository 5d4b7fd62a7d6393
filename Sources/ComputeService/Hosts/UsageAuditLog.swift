import OpenStackAPI

/// Which hosts have counted their servers for the month before (Compute API, "Server usage audit log"). The host here
/// never does: `instance_usage_audit` is off unless somebody wants its notifications. Since compute hosts live in cells
/// of their own (Pike), Nova does not even know of them here: it looks among the services of its own database.
enum UsageAuditLog {
  static let routes: [Route] = [
    .get(
      "/os-instance_usage_audit_log", "os_compute_api:os-instance-usage-audit-log:list", .admin, query: .empty
    ) { answer("instance_usage_audit_logs", before: $0.now, $0) },
    .get(
      "/os-instance_usage_audit_log/:id", "os_compute_api:os-instance-usage-audit-log:show", .admin, query: .empty
    ) { call in
      let text = call.parameter("id")
      guard text.utf8.count >= 19, !text.contains("T"), let moment = Timestamp(iso8601: text) else {
        throw Fault.badRequest("Invalid timestamp for date \(text)")
      }
      return answer("instance_usage_audit_log", before: moment, call)
    },
  ]

  private static func answer(_ name: StaticString, before moment: Timestamp, _ call: Call) -> Response {
    let text = moment.text(.plain)
    let year = Int(text.prefix(4)) ?? 0
    let month = Int(text.dropFirst(5).prefix(2)) ?? 1
    let hosts = call.world.cloud.release < .pike ? [call.world.compute.host] : []
    return .json { json in
      json.object(name) { json in
        json.member("period_beginning", month == 1 ? start(year - 1, 12) : start(year, month - 1))
        json.member("period_ending", start(year, month))
        json.member("num_hosts", hosts.count)
        json.member("num_hosts_done", 0)
        json.member("num_hosts_running", 0)
        json.member("num_hosts_not_run", hosts.count)
        json.member("hosts_not_run", hosts)
        json.member("total_instances", 0)
        json.member("total_errors", 0)
        json.member("overall_status", (hosts.isEmpty ? "ALL" : "0 of 1") + " hosts done. 0 errors.")
        json.object("log") { _ in }
      }
    }
  }

  private static func start(_ year: Int, _ month: Int) -> String {
    "\(year)-\(month < 10 ? "0" : "")\(month)-01 00:00:00"
  }
}
