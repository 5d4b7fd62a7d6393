import OpenStackAPI

/// `instance.*` of Nova's versioned notifications (Nova, "Available versioned notifications"). They follow the log of
/// actions: its entry is their start, its end theirs.
enum InstanceNotifications {
  static let all = [
    NotificationSource("instance_actions", .insert, begun),
    NotificationSource(
      "instance_actions", .update, where: "old.finish_time IS NULL AND new.finish_time IS NOT NULL", ended),
  ]

  /// What Nova's notifications call an action, where that is something else.
  private static let names = [
    ("delete", "iif(new.events = 'compute_soft_delete_instance', 'soft_delete', 'delete')"), ("start", "'power_on'"),
    ("stop", "'power_off'"), ("shelveOffload", "'shelve_offload'"), ("createImage", "'snapshot'"),
    ("createBackup", "'snapshot'"), ("confirmResize", "'resize_confirm'"), ("revertResize", "'resize_revert'"),
  ]
  private static let name =
    "CASE new.action" + names.map { " WHEN '\($0.0)' THEN \($0.1)" }.joined() + " ELSE new.action END"

  /// The actions that have a start and an end, by what their payload is.
  private static let payloads: [(actions: [String], object: VersionedObject)] = [
    (["create"], created), (["rebuild"], rebuilt), (["rescue"], rescued), (["createImage", "createBackup"], snapshot),
    (
      [
        "delete", "restore", "start", "stop", "reboot", "pause", "unpause", "suspend", "resume", "unrescue", "shelve",
        "shelveOffload", "unshelve", "confirmResize", "revertResize", "evacuate", "trigger_crash_dump",
      ], plain
    ),
  ]

  private static let begun =
    [
      NotificationDraft(
        "'instance.' || new.action", by: api, payload: payload(plain), where: "new.action IN ('lock', 'unlock')"),
      NotificationDraft(
        "'instance.rebuild_scheduled'", by: conductor, payload: payload(rebuilt), where: "new.action = 'rebuild'"),
    ] + phase("start") + [resize("resize_prep.start", resizePrepared)]
    // What takes no time has its end at once.
    + phase("end", where: "new.finish_time IS NOT NULL")

  private static let ended =
    ["start", "end"].map { phase in
      NotificationDraft(
        "'instance.shutdown.\(phase)'", by: compute, payload: payload(plain),
        where: "\(name) = 'delete' AND new.message IS NULL")
    }
    + phase("end", where: "new.message IS NULL") + phase("error", .error, where: "new.message IS NOT NULL")
    + [resize("resize_prep.end", resizePrepared)]
    + ["resize.start", "resize.end", "resize_finish.start", "resize_finish.end"].map { resize($0, plain) }
    + [
      NotificationDraft(
        "'instance.resize.error'", by: compute, .error, payload: payload(plain),
        where: "new.action = 'resize' AND new.message IS NOT NULL")
    ]

  private static let compute = "'nova-compute:' || new.host"
  private static let api = "'nova-api:' || new.host"
  private static let conductor = "'nova-conductor:' || new.host"

  private static func phase(
    _ phase: String, _ priority: NotificationDraft.Priority = .info, where condition: String = "TRUE"
  ) -> [NotificationDraft] {
    payloads.map { actions, object in
      let list = actions.map { "'\($0)'" }.joined(separator: ", ")
      return NotificationDraft(
        "'instance.' || \(name) || '.\(phase)'", by: compute, priority, payload: payload(object),
        where: "new.action IN (\(list)) AND \(condition)")
    }
  }

  private static func resize(_ name: String, _ object: VersionedObject) -> NotificationDraft {
    NotificationDraft(
      "'instance.\(name)'", by: compute, payload: payload(object),
      where: "new.action = 'resize' AND new.message IS NULL")
  }
}

// MARK: - Payloads

extension InstanceNotifications {
  /// The object with the fields of every instance before its own, made from the server's row.
  private static func payload(_ object: VersionedObject) -> String {
    var object = object
    object.data = common + object.data
    return "(SELECT \(object.sql) FROM servers AS s WHERE s.uuid = new.server_uuid)"
  }

  private static let plain = VersionedObject("InstanceActionPayload", "1.9", [])

