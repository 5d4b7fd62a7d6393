import OpenStackAPI
import Persistence

extension Server {
  static let listQuery = Query(
    filters + [
      QueryParameter("sort_key", sortKey), QueryParameter("sort_dir"),
      QueryParameter("tags", since: "2.26"), QueryParameter("tags-any", since: "2.26"),
      QueryParameter("not-tags", since: "2.26"), QueryParameter("not-tags-any", since: "2.26"),
      QueryParameter("changes-before", .string(format: .dateTime), since: "2.66"),
      QueryParameter("locked", since: "2.73"),
    ] + QueryParameter.paging(), refusesUnknownSince: "2.75", furtherPrefix: "_")

  /// Filters that every version knows; which of them a caller may use is decided when they are read.
  private static let filters: [QueryParameter] =
    [QueryParameter("changes-since", .string(format: .dateTime))]
    + [
      "all_tenants", "block_device_mapping", "deleted", "host", "info_cache", "metadata", "pci_devices",
      "security_groups", "services", "system_metadata", "image", "image_ref", "launch_index", "power_state",
      "project_id",
      "soft_deleted", "status", "task_state", "tenant_id", "user_id", "uuid", "vm_state",
    ].map { QueryParameter($0) }
    + [
      "access_ip_v4", "access_ip_v6", "auto_disk_config", "availability_zone", "config_drive", "created_at",
      "description", "display_description", "display_name", "flavor", "hostname", "ip", "ip6", "kernel_id", "key_name",
      "launched_at", "locked_by", "name", "node", "progress", "ramdisk_id", "reservation_id", "root_device_name",
      "terminated_at",
    ].map { QueryParameter($0, .string(format: .regex)) }

  static let sortColumns = [
    "access_ip_v4", "access_ip_v6", "auto_disk_config", "availability_zone", "config_drive", "created_at",
    "display_description", "display_name", "host", "hostname", "image_ref", "instance_type_id", "kernel_id",
    "key_name", "launch_index", "launched_at", "locked_by", "node", "power_state", "progress", "project_id",
    "ramdisk_id", "root_device_name", "task_state", "terminated_at", "updated_at", "user_id", "uuid", "vm_state",
  ]

  /// Columns that Nova let clients sort by and never meant to: without effect until 2.74, then refused.
  private static let ignoredSortKeys = [
    "architecture", "cell_name", "cleaned", "default_ephemeral_device", "default_swap_device", "deleted", "deleted_at",
    "disable_terminate", "ephemeral_gb", "ephemeral_key_uuid", "id", "key_data", "launched_on", "memory_mb", "os_type",
    "reservation_id", "root_gb", "shutdown_terminate", "user_data", "vcpus", "vm_mode",
  ]

  private static let sortKey = Schema.byVersion { version in
    .string(in: sortColumns + ["locked"] + (version < "2.75" ? ignoredSortKeys : []))
  }

  private static func isIgnored(_ key: String, _ version: Version) -> Bool {
    key == "locked" ? version < "2.73" : ignoredSortKeys.contains(key)
  }

  /// The columns that sort keys stand for, where these differ.
  private static let sortAliases = [
    "instance_type_id": "flavor_id", "node": "host", "locked": "(locked_by IS NOT NULL)", "kernel_id": "''",
    "ramdisk_id": "''",
  ]

  private static let nullable: Set<String> = [
    "availability_zone", "display_description", "host", "image_ref", "key_name", "launched_at", "locked_by",
    "root_device_name", "task_state", "terminated_at",
  ]

  static func list(_ call: Call) throws -> Response { try page(of: summary, path: "/servers", call) }

  static func listDetail(_ call: Call) throws -> Response { try page(of: listed, path: "/servers/detail", call) }

  private static func page(of view: View<Server>, path: String, _ call: Call) throws -> Response {
    let filter = try ServerFilter(call)
    var listing = Listing(columns, from: "servers", key: "uuid")
    listing.conditions = filter.conditions
    listing.order = try order(call)
    return try Collection<Server>(
      name: "servers", linksName: "servers_links", path: path, listing: listing, markersAmong: filter.scope, id: \.id,
      unknownMarker: { "marker [\($0)] not found" }
    ).page(view, call)
  }

  /// Newest first unless the client says otherwise; `sort_dir` belongs to `sort_key` in the order they were given.
  private static func order(_ call: Call) throws -> [SortOrder] {
    let (keys, directions) = sorting(call)
    guard directions.allSatisfy({ $0 == "asc" || $0 == "desc" }) else {
      throw Fault.badRequest("Invalid input received: Unknown sort direction, must be 'desc' or 'asc'")
    }
    guard directions.count <= max(keys.count, 1) else {
      throw Fault.badRequest("Invalid input received: Sort direction size exceeds sort key size")
    }
    if let key = keys.first(where: { $0 == "host" || $0 == "node" }), try !call.caller.isAdmin {
      throw Fault.forbidden("Only administrators can sort servers by \(key)")
    }
    let first = directions.first ?? "desc"
    var seen: Set<String> = []
    // A key that comes a second time decides nothing.
    let given = keys.enumerated().filter { seen.insert($0.element).inserted }.map { index, key in
      SortOrder(
        sortAliases[key] ?? key, descending: (index < directions.count ? directions[index] : first) == "desc",
        nullable: nullable.contains(key))
    }
    let isNewestFirst = (directions.last ?? "desc") == "desc"
    return given + [SortOrder("created_at", descending: isNewestFirst), SortOrder("id", descending: isNewestFirst)]
  }

  /// The keys and directions that are given, without the keys that have no effect and the directions beside them.
  private static func sorting(_ call: Call) -> (keys: [String], directions: [String]) {
    let (keys, directions) = (call.query.all("sort_key"), call.query.all("sort_dir"))
    let counting = keys.indices.filter { !isIgnored(keys[$0], call.version) }
    let beside = counting.filter { $0 < directions.count }.map { directions[$0] }
    return (counting.map { keys[$0] }, beside + directions.dropFirst(keys.count))
  }
}
