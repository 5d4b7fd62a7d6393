import OpenStackAPI
import Testing

@Suite("Revocation events")
struct RevocationEventTests {
  @Test("name the tokens that were revoked since a moment; the older list is gone")
  func events() async throws {
    let cloud = try await TestCloud()
    let login = await cloud.login("demo", project: "demo")
    _ = await cloud.send(.delete, "/v3/auth/tokens", token: login.token, subject: login.token)
    let admin = await cloud.token("admin", project: "admin")
    let path = "/v3/OS-REVOKE/events"
    #expect(
      await cloud.send(.get, path, token: admin).names("events", of: "audit_id")
        == [login["token", "audit_ids", "0"] ?? ""])
    #expect(await cloud.send(.get, path + "?since=2027-01-01T00:00:00Z", token: admin).json["events"] == [])
    #expect(await cloud.send(.get, path + "?since=soon", token: admin).message == "invalidate date format soon")
    #expect(await cloud.send(.get, path, token: cloud.token("demo", project: "demo")).status == 403)
    #expect(await cloud.send(.get, "/v3/auth/tokens/OS-PKI/revoked").status == 403)
  }
}
