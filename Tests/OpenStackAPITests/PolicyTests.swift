import OpenStackAPI
import Testing

@Suite("Policy")
struct PolicyTests {
  private func caller(project: String? = "p1", user: String = "u1", roles: [String]) -> Authorization {
    let domain = Authorization.Reference(id: "default", name: "Default")
    let scope: Authorization.Scope =
      project.map { .project(Authorization.Reference(id: $0, name: $0), domain: domain) } ?? .system
    return Authorization(
      user: Authorization.Reference(id: user, name: user), userDomain: domain, scope: scope,
      roles: roles.map { Authorization.Reference(id: $0, name: $0) }, auditID: "a",
      expiresAt: Timestamp(seconds: 4_000_000_000))
  }

  @Test(
    "rules hold as oslo.policy reads them",
    arguments: [
      ("", true), ("@", true), ("!", false), ("role:member", true), ("role:Member", true), ("role:admin", false),
      ("not role:admin", true), ("role:admin or role:member", true), ("role:admin and role:member", false),
      ("project_id:%(project_id)s", true), ("project_id:%(target.project_id)s", true), ("user_id:%(user_id)s", false),
      ("role:admin or (project_id:%(project_id)s and role:member)", true),
      ("(role:admin or role:member) and not user_id:u2", true), ("'p1':%(project_id)s", true),
      ("project_id:%(nothing)s", false), ("rule:context_is_admin", false), ("rule:project_member_or_admin", true),
      ("system_scope:all", false), ("user_id:u1", true),
    ])
  func holds(rule: String, isAllowed: Bool) throws {
    let policies = try Policies(declared: ["it": PolicyRule(rule)])
    let target = ["project_id": "p1", "user_id": "u2"]
    #expect(policies.allows("it", caller(roles: ["member", "reader"]), target) == isAllowed)
  }

  @Test("a rule that nobody declared forbids")
  func undeclared() throws {
    #expect(try !Policies(declared: [:]).allows("it", caller(roles: ["admin"]), [:]))
  }

  @Test("the configuration replaces a rule")
  func replaced() throws {
    let policies = try Policies(declared: ["it": .admin], replaced: ["it": "role:auditor"])
    #expect(policies.allows("it", caller(roles: ["auditor"]), [:]))
    #expect(!policies.allows("it", caller(roles: ["admin"]), [:]))
  }

  @Test("a missing project equals no missing project")
  func missing() throws {
    let policies = try Policies(declared: ["it": "project_id:%(project_id)s"])
    #expect(!policies.allows("it", caller(project: nil, roles: ["reader"]), [:]))
  }

  @Test(
    "bad rules are errors that quote them",
    arguments: ["role", "role:", ":x", "(role:a", "role:a)", "role:a or", "and", "rule:unknown", "rule:it", "%(x:y"])
  func bad(rule: String) {
    #expect(throws: PolicySyntaxError.self) { try Policies(declared: ["it": PolicyRule(rule)]) }
  }

  @Test(
    "rules that take too many checks, or nest too deep, are refused",
    arguments: [
      ["a0": "rule:a1 or rule:a1", "a1": "rule:a2 or rule:a2", "a2": "rule:a0"],
      Dictionary(
        uniqueKeysWithValues: (0..<40).map { ("b\($0)", $0 < 39 ? "rule:b\($0 + 1) or rule:b\($0 + 1)" : "!") }),
      Dictionary(uniqueKeysWithValues: (0..<20_000).map { ("c\($0)", $0 < 19_999 ? "rule:c\($0 + 1)" : "!") }),
      ["d": String(repeating: "(", count: 5000) + "@" + String(repeating: ")", count: 5000)],
      ["e": String(repeating: "not ", count: 5000) + "@"],
    ])
  func heavy(rules: [String: String]) {
    #expect(throws: PolicySyntaxError.self) { try Policies(declared: [:], replaced: rules) }
  }
}
