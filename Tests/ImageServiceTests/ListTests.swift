import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Lists of images")
struct ListTests {
  /// A cloud with images a to e, made a second apart, `e` last.
  private func filled() async throws -> Cloud {
    let cloud = try await Cloud()
    for (name, extra) in [
      ("a", ["tags": ["x", "y"], "min_ram": 1]), ("b", ["os_distro": "debian", "tags": ["x"]]),
      ("c", ["disk_format": "qcow2", "protected": true]), ("d", ["os_hidden": true]), ("e", ["os_distro": "suse"]),
    ] as [(String, JSON)] {
      var body = extra.object ?? JSONObject()
      body["name"] = .string(name)
      let id = try await cloud.create(.object(body))
      if name < "c" { try await cloud.upload(id, [UInt8](repeating: 7, count: name == "a" ? 10 : 20)) }
      cloud.world.clock.advance(by: .seconds(1))
    }
    return cloud
  }

  @Test("the newest come first, hidden ones not at all")
  func plain() async throws {
    #expect(try await filled().names() == ["e", "c", "b", "a"])
  }

  @Test(
    "filters",
    arguments: [
      ("name=b", ["b"]), ("name=in:a,%22b%22,zz", ["b", "a"]), ("name=eq:a", ["a"]), ("name=", []),
      ("status=active", ["b", "a"]), ("status=in:active,queued", ["e", "c", "b", "a"]), ("disk_format=qcow2", ["c"]),
      ("container_format=in:bare", ["e", "c", "b", "a"]), ("tag=x", ["b", "a"]), ("tag=x&tag=y", ["a"]),
      ("os_hidden=true", ["d"]), ("os_hidden=False", ["e", "c", "b", "a"]), ("protected=true", ["c"]),
      ("protected=false", ["e", "b", "a"]), ("size_min=15", ["b"]), ("size_max=15", ["a"]), ("size=20", ["b"]),
      ("size_min=10&size_max=10", ["a"]), ("min_ram=1", ["a"]), ("os_distro=debian", ["b"]), ("os_distro=", []),
      ("nobody_knows=this", []), ("owner=" + Cloud.project, ["e", "c", "b", "a"]), ("owner=x", []),
      ("visibility=shared", ["e", "c", "b", "a"]), ("visibility=public", []), ("visibility=all&name=e", ["e"]),
      ("created_at=2026-11-23T20:26:10Z", ["b"]), ("created_at=gt:2026-11-23T20:26:10Z", ["e", "c"]),
      ("created_at=gte:2026-11-23T20:26:10Z", ["e", "c", "b"]), ("created_at=lt:2026-11-23T20:26:10Z", ["a"]),
      ("updated_at=lte:2026-11-23T20:26:10", ["b", "a"]), ("created_at=neq:2026-11-23T20:26:10Z", ["e", "c", "a"]),
      ("checksum=88deb6b5f5c1e3d1c5ac1d6ac4c53ac7", []),
    ])
  func filters(_ query: String, _ names: [String]) async throws {
    #expect(try await filled().names("?" + query) == names)
  }

