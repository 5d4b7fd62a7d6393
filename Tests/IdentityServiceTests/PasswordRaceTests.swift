import HTTPServer
import Locking
import OpenStackAPI
import Testing

@testable import IdentityService

/// Two requests of which the other comes while the first hashes a password: what both read is what they had read one
/// after the other.
@Suite("Requests that hash passwords while others change what they looked at")
struct PasswordRaceTests {
  private let office: Office
  private var cloud: TestCloud { office.cloud }

  init() async throws {
    office = try await Office(["identity": ["security_compliance": ["lockout_failure_attempts": 3]]])
  }

  /// What `request` reads when `other` happens after its first hash is computed, and before anything rests on that.
  private func meanwhile(
    _ other: @escaping @Sendable () async -> Void, _ request: () async -> Answer
  ) async -> Answer {
    let isOver = Locked(false)
    return await PasswordFindings.$afterHashing.withValue({
      let isFirst = isOver.withLock { over in
        defer { over = true }
        return !over
      }
      if isFirst { await other() }
    }) {
      let result = await request()
      #expect(isOver.withLock { $0 }, "nothing was hashed")
      return result
    }
  }

  private func user(_ name: String) async -> String {
    await office.make("user", name, ["password": "old", "domain_id": "default"])
  }

  /// A user with a role on a project of the same name.
  private func member(_ name: String) async throws -> (user: String, project: String, grant: String) {
    let user = await user(name)
    let project = await office.make("project", name, ["domain_id": "default"])
    let grant = "/projects/\(project)/users/\(user)/roles/\(try office.id("roles", "member"))"
    #expect(await office.send(.put, grant).status == 204)
    return (user, project, grant)
  }

  private func change(_ user: String, to new: String) async -> Answer {
    await cloud.send(
      .post, "/v3/users/\(user)/password", body: ["user": ["original_password": "old", "password": .string(new)]])
  }

  private func login(_ user: String, project: String? = nil, password: String = "old") async -> Answer {
    var auth = JSONObject([("identity", TestCloud.password(["id": .string(user)], password))])
    auth["scope"] = project.map { ["project": ["id": .string($0)]] }
    return await cloud.authenticate(.object(auth))
  }

  @Test("a user who is gone changes no password, and gets none")
  func deletedUser() async throws {
    let first = await user("first")
    let changed = await meanwhile {
      _ = await office.send(.delete, "/users/\(first)")
    } _: {
      await change(first, to: "new")
    }
    #expect(changed.status == 401)
    let second = await user("second")
    let patched = await meanwhile {
      _ = await office.send(.delete, "/users/\(second)")
    } _: {
      await office.send(.patch, "/users/\(second)", ["user": ["password": "new"]])
    }
    #expect(patched.status == 404)
  }

  @Test("a user who was disabled changes no password")
  func disabledUser() async throws {
    let user = await user("u")
    let answer = await meanwhile {
      _ = await office.send(.patch, "/users/\(user)", ["user": ["enabled": false]])
    } _: {
      await change(user, to: "new")
    }
    #expect(answer.status == 401 && answer.message == "The account is disabled for user: \(user).")
  }

  @Test("of two changes of a password only one has proved the one that counts")
  func twoChanges() async throws {
    let user = await user("u")
    let answer = await meanwhile {
      #expect(await change(user, to: "first").status == 204)
    } _: {
      await change(user, to: "second")
    }
    #expect(answer.status == 401)
    #expect(await login(user, password: "first").status == 201)
    #expect(await login(user, password: "second").status == 401)
  }

  @Test("no user is made in a domain that is gone, nor with a name that was taken")
  func creation() async throws {
    let domain = await office.make("domain", "d")
    _ = await office.send(.patch, "/domains/\(domain)", ["domain": ["enabled": false]])
    @Sendable func create(_ name: String) async -> Answer {
      await office.send(
        .post, "/users", ["user": ["name": .string(name), "password": "x", "domain_id": .string(domain)]])
    }
    let second = await meanwhile {
      #expect(await create("same").status == 201)
    } _: {
      await create("same")
    }
    #expect(second.status == 409)
    let orphan = await meanwhile {
      #expect(await office.send(.delete, "/domains/\(domain)").status == 204)
    } _: {
      await create("orphan")
    }
    #expect(orphan.status == 404 && orphan.message == "Could not find domain: \(domain).")
  }

