import OpenStackAPI
import Persistence

/// The filters of a server list as SQL conditions.
struct ServerFilter {
  /// All conditions.
  private(set) var conditions: [Condition] = []
  /// Those that say which servers the caller may know of at all; markers are looked up among these.
  private(set) var scope: [Condition] = []

  private let call: Call
  private let isAdmin: Bool

  init(_ call: Call) throws {
    self.call = call
    isAdmin = try call.caller.isAdmin
    try refuseJoins()
    try addScope()
    try addStatus()
    try addDeletion()
    try addChanges()
    addColumns()
    addAddresses()
    addTags()
    try addLocked()
    conditions = scope + conditions
  }

  private func value(_ name: String) -> String? { call.query[name] }

  /// Names of tables that Nova would have to join, and private ones. Ordinary users' are dropped before Nova looks.
  private func refuseJoins() throws {
    guard isAdmin else { return }
    let given = QueryParameters(parsing: call.exchange.request.query).pairs.map(\.name)
    if let name = given.first(where: { Self.joins.contains($0) || $0.hasPrefix("_") }) {
      throw Fault.badRequest("Invalid filter field: \(name).")
    }
  }

  private static let joins: Set<String> = [
    "block_device_mapping", "info_cache", "metadata", "pci_devices", "security_groups", "services",
    "system_metadata",
  ]

  /// The caller's own project, unless an administrator asks for all, or for one of them.
  private mutating func addScope() throws {
    guard try isForAllProjects() else {
      scope.append(Condition("project_id = ?", try call.projectID))
      return
    }
    if let project = value("project_id") ?? value("tenant_id") { scope.append(Condition("project_id = ?", project)) }
  }

  private func isForAllProjects() throws -> Bool {
    guard let text = value("all_tenants") else { return false }
    let wanted = try text.isEmpty || truth(text)
    if wanted { try call.authorize(rule: call.route.operation + ":get_all_tenants") }
    return wanted
  }

  private func truth(_ text: String) throws -> Bool {
    guard let truth = text.trimmed.booleanWord else {
      throw Fault.badRequest(
        "Unrecognized value '\(text)', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', "
          + "'true', 'y', 'yes'")
    }
    return truth
  }

  /// Deleted servers show to administrators who ask, and in lists of changes; those that can be restored count as
  /// deleted here (nova.db.main.api, `instance_get_all_by_filters_sort`).
  private mutating func addDeletion() throws {
    let asked = isAdmin ? value("deleted").map { $0.trimmed.booleanWord ?? false } : nil
    let isOfSoftDeleted = isAdmin ? value("soft_deleted").map { !$0.isEmpty } : nil
    let showsAll = value("changes-since") != nil || value("changes-before") != nil
    guard let isOfDeleted = isListOfDeleted ? true : asked ?? (showsAll ? nil : false) else { return }
    let filter =
      switch (isOfDeleted, isOfSoftDeleted) {
      case (true, false): "deleted = 1"
      case (true, _): "(deleted = 1 OR vm_state = 'soft-delete')"
      case (false, true): "deleted = 0"
      case (false, _): "deleted = 0 AND vm_state <> 'soft-delete'"
      }
    conditions.append(Condition(filter))
  }

  /// Whether the list is one of deleted servers alone.
  private var isListOfDeleted: Bool {
    let texts = Set(call.query.all("status").map { $0.uppercased() })
    return texts.contains("DELETED") && VMState.allCases.filter { texts.contains($0.status) }.count == 1
  }

