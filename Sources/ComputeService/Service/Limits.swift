import OpenStackAPI
import Persistence

/// What a project may have and what it has (Compute API, "Limits").
struct Limits: Sendable {
  let quota: ComputeSettings.Quota
  let usage: Usage

  /// What a project's servers take.
  struct Usage: Sendable, RowDecodable {
    let instances, cores, ram: Int

    init(row: inout Row) throws {
      instances = try row.next()
      cores = try row.next()
      ram = try row.next()
    }

    static func of(project: String, _ db: Connection) throws -> Usage {
      let usage: Usage? = try db.first(
        """
        SELECT count(*), ifnull(sum(vcpus), 0), ifnull(sum(memory_mb), 0) FROM servers
        WHERE project_id = ? AND deleted = 0 AND vm_state <> 'soft-delete'
        """, project)
      guard let usage else { throw Fault.unexpected }
      return usage
    }
  }

  static let view = View<Limits>([
    Field("maxTotalInstances", \.quota.instances),
    Field("maxTotalCores", \.quota.cores),
    Field("maxTotalRAMSize", \.quota.ram),
    Field("maxTotalKeypairs", \.quota.keyPairs),
    Field("maxServerMeta", \.quota.metadataItems),
    Field("maxImageMeta", \.quota.metadataItems, until: "2.38"),
    Field("maxPersonality", \.quota.injectedFiles, until: "2.56"),
    Field("maxPersonalitySize", \.quota.injectedFileContentBytes, until: "2.56"),
    Field("maxServerGroups", \.quota.serverGroups),
    Field("maxServerGroupMembers", \.quota.serverGroupMembers),
    Field("maxTotalFloatingIps", { _ in -1 }, until: "2.35"),
    Field("maxSecurityGroups", { _ in -1 }, until: "2.35"),
    Field("maxSecurityGroupRules", { _ in -1 }, until: "2.35"),
    Field("totalInstancesUsed", \.usage.instances),
    Field("totalCoresUsed", \.usage.cores),
    Field("totalRAMUsed", \.usage.ram),
    Field("totalServerGroupsUsed", { _ in 0 }),
    Field("totalFloatingIpsUsed", { _ in 0 }, until: "2.35"),
    Field("totalSecurityGroupsUsed", { _ in 0 }, until: "2.35"),
  ])

  static let routes: [Route] = [
    .get(
      "/limits", "os_compute_api:limits",
      query: Query([QueryParameter("tenant_id"), QueryParameter("reserved")], refusesUnknownSince: "2.75"), run: show)
  ]

  private static func show(_ call: Call) throws -> Response {
    var project = try call.caller.projectID ?? ""
    if let other = call.query["tenant_id"], other != project {
      try call.authorize(["project_id": other], rule: "os_compute_api:limits:other_project")
      project = other
    }
    let limits = try call.world.read { db in
      Limits(quota: call.world.compute.quota, usage: try Usage.of(project: project, db))
    }
    let projection = view.projection(for: call)
    return .json { json in
      json.object("limits") { json in
        json.array("rate") { _ in }
        json.key("absolute")
        projection.write(limits, to: &json)
      }
    }
  }
}