  private static let created = VersionedObject(
    "InstanceCreatePayload", "1.13",
    [
      (
        "keypairs",
        NotificationValue.json(
          "SELECT json_group_array(\(keypair)) FROM keypairs WHERE user_id = s.user_id AND name = s.key_name")
      ),
      ("tags", "json(s.tags)"), ("trusted_image_certificates", "json(s.trusted_certs)"),
      ("instance_name", "printf('instance-%08x', s.id)"),
    ])
  private static let keypair = ComputeNotifications.keypair("keypairs").sql

  private static let rebuilt = VersionedObject(
    "InstanceActionRebuildPayload", "1.10", [("trusted_image_certificates", "json(s.trusted_certs)")])
  private static let rescued = VersionedObject("InstanceActionRescuePayload", "1.4", [("rescue_image_ref", "NULL")])
  private static let snapshot = VersionedObject(
    "InstanceActionSnapshotPayload", "1.10",
    [("snapshot_image_id", "coalesce(json_extract(new.payload, '$.image'), json_extract(new.payload, '$'))")])
  private static let resizePrepared = VersionedObject(
    "InstanceActionResizePrepPayload", "1.4", [("new_flavor", newFlavor.sql)])

  private static let common: [(String, String)] = [
    ("uuid", "s.uuid"), ("user_id", "s.user_id"), ("tenant_id", "s.project_id"),
    ("reservation_id", "s.reservation_id"), ("display_name", "s.display_name"),
    ("display_description", "s.display_description"), ("host_name", "s.hostname"), ("host", "s.host"),
    ("node", "s.host"), ("os_type", "NULL"), ("architecture", "json_extract(s.image_properties, '$.architecture')"),
    ("availability_zone", "s.availability_zone"), ("flavor", flavor.sql), ("image_uuid", "s.image_ref"),
    ("key_name", "s.key_name"), ("kernel_id", "''"), ("ramdisk_id", "''"),
    ("created_at", NotificationValue.moment("s.created_at")),
    ("launched_at", NotificationValue.moment("s.launched_at")),
    ("terminated_at", NotificationValue.moment("s.terminated_at")),
    ("deleted_at", "iif(s.deleted, \(NotificationValue.moment("s.terminated_at")), NULL)"),
    ("updated_at", NotificationValue.moment("s.updated_at")), ("state", "s.vm_state"), ("power_state", powerState),
    ("task_state", "s.task_state"), ("progress", "s.progress"), ("ip_addresses", "json('[]')"),
    ("block_devices", "NULL"), ("metadata", "json(s.metadata)"),
    ("locked", NotificationValue.truth("s.locked_by IS NOT NULL")), ("auto_disk_config", "s.auto_disk_config"),
    ("request_id", "new.request_id"), ("action_initiator_user", "new.user_id"),
    ("action_initiator_project", "new.project_id"), ("locked_reason", "s.locked_reason"), ("shares", "json('[]')"),
    ("fault", "iif(new.message IS NULL, NULL, \(fault.sql))"),
  ]

  /// The numbers of `PowerState` as Nova's objects spell them.
  private static let powerState = """
    CASE s.power_state WHEN 1 THEN 'running' WHEN 3 THEN 'paused' WHEN 4 THEN 'shutdown' WHEN 6 THEN 'crashed' \
    WHEN 7 THEN 'suspended' ELSE 'pending' END
    """

  private static let fault = VersionedObject(
    "ExceptionPayload", "1.1",
    [
      ("module_name", "'nova.compute.manager'"), ("function_name", "''"),
      ("exception", "iif(new.details LIKE 'No valid host%', 'NoValidHost', 'NovaException')"),
      ("exception_message", "coalesce(new.details, '')"), ("traceback", "''"),
    ])

  private static let flavor = FlavorNotifications.flavor([
    "flavorid": "s.flavor_id", "memory_mb": "s.memory_mb", "vcpus": "s.vcpus", "root_gb": "s.root_gb",
    "ephemeral_gb": "s.ephemeral_gb", "name": "s.flavor_name", "swap": "s.swap",
    "extra_specs": "json(s.flavor_extra_specs)",
  ])

  /// The flavor that a resize is to bring, as the action's payload has it.
  private static let newFlavor = FlavorNotifications.flavor([
    "flavorid": kept("id"), "memory_mb": kept("ram"), "vcpus": kept("vcpus"), "root_gb": kept("disk"),
    "ephemeral_gb": kept("ephemeral"), "name": kept("name"), "swap": kept("swap"),
    "extra_specs": "json(\(kept("extra_specs")))",
  ])

  private static func kept(_ name: String) -> String { "json_extract(new.payload, '$.\(name)')" }
}