  @Test("an image is found by its id and by its digest")
  func digests() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["name": "one"])
    try await cloud.upload(id, Array("hello world".utf8))
    #expect(try await cloud.names("?checksum=5eb63bbbe01eeed093cb22bb8f5acdc3") == ["one"])
    #expect(try await cloud.names("?id=" + id) == ["one"])
    #expect(try await cloud.names("?id=in:nope," + id) == ["one"])
  }

  @Test(
    "orders",
    arguments: [
      ("sort=name:asc", "abce"), ("sort=name", "ecba"), ("sort=size:desc,name:asc", "bace"),
      ("sort=size:asc,name:desc", "ecab"), ("sort_key=name&sort_dir=asc", "abce"),
      ("sort_key=disk_format&sort_key=name&sort_dir=asc&sort_dir=desc", "ceba"), ("sort_dir=asc", "abce"),
      ("sort_key=status&sort_key=name&sort_dir=asc", "abce"), ("sort=updated_at:asc", "abce"),
    ])
  func orders(_ query: String, _ names: String) async throws {
    let cloud = try await filled()
    #expect(try await cloud.names("?" + query).joined() == names)
    // The same order page by page.
    var walked: [String] = []
    var next: String? = "/v2/images?limit=1&" + query
    while let target = next {
      let answer = try await cloud.get(target)
      walked += answer.json["images"]?.array?.compactMap { $0["name"]?.text } ?? []
      next = answer.json["next"]?.text
    }
    #expect(walked.joined() == names)
  }

  @Test("a full page has a next one, which keeps the query; the last is empty")
  func paging() async throws {
    let cloud = try await filled()
    let first = try await cloud.get("/v2/images?limit=2&sort=name%3Aasc&tag=x")
    #expect(first.json["first"] == "/v2/images?limit=2&sort=name%3Aasc&tag=x")
    #expect(first.json["schema"] == "/v2/schemas/images")
    let last = try #require(first.json["images"]?.array?.last?["id"]?.text)
    let next = try #require(first.json["next"]?.text)
    #expect(next == "/v2/images?limit=2&sort=name%3Aasc&tag=x&marker=" + last)
    let second = try await cloud.get(next)
    #expect(second.json["images"] == [])
    #expect(second.json["next"] == nil)
    #expect(second.json["first"] == "/v2/images?limit=2&sort=name%3Aasc&tag=x")
    #expect(try await cloud.get("/v2/images").json["first"] == "/v2/images")
  }

  @Test("a page has 25 images unless the client says otherwise, and never more than 1000")
  func limits() async throws {
    let cloud = try await Cloud()
    for _ in 0..<30 { _ = try await cloud.create() }
    #expect(try await cloud.names().count == 25)
    #expect(try await cloud.names("?limit=5000").count == 30)
    #expect(try await cloud.names("?limit=0").isEmpty)
  }

  @Test(
    "bad parameters are refused",
    arguments: [
      ("limit=x", "limit param must be an integer"), ("limit=-1", "limit param must be positive"),
      ("marker=nope", "No image found with ID nope"), ("visibility=x", "Invalid visibility value: x"),
      ("member_status=x", "Invalid status: x"),
      ("os_hidden=x", "Invalid value 'x' for 'os_hidden' filter. Valid values are 'true' or 'false'."),
      ("protected=x", "Invalid value 'x' for 'protected' filter. Valid values are 'true' or 'false'."),
      ("size_min=x", "Unable to filter on a range with a non-numeric value."),
      ("created_at=x", "Bad \"created_at\" query filter format. Use ISO 8601 DateTime notation."),
      ("created_at=almost:2026-01-01", "Unable to filter on a unknown operator."),
      ("name=like:x", "Unable to filter by unknown operator 'like'."),
      ("name=in:%22a", "Invalid filter value \"a. The quote is not closed."),
      ("name=in:a%22b%22", "Invalid filter value a\"b\". There is no comma before opening quotation mark."),
      ("name=in:%22a%22b", "Invalid filter value \"a\"b. There is no comma after closing quotation mark."),
      ("sort=x", "Invalid sort key: x. It must be one of the following: name, status, container_format,"),
      ("sort=name:up", "Invalid sort direction: up"), ("sort_dir=up", "Invalid sort direction: up"),
      ("sort=name&sort_key=name", "Old and new sorting syntax cannot be combined"),
      ("sort_key=name&sort_dir=asc&sort_dir=asc", "Number of sort dirs does not match the number of sort keys"),
      ("changes-since=2026-01-01", "The \"changes-since\" filter is no longer available on v2."),
    ])
  func refusals(_ query: String, _ message: String) async throws {
    let answer = try await Cloud().get("/v2/images?" + query)
    #expect(answer.status == 400)
    #expect(answer.message.hasPrefix(message), "\(answer.text)")
  }

  @Test("a query of any size is answered, if only with a refusal")
  func hugeQueries() async throws {
    let cloud = try await filled()
    let tags = repeatElement("tag=x", count: 3000).joined(separator: "&")
    #expect(try await cloud.get("/v2/images?" + tags).status == 400)
    let keys = repeatElement("name:asc", count: 3000).joined(separator: ",")
    #expect(try await cloud.names("?sort=" + keys) == ["a", "b", "c", "e"])
    let names = repeatElement("a", count: 8000).joined(separator: ",")
    #expect(try await cloud.names("?name=in:" + names) == ["a"])
    let filters = (0..<250).map { "p\($0)=x" }.joined(separator: "&")
    #expect(try await cloud.names("?" + filters).isEmpty)
  }

  @Test("a project sees public images, its own, and those shared with it and accepted")
  func visibility() async throws {
    let cloud = try await Cloud()
    for name in ["public", "private", "shared", "community"] {
      _ = try await cloud.create(["name": .string(name), "visibility": .string(name)], as: "admin")
    }
    let shared = try await cloud.get("/v2/images?name=shared").json["images"]?.array?.first?["id"]?.text ?? ""
    #expect(Set(try await cloud.names()) == ["public", "private", "shared", "community"])
    #expect(try await cloud.names(as: "stranger") == ["public"])
    #expect(try await cloud.names("?visibility=community", as: "stranger") == ["community"])
    try await cloud.share(shared, with: Cloud.otherProject, "pending")
    #expect(try await cloud.names(as: "stranger") == ["public"])
    #expect(try await cloud.names("?visibility=shared&member_status=pending", as: "stranger") == ["shared"])
    #expect(try await cloud.get("/v2/images/" + shared, as: "stranger").status == 200)
    try await cloud.share(shared, with: Cloud.otherProject, "accepted")
    #expect(Set(try await cloud.names(as: "stranger")) == ["public", "shared"])
    #expect(Set(try await cloud.names("?visibility=all", as: "stranger")) == ["public", "shared", "community"])
  }
}

extension Cloud {
  fileprivate func share(_ image: String, with project: String, _ status: String) async throws {
    try await world.write { db in
      try db.execute("DELETE FROM image_members WHERE image_id = ?", image)
      try db.execute(
        """
        INSERT INTO image_members (image_id, member, status, created_at, updated_at) VALUES (?, ?, ?, 0, 0)
        """, image, project, status)
    }
  }
}
