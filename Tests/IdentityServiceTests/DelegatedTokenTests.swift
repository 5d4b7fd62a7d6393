import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Delegated tokens")
struct DelegatedTokenTests {
  /// By what a token can be delegated.
  enum Means: CaseIterable {
    case trust, applicationCredential, signature
  }

  private func token(by means: Means, _ cloud: TestCloud) async throws -> String {
    switch means {
    case .trust: try await cloud.tokenByTrust()
    case .applicationCredential: try await cloud.tokenByApplicationCredential(unrestricted: true)
    case .signature: try await cloud.tokenBySignature()
    }
  }

  private static let forbidden = "You are not authorized to perform the requested action: "

  @Test(
    "are exchanged for no others, in no release and by no version of the API",
    arguments: Means.allCases, [Release.zed, .gazpacho, .latest])
  func rescoping(_ means: Means, _ release: Release) async throws {
    let cloud = try await TestCloud(release: release)
    let token = try await token(by: means, cloud)
    let project: JSON = ["project": ["id": .string(try cloud.id(ofProject: "demo"))]]
    for scope in [JSON?.none, "unscoped", project, ["domain": ["id": "default"]]] {
      var auth = JSONObject([("identity", TestCloud.token(token))])
      auth["scope"] = scope
      let answer = await cloud.authenticate(.object(auth))
      #expect(answer.status == 403 && answer.token.isEmpty)
      let words = means == .trust ? "Using trust-scoped token" : "Using a delegated token to create another token"
      #expect(answer.message?.hasPrefix(Self.forbidden + words) == true)
    }
    let older: JSON = ["auth": ["token": ["id": .string(token)], "tenantName": "demo"]]
    #expect(await cloud.send(.post, "/v2.0/tokens", body: older).status == 403)
  }

  @Test("reach no credentials", arguments: [Means.trust, .applicationCredential])
  func credentials(_ means: Means) async throws {
    let cloud = try await TestCloud()
    let (user, project) = (try cloud.id(ofUser: "demo"), try cloud.id(ofProject: "demo"))
    let demo = await cloud.token("demo", project: "demo")
    let token = try await token(by: means, cloud)
    let tenant: JSON = ["tenant_id": .string(project)]
    let ec2 = "/v3/users/\(user)/credentials/OS-EC2"
    let access = await cloud.send(.post, ec2, token: demo, body: tenant)["credential", "access"] ?? ""
    let body: JSON = [
      "credential": ["type": "cert", "blob": "x", "user_id": .string(user), "project_id": .string(project)]
    ]
    let own = await cloud.send(.post, "/v3/credentials", token: demo, body: body)
    let one = "/v3/credentials/" + (own["credential", "id"] ?? "")
    let refused = [
      await cloud.send(.post, "/v3/credentials", token: token, body: body),
      await cloud.send(.get, one, token: token),
      await cloud.send(.patch, one, token: token, body: ["credential": ["blob": "y"]]),
      await cloud.send(.delete, one, token: token),
      await cloud.send(.get, ec2, token: token),
      await cloud.send(.post, ec2, token: token, body: tenant),
      await cloud.send(.get, "\(ec2)/\(access)", token: token),
      await cloud.send(.delete, "\(ec2)/\(access)", token: token),
    ]
    for answer in refused {
      #expect(answer.status == 403)
      #expect(answer.message == Self.forbidden + "Delegated tokens cannot access credentials directly.")
    }
    #expect(await cloud.send(.get, "/v3/credentials", token: token).json["credentials"] == [])
    #expect(await cloud.send(.get, "/v3/credentials", token: demo).names("credentials", of: "type").count == 2)
  }

  @Test("keep to their project's credentials in 2026.1, and to their user's before")
  func credentialsByRelease() async throws {
    for release in [Release.flamingo, .gazpacho] {
      let isBound = release == .gazpacho
      let cloud = try await TestCloud(release: release)
      let (user, project) = (try cloud.id(ofUser: "demo"), try cloud.id(ofProject: "demo"))
      let token = try await cloud.tokenByApplicationCredential()
      func create(_ type: String, project: String?) async -> Answer {
        var members = JSONObject([
          ("type", .string(type)), ("blob", #"{"access": "a", "secret": "s"}"#), ("user_id", .string(user)),
        ])
        members["project_id"] = project.map(JSON.string)
        return await cloud.send(.post, "/v3/credentials", token: token, body: ["credential": .object(members)])
      }
      let own = await create("cert", project: project)
      let free = await create("cert", project: nil)
      #expect(own.status == 201 && free.status == (isBound ? 403 : 201))
      if isBound {
        #expect(
          free.message == Self.forbidden + "Credential project does not match the project scope of the delegated token."
        )
      }
      #expect(await create("ec2", project: project).status == (isBound ? 403 : 201))
      let one = "/v3/credentials/" + (own["credential", "id"] ?? "")
      let typed: JSON = ["credential": ["type": "key"]]
      #expect(await cloud.send(.patch, one, token: token, body: typed)["credential", "type"] == "key")
      let ec2 = "/v3/users/\(user)/credentials/OS-EC2"
      let made = await cloud.send(.post, ec2, token: token, body: ["tenant_id": .string(project)])
      #expect(made.status == (isBound ? 403 : 201))
    }
  }

