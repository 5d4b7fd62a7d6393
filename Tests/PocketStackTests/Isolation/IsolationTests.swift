import CloudTesting
import HTTPServer
import Testing

@testable import OpenStackAPI
@testable import PocketStack

/// Walks through every row of every service's table of routes as somebody whom its object is none of the business of.
/// A new route takes part by itself; it fails here when the tables in this folder do not say what its path stands for.
@Suite("Isolation")
struct IsolationTests {
  /// One row of a table.
  private struct Row {
    let service: Service
    let api: API
    let route: Route
  }

  private static let rows: [Row] = CloudServices.standard.all.flatMap { service in
    service.apis.flatMap { api in api.routes.map { Row(service: service, api: api, route: $0) } }
  }.filter { $0.route.access != .open }

  @Test(
    "strangers get what the policy says, read nothing of the victim's and change nothing", arguments: Stranger.powerless
  )
  func strangers(_ stranger: Stranger) async throws {
    let victim = try await Victim(strangers: Stranger.all)
    let before = try victim.rows()
    #expect(before.count > 10)
    let token = try await stranger.token(in: victim.cloud)
    for row in Self.rows {
      let (request, answer) = try await Self.send(row, about: victim, token: token)
      try Self.check(answer, to: request, row, victim, token)
      #expect(!answer.text.contains(Victim.mark), "\(request) shows what is the victim's: \(answer.text.prefix(400))")
      guard answer.status < 300 else { continue }
      let now = try victim.rows()
      #expect(now == before, "\(request) changed \(before.symmetricDifference(now).sorted())")
    }
    #expect(try victim.rows() == before, "a request that was refused changed something")
  }

  @Test("the administrator of another domain gets what the policy says")
  func domainAdmin() async throws {
    let victim = try await Victim(strangers: Stranger.all)
    let token = try await Stranger.domainAdmin.token(in: victim.cloud)
    // What may be deleted goes last, as the other rows need it.
    for row in Self.rows.sorted(by: { $0.route.method != .delete && $1.route.method == .delete }) {
      let (request, answer) = try await Self.send(row, about: victim, token: token)
      try Self.check(answer, to: request, row, victim, token)
    }
  }

  @Test("an expired, a revoked and a forged token, and none, are refused everywhere")
  func badTokens() async throws {
    let victim = try await Victim(strangers: Stranger.all)
    let member = Stranger.powerless[1]
    let old = try await member.token(in: victim.cloud)
    try await victim.cloud.advance(.seconds(3601))
    let revoked = try await member.token(in: victim.cloud)
    let keystone = try await victim.cloud.client("/identity/v3")
    try await keystone.send(
      "DELETE", "/auth/tokens", headers: [("X-Auth-Token", revoked), ("X-Subject-Token", revoked)]
    ).expect(204)
    let good = try await member.token(in: victim.cloud)
    let forged = good.dropLast(6) + (good.hasSuffix("AAAA==") ? "BBBB==" : "AAAA==")
    for row in Self.rows {
      for (kind, token) in [("expired", old), ("revoked", revoked), ("forged", String(forged)), ("no", "")] {
        let (request, answer) = try await Self.send(row, about: victim, token: token)
        #expect(answer.status == 401, "\(request) with \(kind) token: \(answer.status)")
      }
    }
  }
}

extension IsolationTests {
  /// Sends a row's request about what is the victim's.
  private static func send(_ row: Row, about victim: Victim, token: String) async throws -> (String, Answer) {
    let route = row.route
    guard let path = victim.path(of: route, below: row.api.prefix) else {
      throw TestFailure("nothing says what \(row.service.type) \(route.path) stands for: add it to Victim.resources")
    }
    var headers = [("X-Subject-Token", victim.token)]
    if !token.isEmpty { headers.append(("X-Auth-Token", token)) }
    if row.api.microversions != nil {
      headers.append(("OpenStack-API-Version", "\(row.service.type) \(route.versions.since ?? "2.1")"))
    }
    var bytes: [UInt8] = []
    if let template = body(for: route) {
      bytes = Array(victim.fill(template).utf8)
      headers.append(("Content-Type", mediaTypes[route.path] ?? mediaTypes[route.operation] ?? "application/json"))
    }
    let client = try await victim.cloud.client(row.service.mount)
    let target = path + (queries[route.operation].map { "?" + victim.fill($0) } ?? "")
    let answer = try await client.send(route.method.rawValue, target, body: bytes, headers: headers)
    return ("\(route.method.rawValue) \(row.service.mount)\(target) (\(route.operation))", answer)
  }

  private static let mediaTypes = [
    "modify_image": "application/openstack-images-v2.1-json-patch", "upload_image": "application/octet-stream",
    "/images/:image_id/stage": "application/octet-stream", "/images/:image_id/import": "application/json",
  ]

  /// What a row must answer: where the policy says no, 403 or 404; everywhere, neither 401 nor a failure of ours. Only
  /// v2.0 says 401 to whoever is not of the default domain, or asks about a token that is not.
  private static func check(
    _ answer: Answer, to request: String, _ row: Row, _ victim: Victim, _ token: String
  ) throws {
    #expect(answer.status < 500 || answer.status == 501, "\(request): \(answer)")
    #expect(answer.status != 401 || row.api.prefix == "v2.0", "\(request): \(answer)")
    let world = try victim.cloud.world()
    let caller = try world.crossings.tokens.authorization(for: token, in: world)
    let operation = row.route.operation
    let isAllowed =
      world.policies.allows(operation, caller, victim.target)
      || !namesVictim(row.route) && world.policies.allows(operation, caller, own(caller))
    if !isAllowed, answer.status != 401 {
      #expect(
        [403, 404].contains(answer.status),
        "\(request) as \(caller.user.name): \(answer.status) \(answer.text.prefix(300))")
    }
  }

  private static func namesVictim(_ route: Route) -> Bool { route.path.contains(":") }

  private static func own(_ caller: Authorization) -> PolicyTarget {
    var target = ["user_id": caller.user.id]
    target["project_id"] = caller.projectID
    target["credential.user_id"] = caller.user.id
    for name in ["domain_id", "domain.id", "group.domain_id"] { target[name] = caller.domainID }
    target["owner"] = caller.projectID
    return target
  }

  private static func body(for route: Route) -> String? {
    // Tags are changed under the name of the operation that changes images, but take no body.
    if route.path.hasSuffix("/tags/:tag_value") { return nil }
    if let action = route.action, let body = bodies[action] { return body }
    if let body = bodies[route.path] ?? bodies[route.operation] { return body }
    if let action = route.action { return "{\"\(action)\": null}" }
    guard let body = route.body else { return nil }
    return body.root.map { "{\"\($0)\": {\"name\": \"x\"}}" } ?? "{}"
  }
}
