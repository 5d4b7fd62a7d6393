import CloudTesting
import OpenStackAPI
import Testing

/// The rules of `behaviour` as Nova's decorators give them: in which states each action is allowed, and where it leads.
@Suite("Server states")
struct ServerStateTests {
  /// A state that a server can be brought to, and how.
  struct Start: Sendable, CustomStringConvertible {
    let vm: String
    var orders: [JSON] = []
    var isAdmins = false
    var configuration = "{}"
    var description: String { vm }
  }

  static let starts: [Start] = [
    Start(vm: "active"), Start(vm: "stopped", orders: [["os-stop": nil]]),
    Start(vm: "paused", orders: [["pause": nil]]), Start(vm: "suspended", orders: [["suspend": nil]]),
    Start(vm: "rescued", orders: [["rescue": nil]]), Start(vm: "resized", orders: [["resize": ["flavorRef": "2"]]]),
    Start(vm: "shelved_offloaded", orders: [["shelve": nil]]),
    Start(vm: "shelved", orders: [["shelve": nil]], configuration: #"{"compute": {"shelved_offload_time": -1}}"#),
    Start(vm: "error", orders: [["os-resetState": ["state": "error"]]], isAdmins: true),
    Start(vm: "soft-delete", configuration: #"{"compute": {"reclaim_instance_interval": 60}}"#),
  ]

  /// What an action is called, what is sent, from which states it goes, what it answers, and the state it leads to
  /// (`nil` for the one it began in).
  struct Rule: Sendable, CustomStringConvertible {
    let verb: String
    let body: JSON
    let from: Set<String>
    var status = 202
    var to: String?
    var description: String { body.jsonText }
  }

  static let rules: [Rule] = [
    Rule(verb: "start", body: ["os-start": nil], from: ["stopped"], to: "active"),
    Rule(verb: "stop", body: ["os-stop": nil], from: ["active", "error"], to: "stopped"),
    Rule(verb: "reboot", body: ["reboot": ["type": "SOFT"]], from: ["active"], to: "active"),
    Rule(
      verb: "reboot", body: ["reboot": ["type": "HARD"]],
      from: ["active", "stopped", "paused", "suspended", "error"], to: "active"),
    Rule(verb: "pause", body: ["pause": nil], from: ["active"], to: "paused"),
    Rule(verb: "unpause", body: ["unpause": nil], from: ["paused"], to: "active"),
    Rule(verb: "suspend", body: ["suspend": nil], from: ["active"], to: "suspended"),
    Rule(verb: "resume", body: ["resume": nil], from: ["suspended"], to: "active"),
    Rule(verb: "rescue", body: ["rescue": nil], from: ["active", "stopped", "error"], status: 200, to: "rescued"),
    Rule(verb: "unrescue", body: ["unrescue": nil], from: ["rescued"], to: "active"),
    Rule(verb: "resize", body: ["resize": ["flavorRef": "3"]], from: ["active", "stopped"], to: "resized"),
    Rule(verb: "confirmResize", body: ["confirmResize": nil], from: ["resized"], status: 204, to: "active"),
    Rule(verb: "revertResize", body: ["revertResize": nil], from: ["resized"], to: "active"),
    Rule(
      verb: "shelve", body: ["shelve": nil], from: ["active", "stopped", "paused", "suspended"], to: "shelved_offloaded"
    ),
    Rule(verb: "shelveOffload", body: ["shelveOffload": nil], from: ["shelved"], to: "shelved_offloaded"),
    Rule(verb: "unshelve", body: ["unshelve": nil], from: ["shelved", "shelved_offloaded"], to: "active"),
    Rule(
      verb: "createImage", body: ["createImage": ["name": "i"]], from: ["active", "stopped", "paused", "suspended"]),
    Rule(
      verb: "createBackup", body: ["createBackup": ["name": "b", "backup_type": "daily", "rotation": 1]],
      from: ["active", "stopped", "paused", "suspended"]),
    Rule(
      verb: "rebuild", body: ["rebuild": ["imageRef": image]], from: ["active", "stopped", "error"], to: "active"),
    Rule(verb: "migrate", body: ["migrate": nil], from: ["active", "stopped"]),
    Rule(
      verb: "os-migrateLive", body: ["os-migrateLive": ["host": nil, "block_migration": "auto"]],
      from: ["active", "paused"]),
    Rule(verb: "evacuate", body: ["evacuate": [:]], from: ["active", "stopped", "error"], status: 400),
    Rule(verb: "changePassword", body: ["changePassword": ["adminPass": "x"]], from: ["active"]),
    Rule(
      verb: "trigger_crash_dump", body: ["trigger_crash_dump": nil],
      from: ["active", "paused", "rescued", "resized", "error"]),
    Rule(verb: "restore", body: ["restore": nil], from: ["soft-delete"], to: "active"),
    Rule(verb: "lock", body: ["lock": nil], from: Set(starts.map(\.vm))),
    Rule(verb: "unlock", body: ["unlock": nil], from: Set(starts.map(\.vm))),
    Rule(verb: "forceDelete", body: ["forceDelete": nil], from: Set(starts.map(\.vm)), to: "deleted"),
  ]

  /// Brings one server after another to the state, and gives each an order.
  @Test("every action in every state gives what the table says", arguments: starts)
  func table(_ start: Start) async throws {
    let cloud = try await TestCloud(start.configuration)
    for rule in Self.rules {
      let id = try await server(in: start, cloud)
      let answer = try await cloud.compute(as: .admin, at: "2.96").post("/servers/\(id)/action", rule.body)
      try await cloud.settle()
      if rule.from.contains(start.vm) {
        #expect(answer.status == rule.status, "\(rule) in \(start): \(answer)")
        // A rebuild leaves a stopped server stopped.
        let end = rule.verb == "rebuild" && start.vm == "stopped" ? "stopped" : rule.to ?? start.vm
        #expect(try await state(of: id, cloud) == end, "\(rule) in \(start)")
      } else if start.vm == "shelved_offloaded", ["start", "stop", "trigger_crash_dump"].contains(rule.verb) {
        // What asks for the host looks for it first.
        answer.refuses(with: "Instance \(id) is not ready")
      } else {
        answer.refuses(with: "Cannot '\(rule.verb)' instance \(id) while it is in vm_state \(start.vm)")
        #expect(try await state(of: id, cloud) == start.vm, "\(rule) in \(start)")
      }
      _ = try await cloud.compute(as: .admin, at: "2.96").post("/servers/\(id)/action", ["forceDelete": nil])
      try await cloud.settle()
    }
  }

  private func server(in start: Start, _ cloud: TestCloud) async throws -> String {
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let id = try await nova.boot()
    try await cloud.settle()
    for order in start.orders {
      let answer = try await nova.post("/servers/\(id)/action", order)
      #expect(answer.status < 300, "\(answer)")
      try await cloud.settle()
    }
    if start.vm == "soft-delete" { try await nova.delete("/servers/\(id)").expect(204) }
    try await cloud.settle()
    #expect(try await state(of: id, cloud) == start.vm)
    return id
  }

  private func state(of id: String, _ cloud: TestCloud) async throws -> String? {
    let answer = try await cloud.compute(as: .admin, at: "2.96").get("/servers/\(id)")
    return answer.status == 404 ? "deleted" : answer.json["server"]?["OS-EXT-STS:vm_state"]?.text
  }

  @Test("while a task is under way only what may cut it short is allowed")
  func tasks() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(at: "2.96")
    let id = try await nova.boot()
    try await nova.post("/servers/\(id)/action", ["os-stop": nil]).expect(404)
    try await cloud.advance(.seconds(1))
    try await nova.post("/servers/\(id)/action", ["os-stop": nil]).refuses(with: "Instance \(id) is not ready")
    try await nova.post("/servers/\(id)/action", ["pause": nil]).refuses(
      with: "Cannot 'pause' instance \(id) while it is in vm_state building")
    try await cloud.advance(.seconds(60))
    try await nova.post("/servers/\(id)/action", ["pause": nil]).expect(202)
    try await nova.post("/servers/\(id)/action", ["suspend": nil]).refuses(
      with: "Cannot 'suspend' instance \(id) while it is in task_state pausing")
    try await nova.post("/servers/\(id)/action", ["reboot": ["type": "HARD"]]).expect(202)
  }

  @Test("a server that never ran takes no order that needs it to have run")
  func neverLaunched() async throws {
    let cloud = try await TestCloud(#"{"transitions": {"pace": "realistic"}}"#)
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let id = try await nova.boot()
    try await nova.post("/servers/\(id)/action", ["os-resetState": ["state": "error"]]).expect(202)
    try await nova.post("/servers/\(id)/action", ["rescue": nil]).refuses(
      with: "Instance \(id) is in an invalid state for 'rescue'")
    try await nova.delete("/servers/\(id)").expect(204)
  }
}

extension Answer {
  /// Expects a refusal in Nova's form.
  func refuses(_ status: Int, _ name: String, _ message: String, _ location: SourceLocation = #_sourceLocation) {
    #expect(
      self.status == status && json[name]?["message"]?.text == message, "\(self)", sourceLocation: location)
  }

  /// Expects Nova's conflict.
  func refuses(with message: String, _ location: SourceLocation = #_sourceLocation) {
    #expect(
      status == 409 && json["conflictingRequest"]?["message"]?.text == message, "\(self)", sourceLocation: location)
  }
}
