import OpenStackAPI
import Testing

@testable import PocketStack

/// Our rules beside upstream's (`docs/reference-policies`, as the services themselves list them): for every operation
/// that both know, every kind of caller must get the same answer about every kind of target.
@Suite("Policy rules")
struct PolicyReferenceTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  @Test("decide as upstream's do", arguments: ["identity", "compute", "image"])
  func decisions(service type: String) throws {
    let service = try #require(CloudServices.standard[type])
    let upstream = try Self.reference(type)
    let theirs = try Policies(declared: upstream)
    let ours = try Policies(declared: service.declaredRules)
    for (name, rule) in service.declaredRules.sorted(by: { $0.key < $1.key }) {
      guard let wanted = upstream[name] else { continue }
      let targets = Self.targets(Self.targetNames(in: name, upstream).union(Self.targetNames(in: rule.text)))
      let cases = targets.flatMap { target in Self.callers.map { (target, $0) } }
      let wrong = cases.first { ours.allows(name, $1, $0) != theirs.allows(name, $1, $0) }
      guard let (target, caller) = wrong else { continue }
      Issue.record(
        """
        \(name) answers otherwise for \(caller.roles.map(\.name)) \(caller.scope) on \(target); upstream's rule is \
        \(wanted.text), for \(String(describing: wanted.scopes))
        """)
    }
  }

  @Test("have upstream's names, but for those of operations upstream does not protect by a rule")
  func names() throws {
    for type in ["identity", "compute", "image"] {
      let service = try #require(CloudServices.standard[type])
      let upstream = try Self.reference(type)
      let others = Set(service.routes.filter { $0.access != .open }.map(\.operation)).filter { upstream[$0] == nil }
      #expect(others.sorted() == Self.unprotected[type]?.sorted(), "\(type)")
    }
  }

  /// Operations that upstream lets anybody with a token do, or checks in code.
  private static let unprotected: [String: [String]] = [
    "identity": ["identity:change_password"],
    "compute": [
      "gone", "os_compute_api:flavors:detail", "os_compute_api:flavors:index", "os_compute_api:flavors:show",
      "os_compute_api:image-metadata:create", "os_compute_api:image-metadata:delete",
      "os_compute_api:image-metadata:index", "os_compute_api:image-metadata:show",
      "os_compute_api:image-metadata:update", "os_compute_api:image-metadata:update_all",
      "os_compute_api:images:delete", "os_compute_api:images:detail", "os_compute_api:images:index",
      "os_compute_api:images:show", "os_compute_api:os-remote-consoles:rdp", "version:show",
    ],
    "image": ["info_import", "info_stores", "info_usage", "schemas", "version"],
  ]

  /// Upstream's rules by name.
  private static func reference(_ type: String) throws -> [String: PolicyRule] {
    let text = String(decoding: try File.read("\(root)/docs/reference-policies/\(type).tsv"), as: UTF8.self)
    var rules: [String: PolicyRule] = [:]
    for line in text.split(separator: "\n").dropFirst() {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard cells.count == 3 else { continue }
      var scopes: TokenScopes = []
      for scope in cells[1].split(separator: ",") {
        switch scope {
        case "system": scopes.insert(.system)
        case "domain": scopes.insert(.domain)
        default: scopes.insert(.project)
        }
      }
      rules[String(cells[0])] = PolicyRule(String(cells[2])).only(scopes.isEmpty ? .all : scopes)
    }
    return rules
  }

  /// What a rule and those it refers to compare of the target: the names in `%(name)s`.
  private static func targetNames(in rule: String, _ rules: [String: PolicyRule], depth: Int = 0) -> Set<String> {
    guard depth < 8, let text = rules[rule]?.text else { return [] }
    var names = targetNames(in: text)
    for word in text.split(whereSeparator: { $0.isWhitespace || "()".contains($0) }) where word.hasPrefix("rule:") {
      names.formUnion(targetNames(in: String(word.dropFirst(5)), rules, depth: depth + 1))
    }
    return names
  }

  private static func targetNames(in text: String) -> Set<String> {
    Set(
      text.matches(of: /%\(([^)]*)\)s/).map { match in
        let name = String(match.output.1)
        return name.hasPrefix("target.") ? String(name.dropFirst(7)) : name
      })
  }

  /// Targets in which each of these names is the caller's own, another's, or missing.
  private static func targets(_ names: Set<String>) -> [PolicyTarget] {
    names.sorted().reduce([[:]]) { targets, name in
      targets.flatMap { target -> [PolicyTarget] in
        [target] + values(of: name).map { target.merging([name: $0]) { $1 } }
      }
    }
  }

  private static func values(of name: String) -> [String] {
    if name.hasSuffix("role.name") { return ["admin", "manager", "member"] }
    if name.hasSuffix("visibility") { return ["public", "private", "shared", "community"] }
    if name.contains("user") || name.contains("trust") { return ["u1", "u2"] }
    if name.contains("domain") { return ["d1", "d2", "None"] }
    return ["p1", "p2"]
  }

  /// The personas, each with every kind of token.
  private static let callers: [Authorization] = {
    let chain = ["reader", "member", "manager", "admin"]
    let roles = [[], ["service"]] + chain.indices.map { Array(chain[...$0]) }
    let domain = Authorization.Reference(id: "d1", name: "d1")
    let scopes: [Authorization.Scope] = [
      .unscoped, .project(Authorization.Reference(id: "p1", name: "p1"), domain: domain), .domain(domain), .system,
    ]
    return scopes.flatMap { scope in
      roles.map { names in
        Authorization(
          user: Authorization.Reference(id: "u1", name: "u1"), userDomain: domain, scope: scope,
          roles: names.map { Authorization.Reference(id: $0, name: $0) }, auditID: "a",
          expiresAt: Timestamp(seconds: 4_000_000_000))
      }
    }
  }()
}
