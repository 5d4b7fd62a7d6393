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
    #expect(
      await cloud.send(.get, path, token: admin).names("events", of: "audit_chain_id")
        == [login["token", "audit_ids", "0"] ?? ""])
    #expect(await cloud.send(.get, path + "?since=2027-01-01T00:00:00Z", token: admin).json["events"] == [])
    #expect(await cloud.send(.get, path + "?since=soon", token: admin).message == "invalidate date format soon")
    #expect(await cloud.send(.get, path, token: cloud.token("demo", project: "demo")).status == 403)
    #expect(await cloud.send(.get, "/v3/auth/tokens/OS-PKI/revoked").status == 403)
  }

  @Test(
    "reach the tokens that were made from the one since 2026.2, unless they are not to",
    arguments: [(Release.gazpacho, "", 200), (.latest, "", 401), (.latest, "?cascade=false", 200)])
  func descendants(_ release: Release, _ query: String, _ status: Int) async throws {
    let cloud = try await TestCloud(release: release)
    let first = await cloud.login("demo", scope: "unscoped").token
    let scope: JSON = ["project": ["name": "demo", "domain": ["id": "default"]]]
    let second = await cloud.authenticate(["identity": TestCloud.token(first), "scope": scope]).token
    let third = await cloud.authenticate(["identity": TestCloud.token(second), "scope": "unscoped"]).token
    #expect(await cloud.send(.delete, "/v3/auth/tokens" + query, token: first, subject: first).status == 204)
    for token in [second, third] {
      #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == status)
    }
    #expect(await cloud.send(.get, "/v3/auth/projects", token: first).status == 401)
    let all = "/v3/users/\(try cloud.id(ofUser: "demo"))/tokens"
    let demo = await cloud.token("demo", project: "demo")
    #expect(await cloud.send(.delete, all, token: demo).status == (release == .latest ? 204 : 404))
  }
}
