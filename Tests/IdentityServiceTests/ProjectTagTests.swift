import HTTPServer
import OpenStackAPI
import Testing

@Suite("Tags of projects")
struct ProjectTagTests {
  @Test("are put, listed, checked and taken away, one by one and all at once")
  func lifeCycle() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let id = try cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    let path = "/v3/projects/\(id)/tags"
    let put = await cloud.send(.put, path + "/red", token: token)
    #expect(put.status == 201 && put.text.isEmpty)
    #expect(await cloud.send(.get, path + "/red", token: token).status == 204)
    let replaced = await cloud.send(.put, path, token: token, body: ["tags": ["blue", " green "]])
    #expect(replaced.status == 200 && replaced.json["tags"] == ["blue", "green"])
    let gone = await cloud.send(.head, path + "/red", token: token)
    #expect(gone.status == 404)
    #expect(await cloud.send(.get, path + "/red", token: token).message == "Could not find project tag: red.")
    #expect(await cloud.send(.delete, path + "/blue", token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).json["tags"] == ["green"])
    #expect(await cloud.send(.delete, path, token: token).status == 204)
    #expect(await cloud.send(.get, path, token: token).json["tags"] == [])
  }

  @Test("are up to 80, different, and without commas and slashes")
  func limits() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let id = try cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    let path = "/v3/projects/\(id)/tags"
    let many = (0..<80).map { JSON.string("t\($0)") }
    #expect(await cloud.send(.put, path, token: token, body: ["tags": .array(many)]).status == 200)
    let next = await cloud.send(.put, path + "/more", token: token)
    #expect(next.status == 400 && next.message?.hasSuffix("is too long") == true)
    let comma = await cloud.send(.put, path, token: token, body: ["tags": ["a,b"]])
    #expect(comma.message == "Invalid input for field/attribute 0. Value: a,b. 'a,b' does not match '^[^,/]*$'")
    let twice = await cloud.send(.put, path, token: token, body: ["tags": ["a", "a"]])
    #expect(twice.message?.hasSuffix("has non-unique elements") == true)
  }

  @Test("choose the projects of a list")
  func filters() async throws {
    let cloud = try await TestCloud([
      "seed": [
        "defaults": false,
        "projects": [
          ["name": "admin"], ["name": "one", "tags": ["a", "b"]], ["name": "two", "tags": ["b", "c"]],
        ],
        "users": [["name": "admin", "password": "secret", "roles": ["admin": ["admin"]]]],
      ]
    ])
    let token = await cloud.token("admin", project: "admin")
    let cases = [
      ("tags=a,b", ["one"]), ("tags=b", ["one", "two"]), ("tags-any=a,c", ["one", "two"]),
      ("not-tags=a,b", ["admin", "two"]), ("not-tags-any=a,c", ["admin"]), ("tags=b&not-tags=c", ["one"]),
      ("tags=", []),
    ]
    for (query, names) in cases {
      let answer = await cloud.send(.get, "/v3/projects?\(query)", token: token)
      #expect(answer.names("projects") == names, "\(query)")
    }
  }

  @Test("as many as a request can hold are looked for, and of a parameter that is repeated the first counts")
  func many() async throws {
    let cloud = try await TestCloud()
    let token = await cloud.token("admin", project: "admin")
    let id = try cloud.value("SELECT id FROM projects WHERE name = 'demo'")
    #expect(
      await cloud.send(.put, "/v3/projects/\(id)/tags", token: token, body: ["tags": ["t1", "t2"]]).status == 200)
    let tags = (0..<2500).map { "t\($0)" }.joined(separator: ",")
    for (query, names) in [
      ("tags=\(tags)", []), ("tags=t1,t2,t1", ["demo"]), ("tags-any=\(tags)", ["demo"]),
      ("not-tags=\(tags)&name=demo", ["demo"]), ("not-tags-any=\(tags)&name=demo", []),
      ("name=demo&name=admin", ["demo"]), (String(repeating: "name=demo&", count: 1500), ["demo"]),
    ] as [(String, [JSON])] {
      let found = await cloud.send(.get, "/v3/projects?\(query)", token: token)
      #expect(
        found.status == 200 && found.json["projects"]?.array?.compactMap { $0["name"] } == names, "\(query.prefix(40))")
    }
  }
}
