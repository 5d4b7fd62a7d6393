import CloudTesting
import OpenStackAPI
import Testing

/// Someone who has nothing to do with the victim.
struct Stranger: Sendable, CustomTestStringConvertible {
  let name: String
  let role: String
  let scope: Scope

  enum Scope: Sendable { case project, domain, unscoped }

  var testDescription: String { name }

  /// Those whom the policy keeps from all that is the victim's.
  static let powerless = [
    Stranger(name: "reader", role: "reader", scope: .project),
    Stranger(name: "member", role: "member", scope: .project),
    Stranger(name: "manager", role: "manager", scope: .project),
    Stranger(name: "domain-reader", role: "reader", scope: .domain),
    Stranger(name: "domain-manager", role: "manager", scope: .domain),
    Stranger(name: "unscoped", role: "member", scope: .unscoped),
  ]

  /// The administrator of another domain, who may what the rules give the role `admin` on any scope.
  static let domainAdmin = Stranger(name: "domain-admin", role: "admin", scope: .domain)

  static let all = powerless + [domainAdmin]

  /// The user in the configuration's `seed`.
  var seed: JSON {
    let domain: JSON = scope == .domain ? "elsewhere" : "default"
    let roles: JSON = scope == .domain ? [:] : ["strangers": [.string(role)]]
    let domainRoles: JSON = scope == .domain ? ["elsewhere": [.string(role)]] : [:]
    return [
      "name": .string(name), "password": "secret", "domain": domain, "roles": roles, "domain_roles": domainRoles,
    ]
  }

  /// A new token.
  func token(in cloud: TestCloud) async throws -> String {
    let domain: JSON = ["id": scope == .domain ? "elsewhere" : "default"]
    let identity: JSON = [
      "methods": ["password"],
      "password": ["user": ["name": .string(name), "password": "secret", "domain": domain]],
    ]
    let scope: JSON =
      switch self.scope {
      case .project: ["project": ["name": "strangers", "domain": domain]]
      case .domain: ["domain": domain]
      case .unscoped: ["unscoped": [:]]
      }
    return try await cloud.client("/identity/v3").post(
      "/auth/tokens", ["auth": ["identity": identity, "scope": scope]]
    )
    .expect(201).header("X-Subject-Token")
  }
}
