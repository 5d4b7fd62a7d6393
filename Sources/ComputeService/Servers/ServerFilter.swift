import OpenStackAPI
import Persistence
import RegularExpressions

/// The filters of a server list as SQL conditions.
struct ServerFilter {
  /// All conditions.
  private(set) var conditions: [Condition] = []
  /// Those that say which servers the caller may know of at all; markers are looked up among these.
  private(set) var scope: [Condition] = []

  let call: Call
  let isAdmin: Bool
  /// What all expressions of the request may cost together.
  private lazy var budget = SearchBudget()

  init(_ call: Call) throws {
    self.call = call
    isAdmin = try call.caller.isAdmin
    try refuseJoins()
    try addScope()
    try addStatus()
    try addDeletion()
    conditions += try Changes(call.query).conditionsInSeconds
    for column in columns { try add(column) }
    addAddresses()
    conditions += tags
    try addLocked()
    conditions = scope + conditions
  }

  func value(_ name: String) -> String? { call.query[name] }

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

  private mutating func add(_ column: Column) throws {
    guard let text = value(column.name) else { return }
    guard column.isPattern else { return conditions.append(Condition("\(column.sql) = ?", text)) }
    conditions.append(Condition("\(column.sql) REGEXP ?", try search(for: text, in: column)))
  }

  /// A search, as MySQL does it under its usual collations: anywhere, whatever the case.
  private mutating func search(for pattern: String, in column: Column) throws -> TextSearch {
    guard let expression = try? RegularExpression(pattern, ignoringCase: true) else {
      throw call.exchange.service.dialect.invalid(
        Violation(.string(pattern), StringFormat.regex.refusal(of: pattern), path: [column.name]), in: .query)
    }
    return TextSearch(expression, of: column.name, within: budget, stepsPerText: column.steps)
  }

  /// No server has an address while there is no network.
  private mutating func addAddresses() {
    guard value("ip") != nil || value("ip6") != nil && (isAdmin || call.version >= "2.5") else { return }
    conditions.append(Condition("0"))
  }

  private mutating func addLocked() throws {
    guard let text = value("locked") else { return }
    conditions.append(Condition("locked_by IS \(try truth(text) ? "NOT NULL" : "NULL")"))
  }
}
