import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Security compliance")
struct ComplianceTests {
  private func cloud(_ compliance: JSON) async throws -> TestCloud {
    try await TestCloud(["identity": ["security_compliance": compliance]])
  }

  private func change(_ cloud: TestCloud, _ old: String, _ new: String) async throws -> Answer {
    let path = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'demo'")) + "/password"
    return await cloud.send(.post, path, body: ["user": ["original_password": .string(old), "password": .string(new)]])
  }

  private func update(_ cloud: TestCloud, _ change: JSON) async throws -> Answer {
    let path = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'demo'"))
    let admin = await cloud.token("admin", project: "admin")
    return await cloud.send(.patch, path, token: admin, body: ["user": change])
  }

  @Test("locks an account after some failed logins, for some time, and says nothing of it")
  func lockout() async throws {
    let cloud = try await cloud(["lockout_failure_attempts": 2, "lockout_duration": 60])
    let valid = await cloud.token("demo")
    #expect(await cloud.login("demo", password: "wrong").status == 401)
    #expect(await cloud.login("demo").status == 201)
    for _ in 1...2 { #expect(await cloud.login("demo", password: "wrong").status == 401) }
    let locked = await cloud.login("demo")
    #expect(locked.status == 401 && locked.message == "The request you have made requires authentication.")
    #expect(await cloud.send(.get, "/v3/auth/projects", token: valid).status == 200)
    #expect(await cloud.login("admin").status == 201)
    cloud.world.clock.advance(by: .seconds(60))
    #expect(await cloud.login("demo", password: "wrong").status == 401)
    #expect(await cloud.login("demo").status == 201)
    for _ in 1...2 { #expect(await cloud.login("demo", password: "wrong").status == 401) }
    #expect(try await update(cloud, ["enabled": true]).status == 200)
    #expect(await cloud.login("demo").status == 201)
    _ = try await update(cloud, ["options": ["ignore_lockout_failure_attempts": true]])
    for _ in 1...3 { #expect(await cloud.login("demo", password: "wrong").status == 401) }
    #expect(await cloud.login("demo").status == 201)
  }

  @Test("ends passwords, which can then be changed and no more")
  func expiry() async throws {
    let cloud = try await cloud(["password_expires_days": 30])
    _ = try await update(cloud, ["password": "first"])
    let login = await cloud.login("demo", password: "first")
    #expect(login["token", "user", "password_expires_at"] == (TestCloud.noon + .days(30)).text(.microseconds))
    cloud.world.clock.advance(by: .days(30))
    let ended = await cloud.login("demo", password: "first")
    #expect(ended.status == 401)
    #expect(ended.message?.hasPrefix("The password is expired and needs to be changed for user: ") == true)
    #expect(await cloud.login("demo", password: "wrong").message?.contains("expired") == false)
    #expect(try await change(cloud, "first", "second").status == 204)
    #expect(await cloud.login("demo", password: "second").status == 201)
    cloud.world.clock.advance(by: .days(30))
    _ = try await update(cloud, ["options": ["ignore_password_expiry": true]])
    #expect(await cloud.login("demo", password: "second").status == 201)
  }

  @Test("has passwords changed before their first use")
  func firstUse() async throws {
    let cloud = try await cloud(["change_password_upon_first_use": true])
    _ = try await update(cloud, ["password": "given"])
    #expect(await cloud.login("demo", password: "given").message?.contains("expired") == true)
    #expect(try await change(cloud, "given", "chosen").status == 204)
    #expect(await cloud.login("demo", password: "chosen").status == 201)
    _ = try await update(cloud, ["options": ["ignore_change_password_upon_first_use": true], "password": "given"])
    #expect(await cloud.login("demo", password: "given").status == 201)
  }

  @Test("refuses the last passwords to users, not to administrators")
  func history() async throws {
    let cloud = try await cloud(["unique_last_password_count": 2])
    #expect(try await change(cloud, "secret", "second").status == 204)
    for old in ["secret", "second"] {
      let answer = try await change(cloud, "second", old)
      #expect(answer.status == 400)
      #expect(answer.message?.hasSuffix("includes the new password must be unique is 2.") == true)
    }
    #expect(try await change(cloud, "second", "third").status == 204)
    #expect(try await change(cloud, "third", "secret").status == 204)
    #expect(try await update(cloud, ["password": "secret"]).status == 200)
  }

  @Test("refuses to change a password that its user has just chosen")
  func age() async throws {
    let cloud = try await cloud(["minimum_password_age": 3])
    #expect(try await change(cloud, "secret", "second").status == 204)
    cloud.world.clock.advance(by: .days(1))
    let answer = try await change(cloud, "second", "third")
    #expect(answer.status == 400 && answer.message?.contains("Please try again in 2 day(s)") == true)
    cloud.world.clock.advance(by: .days(2))
    #expect(try await change(cloud, "second", "third").status == 204)
  }

  @Test("asks passwords for a form, and describes it")
  func form() async throws {
    let cloud = try await cloud([
      "password_regex": "^(?=.*\\d)(?=.*[a-zA-Z]).{7,}$", "password_regex_description": "7 letters and digits",
    ])
    let weak = try await update(cloud, ["password": "abcdefgh"])
    #expect(weak.status == 400)
    #expect(weak.message == "The password does not match the requirements: 7 letters and digits.")
    #expect(
      try await update(cloud, ["password": nil]).message
        == "Password validation error: Password must be a string type.")
    #expect(try await change(cloud, "secret", "short1").status == 400)
    #expect(try await change(cloud, "secret", "longer1").status == 204)
    await #expect(throws: ConfigurationError.self) {
      _ = try await self.cloud(["password_regex": "("])
    }
  }

  @Test("disables who has not logged in for long")
  func inactivity() async throws {
    let cloud = try await cloud(["disable_user_account_days_inactive": 5])
    let path = "/v3/users/" + (try cloud.value("SELECT id FROM users WHERE name = 'demo'"))
    cloud.world.clock.advance(by: .days(4))
    #expect(await cloud.login("demo").status == 201)
    #expect(await cloud.login("admin").status == 201)
    cloud.world.clock.advance(by: .days(4))
    #expect(await cloud.login("admin").status == 201)
    cloud.world.clock.advance(by: .days(1))
    #expect(await cloud.login("demo").status == 401)
    let admin = await cloud.token("admin", project: "admin")
    #expect(await cloud.send(.get, path, token: admin).json["user"]?["enabled"] == false)
    #expect(try await update(cloud, ["enabled": true]).json["user"]?["enabled"] == true)
    #expect(await cloud.login("demo").status == 201)
  }
}
