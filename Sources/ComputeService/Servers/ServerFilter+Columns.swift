import OpenStackAPI
import RegularExpressions

extension ServerFilter {
  /// A filter that compares a column: administrators may use all of them, others some, since a version; what they may
  /// not use is dropped in silence.
  struct Column {
    let name, sql: String
    let isPattern: Bool
    /// What it takes to make the text, in steps of a search.
    var steps = 0
    let since: Version?

    static func exact(_ name: String, _ sql: String? = nil, since: Version? = nil) -> Column {
      Column(name: name, sql: sql ?? name, isPattern: false, since: since)
    }

    /// A regular expression, matched anywhere in the text.
    static func pattern(_ name: String, _ sql: String? = nil, since: Version? = nil) -> Column {
      Column(name: name, sql: sql ?? name, isPattern: true, since: since)
    }

    static func moment(_ name: String) -> Column {
      var column = pattern(
        name, "strftime('%Y-%m-%d %H:%M:%S', \(name) / 1000000, 'unixepoch')", since: "2.83")
      column.steps = 1000
      return column
    }

    static func number(_ name: String, since: Version? = nil) -> Column {
      pattern(name, "CAST(\(name) AS TEXT)", since: since)
    }
  }

  private static let always: [Column] = [
    .exact("image", "image_ref", since: "2.1"), .exact("flavor", "flavor_id", since: "2.1"),
    .pattern("name", "display_name", since: "2.1"), .pattern("reservation_id", since: "2.1"),
    .exact("user_id", since: "2.83"), .pattern("availability_zone", since: "2.83"),
    .pattern("key_name", since: "2.83"), .number("power_state", since: "2.83"), .number("progress", since: "2.83"),
    .pattern("config_drive", "CASE config_drive WHEN 1 THEN 'True' ELSE '' END", since: "2.83"),
    .moment("created_at"), .moment("launched_at"), .moment("terminated_at"), .pattern("hostname", since: "2.90"),
    .exact("uuid"), .exact("host"), .exact("image_ref"), .pattern("node", "host"), .pattern("display_name"),
    .pattern("display_description"), .pattern("access_ip_v4"), .pattern("access_ip_v6"), .pattern("locked_by"),
    .number("launch_index"), .pattern("root_device_name"), .pattern("kernel_id", "''"), .pattern("ramdisk_id", "''"),
    .pattern("auto_disk_config", "CASE auto_disk_config WHEN 'AUTO' THEN '1' ELSE '0' END"),
  ]

  /// What a status says of the states already.
  private static let states: [Column] = [.exact("vm_state", since: "2.83"), .exact("task_state", since: "2.83")]

  /// The columns that the caller may filter by at this version.
  var columns: [Column] {
    let columns = call.query["status"] == nil ? Self.always + Self.states : Self.always
    return columns.filter { column in isAdmin || column.since.map { call.version >= $0 } ?? false }
  }
}
