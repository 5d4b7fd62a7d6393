import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Bodies that make no sense")
struct RobustnessTests {
  /// What stands where an object, a name or a number should.
  private static let nonsense: [JSON] = [
    nil, true, 0, -1, .number(0.5), "", "x", [], [nil], [[:]], ["x"], [:], ["id": nil], ["id": 7], ["x": ["y": [1]]],
  ]

  @Test("are refused or taken, and never an error of ours, whichever route they reach")
  func nonsense() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    for api in cloud.service.apis {
      for route in api.routes where route.body != nil && route.action == nil {
        let path =
          (["", api.prefix] + route.path.split(separator: "/").map { $0.hasPrefix(":") ? "nowhere" : String($0) })
          .joined(separator: "/")
        for body in Self.bodies(of: route) {
          let answer = await cloud.send(route.method, path, token: token, body: body)
          #expect(answer.status < 500, "\(route.method) \(path) \(body.jsonText): \(answer.text)")
        }
      }
    }
    #expect(await cloud.send(.get, "/v3/services", token: token).status == 200)
  }

  @Test("one at a time in bodies that are right otherwise, too")
  func oneAtATime() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let service = await cloud.send(.get, "/v3/services", token: token)["services", "0", "id"] ?? ""
    _ = await cloud.send(.put, "/v3/OS-FEDERATION/mappings/m", token: token, body: Self.right[0].body)
    for (path, body) in Self.right {
      guard let root = body.object?.members.first else { continue }
      let isList = root.value.array != nil
      let whole = root.value.array?.first ?? root.value
      for name in whole.object?.keys ?? [] {
        for value in Self.nonsense {
          var object = whole.object ?? JSONObject()
          if object["service_id"] != nil { object["service_id"] = .string(service) }
          object[name] = value
          let changed: JSON = [root.key: isList ? [.object(object)] : .object(object)]
          for method in isList || !path.hasSuffix("/m") ? [HTTPMethod.post, .put] : [.put, .patch] {
            let answer = await cloud.send(method, path, token: token, body: changed)
            #expect(answer.status < 500, "\(method) \(path) \(changed.jsonText): \(answer.text)")
          }
        }
      }
    }
    #expect(await cloud.send(.get, "/v3/services", token: token).status == 200)
  }

  /// Bodies that would be taken, by the addresses that take them.
  private static let right: [(path: String, body: JSON)] = [
    (
      "/v3/OS-FEDERATION/mappings/m",
      ["mapping": ["schema_version": "3.0", "rules": [["local": [["groups": "x"]], "remote": [["type": "x"]]]]]]
    ),
    (
      "/v3/OS-FEDERATION/identity_providers/m",
      [
        "identity_provider": [
          "enabled": true, "description": "x", "authorization_ttl": 3, "remote_ids": ["x"], "domain_id": "default",
        ]
      ]
    ),
    (
      "/v3/OS-FEDERATION/identity_providers/m/protocols/m",
      ["protocol": ["mapping_id": "m", "remote_id_attribute": "x"]]
    ),
    (
      "/v3/OS-FEDERATION/service_providers/m",
      [
        "service_provider": [
          "auth_url": "http://x", "sp_url": "http://x", "enabled": true, "description": "", "relay_state_prefix": "x",
        ]
      ]
    ),
    ("/v3/regions/m", ["region": ["id": "m", "description": "x", "parent_region_id": "RegionOne", "more": 1]]),
    ("/v3/services", ["service": ["type": "x", "name": "x", "enabled": true, "more": 1]]),
    (
      "/v3/endpoints",
      [
        "endpoint": [
          "service_id": "x", "interface": "public", "url": "http://x/%(user_id)s", "region_id": "RegionOne",
          "region": "x", "enabled": true, "name": "x", "description": "x",
        ]
      ]
    ),
    ("/v3/policies", ["policy": ["blob": "x", "type": "x", "more": 1]]),
    (
      "/v3/OS-EP-FILTER/endpoint_groups",
      ["endpoint_group": ["name": "x", "description": "x", "filters": ["interface": "public"]]]
    ),
    (
      "/v3/registered_limits",
      [
        "registered_limits": [
          [
            "service_id": "x", "region_id": "RegionOne", "resource_name": "x", "default_limit": 1, "description": "x",
          ]
        ]
      ]
    ),
    (
      "/v3/limits",
      [
        "limits": [
          [
            "service_id": "x", "region_id": "RegionOne", "resource_name": "x", "resource_limit": 1, "description": "x",
            "domain_id": "default",
          ]
        ]
      ]
    ),
    ("/v3/domains/default/config", ["config": ["identity": ["driver": "x"], "ldap": ["url": "x"]]]),
  ]

  /// Nonsense as the whole body, in its wrapper, and as every member that a full body of that kind has.
  private static func bodies(of route: Route) -> [JSON] {
    guard let root = route.body?.root ?? Self.unwrapped[route.path] else { return nonsense }
    let members = names.flatMap { name in nonsense.map { value -> JSON in [root: [name: value]] } }
    return nonsense + nonsense.map { [root: $0] } + members
  }

  /// The wrappers of bodies that the routes leave to their handlers.
  private static let unwrapped = [
    "/domains/:domain_id/config": "config", "/domains/:domain_id/config/:group": "config",
    "/domains/:domain_id/config/:group/:option": "config", "/auth/tokens": "auth",
  ]

  private static let names = [
    "id", "name", "description", "enabled", "domain_id", "url", "interface", "service_id", "region_id", "filters",
    "parent_region_id", "rules", "schema_version", "remote_ids", "blob", "type", "options", "ldap", "resource_limit",
    "default_limit", "project_id", "roles", "identity", "scope", "tags", "password", "expires_at",
  ]
}