  @Test("no application credential gets what its user has lost")
  func applicationCredential() async throws {
    for other in ["the grant", "the user", "a role of two"] {
      let (user, project, grant) = try await member(other)
      let reader = "/projects/\(project)/users/\(user)/roles/\(try office.id("roles", "manager"))"
      _ = await office.send(.put, reader)
      let token = await login(user, project: project).token
      let answer = await meanwhile {
        switch other {
        case "the grant":
          _ = await office.send(.delete, grant)
          _ = await office.send(.delete, reader)
        case "the user": _ = await office.send(.delete, "/users/\(user)")
        default: _ = await office.send(.delete, reader)
        }
      } _: {
        await office.send(
          .post, "/users/\(user)/application_credentials", ["application_credential": ["name": "c"]], as: token)
      }
      guard other == "a role of two" else {
        #expect(answer.status == 401, "\(other)")
        continue
      }
      #expect(answer.status == 201)
      #expect(answer.names("application_credential", "roles").sorted() == ["member", "reader"])
    }
  }

  @Test(
    "no login succeeds by what was so before",
    arguments: ["deleted", "disabled", "another password", "no role", "no project"])
  func login(_ other: String) async throws {
    let (user, project, grant) = try await member("u")
    let answer = await meanwhile {
      switch other {
      case "deleted": _ = await office.send(.delete, "/users/\(user)")
      case "disabled": _ = await office.send(.patch, "/users/\(user)", ["user": ["enabled": false]])
      case "another password": _ = await office.send(.patch, "/users/\(user)", ["user": ["password": "new"]])
      case "no role": _ = await office.send(.delete, grant)
      default: _ = await office.send(.patch, "/projects/\(project)", ["project": ["enabled": false]])
      }
    } _: {
      await login(user, project: project)
    }
    #expect(answer.status == 401 && answer.token.isEmpty)
  }

  @Test("a login with a new password that is being set succeeds with a token that is good")
  func loginWithNewPassword() async throws {
    let user = await user("u")
    let answer = await meanwhile {
      _ = await office.send(.patch, "/users/\(user)", ["user": ["password": "new"]])
    } _: {
      await login(user, password: "new")
    }
    #expect(answer.status == 201)
    #expect(await cloud.send(.get, "/v3/auth/projects", token: answer.token).status == 200)
  }

  @Test("guesses that are made at the same time are counted like any others")
  func lockout() async throws {
    let user = await user("u")
    let answer = await meanwhile {
      for guess in ["a", "b", "c"] { _ = await login(user, password: guess) }
    } _: {
      await login(user)
    }
    #expect(answer.status == 401)
    #expect(try cloud.value("SELECT failures || '' FROM user_activity WHERE user_id = ?", user) == "3")
    cloud.world.clock.advance(by: .seconds(1800))
    #expect(await login(user).status == 201)
    #expect(try cloud.value("SELECT failures || '' FROM user_activity WHERE user_id = ?", user) == "0")
  }

  @Test("an application credential that is gone logs nobody in")
  func applicationCredentialLogin() async throws {
    let (user, project, _) = try await member("u")
    let token = await login(user, project: project).token
    let path = "/users/\(user)/application_credentials"
    let made = await office.send(.post, path, ["application_credential": ["name": "c"]], as: token)
    let id = made["application_credential", "id"] ?? ""
    let proof: JSON = ["id": .string(id), "secret": made.json["application_credential"]?["secret"] ?? .null]
    let answer = await meanwhile {
      #expect(await office.send(.delete, "\(path)/\(id)", as: token).status == 204)
    } _: {
      await cloud.authenticate([
        "identity": ["methods": ["application_credential"], "application_credential": proof]
      ])
    }
    #expect(answer.status == 404 && answer.message == "Could not find Application Credential: \(id).")
  }

  @Test("a user of v2.0 is made with a tenant, or not at all")
  func olderUser() async throws {
    let tenant = await office.make("project", "t", ["domain_id": "default"])
    let answer = await meanwhile {
      #expect(await office.send(.delete, "/projects/\(tenant)").status == 204)
    } _: {
      await cloud.send(
        .post, "/v2.0/users", token: office.token,
        body: ["user": ["name": "u", "password": "x", "tenantId": .string(tenant)]])
    }
    #expect(answer.status == 404)
    #expect(try office.id("users", "u").isEmpty)
  }

  @Test("the last use of a trust is one login's")
  func trust() async throws {
    let (trustor, project, _) = try await member("u")
    let trustee = await user("v")
    let trust: JSON = [
      "trust": [
        "trustor_user_id": .string(trustor), "trustee_user_id": .string(trustee), "project_id": .string(project),
        "impersonation": false, "roles": [["name": "member"]], "remaining_uses": 1,
      ]
    ]
    let owner = await login(trustor, project: project).token
    let made = await office.send(.post, "/OS-TRUST/trusts", trust, as: owner)
    let auth: JSON = [
      "identity": TestCloud.password(["id": .string(trustee)], "old"),
      "scope": ["OS-TRUST:trust": ["id": made.json["trust"]?["id"] ?? .null]],
    ]
    let second = await meanwhile {
      #expect(await cloud.authenticate(auth).status == 201)
    } _: {
      await cloud.authenticate(auth)
    }
    #expect(second.status == 401)
  }
}