  @Test("manage no trusts since 2026.1; before, restricted application credentials only made and ended none")
  func trusts() async throws {
    for release in [Release.flamingo, .gazpacho, .latest] {
      let refuses = release >= .gazpacho
      let cloud = try await TestCloud(release: release)
      let user = try cloud.id(ofUser: "demo")
      let body: JSON = [
        "trust": ["trustor_user_id": .string(user), "trustee_user_id": .string(user), "impersonation": false]
      ]
      let (path, list) = ("/v3/OS-TRUST/trusts", "/v3/OS-TRUST/trusts?trustor_user_id=\(user)")
      let restricted = try await cloud.tokenByApplicationCredential()
      #expect(await cloud.send(.get, list, token: restricted).status == (refuses ? 403 : 200))
      let refused = await cloud.send(.post, path, token: restricted, body: body)
      #expect(refused.status == 403)
      let words =
        refuses
        ? "Delegated tokens cannot manage trusts.."
        : "Using method 'application_credential' is not allowed for managing trusts.."
      #expect(refused.message == Self.forbidden + words)
      let byTrust = try await cloud.tokenByTrust()
      #expect(await cloud.send(.get, list, token: byTrust).status == 200)
    }
  }

  @Test("by a trust manage no application credentials since 2026.1")
  func applicationCredentials() async throws {
    for (release, status) in [(Release.flamingo, 201), (.gazpacho, 403), (.latest, 403)] {
      let cloud = try await TestCloud(release: release)
      let path = "/v3/users/\(try cloud.id(ofUser: "demo"))/application_credentials"
      let body: JSON = ["application_credential": ["name": "x"]]
      let token = try await cloud.tokenByTrust()
      #expect(await cloud.send(.post, path, token: token, body: body).status == status)
      #expect(await cloud.send(.get, path, token: token).status == (status == 201 ? 200 : 403))
    }
  }

  @Test("by a trust say since 2026.2 that they end with it")
  func endWithTrust() async throws {
    for release in [Release.gazpacho, .latest] {
      let cloud = try await TestCloud(release: release)
      let end = TestCloud.noon + .seconds(60)
      let token = try await cloud.tokenByTrust(until: end)
      let shown = await cloud.send(.get, "/v3/auth/tokens", token: token, subject: token)["token", "expires_at"]
      #expect(shown == (release == .latest ? end : TestCloud.noon + .seconds(3600)).text(.microsecondsZ))
      cloud.world.clock.advance(by: .seconds(61))
      #expect(await cloud.send(.get, "/v3/auth/projects", token: token).status == 401)
    }
  }
}

extension TestCloud {
  /// A token that demo got for himself by an application credential for the project demo.
  func tokenByApplicationCredential(unrestricted: Bool = false) async throws -> String {
    let path = "/v3/users/\(try id(ofUser: "demo"))/application_credentials"
    let name = "robot-\(unrestricted)"
    let made = await send(
      .post, path, token: token("demo", project: "demo"),
      body: ["application_credential": ["name": .string(name), "unrestricted": .bool(unrestricted)]])
    let credential = made.json["application_credential"]
    let proof: JSON = ["id": credential?["id"] ?? .null, "secret": credential?["secret"] ?? .null]
    return await authenticate([
      "identity": ["methods": ["application_credential"], "application_credential": proof]
    ]).token
  }

  /// A token of the administrator in demo's name.
  func tokenByTrust(until end: Timestamp? = nil) async throws -> String {
    var trust = JSONObject([
      ("trustor_user_id", .string(try id(ofUser: "demo"))), ("trustee_user_id", .string(try id(ofUser: "admin"))),
      ("project_id", .string(try id(ofProject: "demo"))), ("impersonation", true), ("roles", [["name": "member"]]),
    ])
    trust["expires_at"] = end.map { .string($0.text(.seconds)) }
    let made = await send(
      .post, "/v3/OS-TRUST/trusts", token: token("demo", project: "demo"), body: ["trust": .object(trust)])
    return await login("admin", scope: ["OS-TRUST:trust": ["id": made.json["trust"]?["id"] ?? .null]]).token
  }

  /// A token for a request that demo signed as Amazon's clients do.
  func tokenBySignature() async throws -> String {
    let path = "/v3/users/\(try id(ofUser: "demo"))/credentials/OS-EC2"
    let made = await send(
      .post, path, token: token("demo", project: "demo"), body: ["tenant_id": .string(try id(ofProject: "demo"))])
    var credentials = JSONObject([
      ("access", made.json["credential"]?["access"] ?? .null), ("verb", "GET"), ("host", "cloud"), ("path", "/"),
      ("params", ["SignatureVersion": "2", "Action": "Foo"]),
    ])
    let secret = made["credential", "secret"] ?? ""
    credentials["signature"] = EC2Signature(.object(credentials)).signature(secret: secret).map(JSON.string)
    return await send(
      .post, "/v3/ec2tokens", token: token("admin", project: "admin"), body: ["credentials": .object(credentials)]
    ).token
  }
}
