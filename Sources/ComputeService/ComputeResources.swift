import OpenStackAPI

/// What users of Nova make and end.
enum ComputeResources {
  static let all = [
    server, flavor, flavorAccess, keypair,
    ResourceKind(
      "server_group", in: "server_groups", id: "uuid", called: "name", project: "project_id", user: "user_id",
      key: .rising("id"), unseen: ["id"]),
    ResourceKind(
      "aggregate", in: "aggregates", id: "uuid", called: "name", created: "created_at", key: .rising("id")),
    ResourceKind(
      "quota", in: "quota_limits", id: "project_id || iif(user_id = '', '', '/' || user_id) || '/' || resource",
      called: "resource", project: "project_id", user: "nullif(user_id, '')", unseen: ["id"]),
    ResourceKind(
      "quota_class", in: "quota_class_limits", id: "class || '/' || resource", called: "resource",
      isEndedByClients: false, unseen: ["id"]),
    ResourceKind("service", in: "compute_services", id: "binary", isEndedByClients: false, unseen: ["id"]),
  ]

  /// One that waits for its end in SOFT_DELETED is no longer there, though its status can be waited for.
  private static let server = ResourceKind(
    "server", in: "servers", id: "uuid", called: "display_name", project: "project_id", user: "user_id",
    created: "created_at",
    request: """
      (SELECT request_id FROM instance_actions WHERE server_uuid = servers.uuid AND action = 'create' \
      ORDER BY start_time, id LIMIT 1)
      """,
    where: "deleted = 0 AND vm_state <> 'soft-delete'", key: .rising("id"), unseen: ["id"], secret: ["user_data"],
    words: ["display_name": "name", "display_description": "description", "image_ref": "image"],
    status: ResourceStatus(
      "vm_state, task_state, power_state", where: "deleted = 0", failure: VMState.error.status
    ) { row in try ServerState(row: &row).status })

  private static let flavor = ResourceKind(
    "flavor", in: "flavors", id: "flavorid", called: "name", created: "created_at",
    key: .text("flavorid || ' ' || created_at"), unseen: ["id"],
    words: ["memory_mb": "ram", "root_gb": "disk", "ephemeral_gb": "ephemeral"])

  private static let flavorAccess = ResourceKind(
    "flavor_access", in: "flavor_access",
    id: "(SELECT flavorid FROM flavors WHERE id = flavor_access.flavor) || '/' || project_id",
    called: "(SELECT name FROM flavors WHERE id = flavor_access.flavor)", project: "project_id", unseen: ["flavor"])

  private static let keypair = ResourceKind(
    "keypair", in: "keypairs", id: "name", called: "name", user: "user_id", created: "created_at",
    identity: "user_id || '/' || name", key: .rising("id"), unseen: ["id"])
}