  /// A status stands for states. Where one of them is what a vm_state is called by itself, its task does not matter
  /// (nova.api.openstack.common, `task_and_vm_state_from_status`).
  private mutating func addStatus() throws {
    let texts = Set(call.query.all("status").map { $0.uppercased() })
    guard !texts.isEmpty else { return }
    let plain = VMState.allCases.filter { texts.contains($0.status) }
    let busy = VMState.allCases.flatMap { vm in
      TaskState.allCases.map { ServerState(vm: vm, task: $0, power: .none) }.filter {
        $0.status != vm.status && texts.contains($0.status)
      }
    }
    if plain.isEmpty, busy.isEmpty, call.version >= "2.38" { throw Fault.badRequest("Invalid status value") }
    if isListOfDeleted, !isAdmin { throw Fault.forbidden("Only administrators may list deleted instances") }
    let states = Set((plain + busy.map(\.vm)).map(\.rawValue)).sorted()
    conditions.append(.isOne("vm_state", of: states))
    guard plain.isEmpty else { return }
    conditions.append(.isOne("task_state", of: Set(busy.compactMap { $0.task?.rawValue }).sorted()))
  }

  private mutating func addChanges() throws {
    let since = value("changes-since").flatMap { Timestamp(iso8601: $0) }
    let before = value("changes-before").flatMap { Timestamp(iso8601: $0) }
    if let since, let before, since > before {
      throw Fault.badRequest("The value of changes-since must be less than or equal to changes-before.")
    }
    if let since { conditions.append(Condition("updated_at >= ?", since.microseconds)) }
    if let before { conditions.append(Condition("updated_at <= ?", before.microseconds)) }
  }

  /// A filter that compares a column: administrators may use all of them, others some, since a version; what they may
  /// not use is dropped in silence.
  private struct Column {
    let name, sql: String
    let isPattern: Bool
    let since: Version?

    static func exact(_ name: String, _ sql: String? = nil, since: Version? = nil) -> Column {
      Column(name: name, sql: sql ?? name, isPattern: false, since: since)
    }

    /// A regular expression, matched anywhere in the text.
    static func pattern(_ name: String, _ sql: String? = nil, since: Version? = nil) -> Column {
      Column(name: name, sql: sql ?? name, isPattern: true, since: since)
    }

    static func moment(_ name: String) -> Column {
      pattern(name, "strftime('%Y-%m-%d %H:%M:%S', \(name) / 1000000, 'unixepoch')", since: "2.83")
    }

    static func number(_ name: String, since: Version? = nil) -> Column {
      pattern(name, "CAST(\(name) AS TEXT)", since: since)
    }
  }

  private static let columns: [Column] = [
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

  private mutating func addColumns() {
    let columns = call.query["status"] == nil ? Self.columns + Self.states : Self.columns
    for column in columns where isAdmin || column.since.map({ call.version >= $0 }) ?? false {
      guard let text = value(column.name) else { continue }
      if !column.isPattern {
        conditions.append(Condition("\(column.sql) = ?", text))
      } else if RegularExpression.isValid(text) {
        conditions.append(Condition("\(column.sql) REGEXP ?", text))
      } else {
        conditions.append(Condition("0"))
      }
    }
  }

  /// No server has an address while there is no network.
  private mutating func addAddresses() {
    guard value("ip") != nil || value("ip6") != nil && (isAdmin || call.version >= "2.5") else { return }
    conditions.append(Condition("0"))
  }

  private mutating func addTags() {
    let hasTag = "EXISTS (SELECT 1 FROM json_each(servers.tags) WHERE value = ?)"
    func each(_ name: String) -> [String] { value(name)?.split(separator: ",").map(String.init) ?? [] }
    conditions += each("tags").map { Condition(hasTag, $0) }
    let any = each("tags-any").map { Condition(hasTag, $0) }
    if !any.isEmpty { conditions.append(.any(any)) }
    let none = each("not-tags-any").map { Condition("NOT \(hasTag)", $0) }
    conditions += none
    let notAll = each("not-tags").map { Condition("NOT \(hasTag)", $0) }
    if !notAll.isEmpty { conditions.append(.any(notAll)) }
  }

  private mutating func addLocked() throws {
    guard let text = value("locked") else { return }
    conditions.append(Condition("locked_by IS \(try truth(text) ? "NOT NULL" : "NULL")"))
  }
}
