import OpenStackAPI
import Persistence

/// `/v3/OS-REVOKE/events`, and what went with the PKI tokens.
enum RevocationRoutes {
  private static let rule = PolicyRule("rule:service_or_admin").only([.system, .project])

  static let routes: [Route] = [
    .get("/OS-REVOKE/events", "identity:list_revoke_events", rule, run: list),
    .get("/auth/tokens/OS-PKI/revoked", "identity:revocation_list", rule, access: .open, run: gone),
    .get("/OS-SIMPLE-CERT/ca", "identity:get_ca_certificate", access: .open, run: withoutPKI),
    .get("/OS-SIMPLE-CERT/certificates", "identity:get_signing_certificate", access: .open, run: withoutPKI),
  ]

  private struct Event: RowDecodable {
    let auditID: String
    let revokedAt: Timestamp
    let reachesDescendants: Bool

    init(row: inout Row) throws {
      auditID = try row.next()
      revokedAt = Timestamp(seconds: try row.next(Timestamp.self).seconds)
      reachesDescendants = try row.next()
    }

    func write(as name: StaticString, to json: inout JSONWriter) {
      json.object { json in
        json.member(name, auditID)
        json.member("issued_before", revokedAt.text(.microsecondsZ))
        json.member("revoked_at", revokedAt.text(.microsecondsZ))
      }
    }
  }

  /// The tokens that were revoked one by one. All others end with rows that services ask Keystone about.
  @Sendable private static func list(_ call: Call) throws -> Response {
    let since = try call.query["since"].flatMap { $0.isEmpty ? nil : $0 }.map { text in
      guard let moment = Timestamp(iso8601: text) else { throw Fault.badRequest("invalidate date format \(text)") }
      return moment
    }
    let events = try call.world.read { db in
      try db.query(
        "SELECT audit_id, revoked_at, with_descendants FROM revocations WHERE revoked_at > ? ORDER BY revoked_at",
        since?.microseconds ?? Int.min, as: Event.self)
    }
    return .json { json in
      json.array("events") { json in
        for event in events {
          event.write(as: "audit_id", to: &json)
          if event.reachesDescendants { event.write(as: "audit_chain_id", to: &json) }
        }
      }
      json.object("links") { json in
        json.member("next", String?.none)
        json.member("self", call.address)
        json.member("previous", String?.none)
      }
    }
  }

  /// As Keystone answers since tokens are no longer stored (`[token] revoke_by_id`).
  @Sendable private static func gone(_ call: Call) throws -> Response { throw Fault.forbiddenWithoutReason }

  /// keystone.api.os_simple_cert.
  @Sendable private static func withoutPKI(_ call: Call) throws -> Response {
    throw Fault(
      410, "This API is no longer available due to the removal of support for PKI tokens.", reason: .route)
  }
}
