import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Credentials")
struct CredentialTests {
  @Test("are a user's own; others see and make none")
  func owners() async throws {
    let cloud = try await TestCloud()
    let admin = await cloud.token("admin", project: "admin")
    let demo = await cloud.token("demo", project: "demo")
    let user = try cloud.id(ofUser: "demo")
    let body: JSON = ["credential": ["type": "cert", "blob": "secret", "user_id": .string(user), "note": "mine"]]
    let created = await cloud.send(.post, "/v3/credentials", token: demo, body: body)
    #expect(created.status == 201)
    #expect(created["credential", "note"] == "mine" && created.json["credential"]?["project_id"] == .null)
    let path = "/v3/credentials/" + (created["credential", "id"] ?? "")
    #expect(await cloud.send(.get, path, token: admin)["credential", "blob"] == "secret")
    let other: JSON = ["credential": ["type": "cert", "blob": "x", "user_id": .string(try cloud.id(ofUser: "admin"))]]
    #expect(await cloud.send(.post, "/v3/credentials", token: demo, body: other).status == 403)
    let theirs = await cloud.send(.post, "/v3/credentials", token: admin, body: other)
    #expect(await cloud.send(.get, "/v3/credentials", token: demo).names("credentials", of: "blob") == ["secret"])
    #expect(await cloud.send(.get, "/v3/credentials", token: admin).names("credentials", of: "blob").count == 2)
    let stolen = "/v3/credentials/" + (theirs["credential", "id"] ?? "")
    #expect(await cloud.send(.get, stolen, token: demo).status == 403)
    for member in ["user_id", "project_id", "type", "id"] {
      let change = await cloud.send(.patch, path, token: demo, body: ["credential": [member: "x"]])
      #expect(change.status == 400)
      #expect(change.message == "Additional properties are not allowed ('\(member)' was unexpected)")
    }
    #expect(await cloud.send(.delete, path, token: demo).status == 204)
    #expect(await cloud.send(.get, path, token: admin).status == 404)
  }

  @Test("of EC2 have the id that follows from the access key, and say what they lack")
  func ec2() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let (user, project) = (try cloud.id(ofUser: "demo"), try cloud.id(ofProject: "demo"))
    func create(_ blob: String, project: String? = project) async -> Answer {
      var members: JSONObject = JSONObject([("type", "ec2"), ("blob", .string(blob)), ("user_id", .string(user))])
      members["project_id"] = project.map(JSON.string)
      return await cloud.send(.post, "/v3/credentials", token: demo, body: ["credential": .object(members)])
    }
    let blob = #"{"access": "abc", "secret": "s"}"#
    let created = await create(blob)
    #expect(created["credential", "id"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(created["credential", "blob"] == blob)
    #expect(await create(blob).status == 409)
    #expect(await create("nonsense").message == "Invalid blob in credential")
    #expect(await create(#"{"secret": "s"}"#).message?.hasPrefix("Expecting to find access in credential.") == true)
    #expect(await create(blob, project: nil).message?.contains("'project_id' is a required property") == true)
    let path = "/v3/credentials/" + (created["credential", "id"] ?? "")
    let bound: JSON = ["credential": ["blob": #"{"access": "abc", "secret": "s", "trust_id": "t"}"#]]
    #expect(
      await cloud.send(.patch, path, token: demo, body: bound).message == "trust_id can not be updated for credential")
    let list = await cloud.send(.get, "/v3/users/\(user)/credentials/OS-EC2", token: demo)
    #expect(list.names("credentials", of: "access") == ["abc"])
  }

  @Test("change in all but their id before 2026.2, and go to nobody else")
  func olderChanges() async throws {
    let cloud = try await TestCloud(release: .gazpacho)
    let demo = await cloud.token("demo", project: "demo")
    let body: JSON = ["credential": ["type": "cert", "blob": "b", "user_id": .string(try cloud.id(ofUser: "demo"))]]
    let created = await cloud.send(.post, "/v3/credentials", token: demo, body: body)
    let path = "/v3/credentials/" + (created["credential", "id"] ?? "")
    #expect(await cloud.send(.patch, path, token: demo, body: ["credential": ["user_id": "x"]]).status == 403)
    #expect(
      await cloud.send(.patch, path, token: demo, body: ["credential": ["id": "x"]]).message == "Cannot change ID")
    let typed = await cloud.send(.patch, path, token: demo, body: ["credential": ["type": "key"]])
    #expect(typed["credential", "type"] == "key")
  }

  @Test("go with their user and their project")
  func cascade() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let (user, project) = (try cloud.id(ofUser: "demo"), try cloud.id(ofProject: "demo"))
    let path = "/v3/users/\(user)/credentials/OS-EC2"
    let created = await cloud.send(.post, path, token: demo, body: ["tenant_id": .string(project)])
    #expect(created.status == 201)
    #expect(created["credential", "tenant_id"] == project && created["credential", "secret"]?.count == 32)
    #expect(
      await cloud.send(.post, path, token: demo, body: ["tenant_id": "nope"]).message == "Could not find project: nope."
    )
    try await cloud.execute("DELETE FROM projects WHERE id = ?", project)
    #expect(try cloud.value("SELECT count(*) || '' FROM credentials") == "0")
  }
}

extension TestCloud {
  func id(ofUser name: String) throws -> String { try value("SELECT id FROM users WHERE name = ?", name) }
  func id(ofProject name: String) throws -> String {
    try value("SELECT id FROM projects WHERE name = ? AND NOT is_domain", name)
  }
  func id(ofRole name: String) throws -> String { try value("SELECT id FROM roles WHERE name = ?", name) }
}
