import OpenStackAPI
import Persistence

/// What a project may have and what it has (Compute API, "Limits").
struct Limits: Sendable {
  let quota: QuotaLimits
  let usage: QuotaUsage?

  static let view = View<Limits>([
    Field("maxTotalInstances", { $0.quota[.instances] }),
    Field("maxTotalCores", { $0.quota[.cores] }),
    Field("maxTotalRAMSize", { $0.quota[.ram] }),
    Field("maxTotalKeypairs", { $0.quota[.keyPairs] }),
    Field("maxServerMeta", { $0.quota[.metadataItems] }),
    Field("maxImageMeta", { $0.quota[.metadataItems] }, until: "2.38"),
    Field("maxPersonality", { $0.quota[.injectedFiles] }, until: "2.56"),
    Field("maxPersonalitySize", { $0.quota[.injectedFileContentBytes] }, until: "2.56"),
    Field("maxServerGroups", { $0.quota[.serverGroups] }),
    Field("maxServerGroupMembers", { $0.quota[.serverGroupMembers] }),
    Field("maxTotalFloatingIps", { _ in -1 }, until: "2.35"),
    Field("maxSecurityGroups", { _ in -1 }, until: "2.35"),
    Field("maxSecurityGroupRules", { _ in -1 }, until: "2.35"),
    Field("totalInstancesUsed", { $0.usage?.instances ?? 0 }),
    Field("totalCoresUsed", { $0.usage?.cores ?? 0 }),
    Field("totalRAMUsed", { $0.usage?.ram ?? 0 }),
    Field("totalServerGroupsUsed", { $0.usage?.serverGroups ?? 0 }),
    Field("totalFloatingIpsUsed", { _ in 0 }, until: "2.35"),
    Field("totalSecurityGroupsUsed", { _ in 0 }, until: "2.35"),
  ])

  /// `reserved` was a parameter once; since 2.75 the schema knows `tenant_id` alone.
  private static let query = Query(
    [QueryParameter("tenant_id"), QueryParameter("reserved", until: "2.74")], refusesUnknownSince: "2.75")

  static let routes: [Route] = [.get("/limits", "os_compute_api:limits", query: query, run: show)]

  /// Whoever names a project, even the own one, asks as an administrator does.
  private static func show(_ call: Call) throws -> Response {
    var project = try call.caller.projectID ?? ""
    if let named = call.query["tenant_id"] {
      try call.authorize(rule: "os_compute_api:limits:other_project")
      project = named
    }
    let limits = try call.world.read { db in
      Limits(
        quota: try .of(project: project, db, call.world), usage: try .of(project: project, db))
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
