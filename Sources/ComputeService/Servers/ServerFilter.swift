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
    try addDeletion()
    try addStatus()
    try addChanges()
    try addPatterns()
    addExact()
    addTags()
    addLocked()
    conditions = scope + conditions
  }

  private func value(_ name: String) -> String? { call.query[name] }

  /// Names of tables that Nova would have to join, and private ones.
  private func refuseJoins() throws {
    let given = QueryParameters(parsing: call.exchange.request.query).pairs.map(\.name)
    if let name = given.first(where: { Self.joins.contains($0) || $0.hasPrefix("_") }) {
      throw Fault.badRequest("Invalid filter field: \(name).")
    }
  }

  private static let joins: Set<String> = [
    "block_device_mapping", "extra", "info_cache", "metadata", "pci_devices", "security_groups", "services",
    "system_metadata",
  ]

  /// Filters that ordinary users may use; others of theirs are dropped in silence.
  private func mayUse(_ name: String, since version: Version? = nil) -> Bool {
    isAdmin || version.map { call.version >= $0 } ?? false
  }

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
    guard let wanted = try truth(text, emptyIs: true) else { return false }
    if wanted { try call.authorize(rule: call.route.operation + ":get_all_tenants") }
    return wanted
  }

  private func truth(_ text: String, emptyIs: Bool?) throws -> Bool? {
    let word = text.trimmed
    if word.isEmpty { return emptyIs }
    guard let truth = word.booleanWord else {
      throw Fault.badRequest(
        "Unrecognized value '\(text)', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', "
          + "'true', 'y', 'yes'")
    }
    return truth
  }

  /// Deleted servers show to administrators who ask, and in lists of changes; those that can be restored go with them.
  private mutating func addDeletion() throws {
    let deleted = isAdmin ? try value("deleted").flatMap { try truth($0, emptyIs: false) } : nil
    let softDeleted = isAdmin ? try value("soft_deleted").flatMap { try truth($0, emptyIs: false) } : nil
    if deleted == true {
      conditions.append(Condition(softDeleted ?? true ? "(deleted = 1 OR vm_state = 'soft-delete')" : "deleted = 1"))
    } else if deleted == false || value("changes-since") == nil {
      conditions.append(Condition(softDeleted ?? false ? "deleted = 0" : "deleted = 0 AND vm_state <> 'soft-delete'"))
    }
  }

  private mutating func addStatus() throws {
    let texts = call.query.all("status").map { $0.uppercased() }
    if texts.contains("DELETED"), !isAdmin { throw call.refusal(of: "os_compute_api:servers:allow_all_filters") }
    guard !texts.isEmpty else { return }
    let states = VMState.allCases.flatMap { vm in
      ([nil] + TaskState.allCases.map(Optional.some)).map { ServerState(vm: vm, task: $0, power: .none) }
    }
    let matching = states.filter { texts.contains($0.status) }
    if matching.isEmpty, call.version >= "2.38" { throw Fault.badRequest("Invalid status value") }
    conditions.append(.any(Self.conditions(for: matching)))
  }

  /// A vm_state whose status hangs on the task names the tasks; one that has the status whatever the task does not.
  private static func conditions(for states: [ServerState]) -> [Condition] {
    let every = TaskState.allCases.count + 1
    return Dictionary(grouping: states, by: \.vm).sorted { $0.key.rawValue < $1.key.rawValue }.map { vm, group in
      if group.count == every { return Condition("vm_state = ?", vm.rawValue) }
      let tasks = group.compactMap { $0.task?.rawValue }
      let places = tasks.map { _ in "?" }.joined(separator: ", ")
      let isIdleIncluded = group.contains { $0.task == nil }
      return Condition(
        "(vm_state = ? AND (task_state IN (\(places))\(isIdleIncluded ? " OR task_state IS NULL" : "")))",
        values: [vm.rawValue] + tasks)
    }
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

  /// Regular expressions, matched anywhere in the text.
  private mutating func addPatterns() throws {
    let columns = [("name", "display_name"), ("hostname", "hostname"), ("description", "display_description")]
    for (name, column) in columns {
      guard let pattern = value(name) else { continue }
      guard name != "hostname" || mayUse(name, since: "2.90"), name != "description" || isAdmin else { continue }
      conditions.append(Condition("\(column) REGEXP ?", pattern))
    }
  }

  private mutating func addExact() {
    let columns: [(name: String, column: String, since: Version?)] = [
      ("image", "image_ref", "2.1"), ("flavor", "flavor_id", "2.1"), ("reservation_id", "reservation_id", "2.1"),
      ("uuid", "uuid", nil), ("host", "host", nil), ("node", "host", nil), ("user_id", "user_id", "2.83"),
      ("key_name", "key_name", "2.83"), ("availability_zone", "availability_zone", "2.83"),
      ("vm_state", "vm_state", "2.83"), ("task_state", "task_state", "2.83"),
    ]
    for (name, column, since) in columns where mayUse(name, since: since) {
      if let text = value(name) { conditions.append(Condition("\(column) = ?", text)) }
    }
    for (name, column) in [("power_state", "power_state"), ("progress", "progress")] where mayUse(name, since: "2.83") {
      if let text = value(name) { conditions.append(Condition("\(column) = ?", Int(text) ?? -1)) }
    }
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

  private mutating func addLocked() {
    guard let text = value("locked") else { return }
    let isLocked = text.booleanWord == true
    conditions.append(Condition("locked_by IS \(isLocked ? "NOT NULL" : "NULL")"))
  }
}
