import HTTPServer
import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Metadata definitions")
struct MetadefTests {
  private static let base = "/v2/metadefs/namespaces"

  private func cloud(_ members: JSON = [:]) async throws -> Cloud {
    let cloud = try await Cloud()
    var body = JSONObject([("namespace", "N"), ("visibility", "public")])
    for (name, value) in members.object?.members ?? [] { body[name] = value }
    let answer = try await cloud.post(Self.base, .object(body), as: "admin")
    try #require(answer.status == 201, "\(answer.text)")
    return cloud
  }

  private func put(_ cloud: Cloud, _ path: String, _ body: JSON) async throws -> Answer {
    try await cloud.send(.put, Self.base + path, as: "admin", body: Array(body.jsonText.utf8))
  }

  @Test("a namespace comes with what it holds and is shown with all of it")
  func contents() async throws {
    let property: JSON = ["title": "Cores", "type": "integer"]
    let cloud = try await cloud([
      "resource_type_associations": [["name": "OS::Glance::Image", "prefix": "hw_"]],
      "properties": ["cores": property], "tags": [["name": "t"]],
      "objects": [["name": "o", "required": ["a"], "properties": ["a": property]]],
    ])
    let shown = try await cloud.get(Self.base + "/N").json
    #expect(shown["properties"] == ["cores": property])
    #expect(shown["tags"] == [["name": "t"]])
    #expect(shown["protected"] == false)
    let prefixed = try await cloud.get(Self.base + "/N?resource_type=OS::Glance::Image").json
    #expect(prefixed["properties"] == ["hw_cores": property])
    #expect(prefixed["objects"]?.array?.first?["required"] == ["hw_a"])
    let one = try await cloud.get(Self.base + "/N/properties/hw_cores?resource_type=OS::Glance::Image")
    #expect(one.json["name"] == "cores")
    let wrong = try await cloud.get(Self.base + "/N/properties/cores?resource_type=OS::Glance::Image")
    #expect(
      wrong.message
        == "Property cores does not start with the expected resource type association prefix of 'hw_'.")
  }

  @Test("only administrators define; a private namespace does not exist for others")
  func rights() async throws {
    let cloud = try await cloud(["visibility": "private"])
    let denied = try await cloud.post(Self.base, ["namespace": "M"])
    #expect(denied.status == 403)
    #expect(denied.message == "You are not authorized to complete add_metadef_namespace action.")
    #expect(try await cloud.get(Self.base + "/N").status == 200)
    #expect(try await cloud.get(Self.base + "/N", as: "stranger").message == "The resource could not be found.")
    #expect(try await cloud.get(Self.base + "/N/tags", as: "stranger").message == "Namespace N not found")
    #expect(try await cloud.get(Self.base, as: "stranger").json["namespaces"] == [])
  }

  @Test("what is protected stays")
  func protection() async throws {
    let cloud = try await cloud(["protected": true, "tags": [["name": "t"]]])
    let namespace = try await cloud.send(.delete, Self.base + "/N", as: "admin")
    #expect(namespace.status == 403)
    #expect(namespace.message == "Metadata definition namespace N is protected and cannot be deleted.")
    let tag = try await cloud.send(.delete, Self.base + "/N/tags/t", as: "admin")
    #expect(tag.message == "Metadata definition tag t is protected and cannot be deleted.")
    _ = try await put(cloud, "/N", ["namespace": "N", "protected": false])
    #expect(try await cloud.send(.delete, Self.base + "/N", as: "admin").status == 204)
  }

  @Test("tags given at once replace the others, or are added to them")
  func tags() async throws {
    let cloud = try await cloud()
    let path = Self.base + "/N/tags"
    for name in ["a", "b"] { _ = try await cloud.send(.post, path + "/" + name, as: "admin") }
    let body: [UInt8] = Array(#"{"tags":[{"name":"c"}]}"#.utf8)
    try await cloud.send(.post, path, as: "admin", headers: ["X-Openstack-Append": "True"], body: body)
    #expect(try await cloud.get(path + "?limit=2").json["tags"] == [["name": "c"], ["name": "b"]])
    #expect(try await cloud.get(path + "?marker=b").json["tags"] == [["name": "a"]])
    let again = try await cloud.send(.post, path + "/c", as: "admin")
    #expect(again.status == 409)
    _ = try await cloud.post(path, ["tags": [["name": "d"]]], as: "admin")
    #expect(try await cloud.get(path).json["tags"] == [["name": "d"]])
    _ = try await cloud.send(.delete, path, as: "admin")
    #expect(try await cloud.get(path).json["tags"] == [])
  }

  @Test("lists are filtered by type and visibility, sorted, and come in pages")
  func lists() async throws {
    let cloud = try await cloud(["resource_type_associations": [["name": "T"]]])
    _ = try await cloud.post(Self.base, ["namespace": "M"], as: "admin")
    func names(_ query: String) async throws -> [String] {
      try await cloud.get(Self.base + query).json["namespaces"]?.array?.compactMap { $0["namespace"]?.text } ?? []
    }
    #expect(try await names("") == ["M", "N"])
    #expect(try await names("?sort_key=namespace&sort_dir=desc") == ["N", "M"])
    #expect(try await names("?resource_types=T,U") == ["N"])
    #expect(try await names("?visibility=private") == ["M"])
    let page = try await cloud.get(Self.base + "?limit=1").json
    #expect(page["next"] == "/v2/metadefs/namespaces?limit=1&marker=M")
    #expect(try await names("?limit=1&marker=M") == ["N"])
    #expect(try await cloud.get(Self.base + "?sort_dir=up").message == "Invalid sort direction: up")
    #expect(try await cloud.get(Self.base + "?marker=X").status == 404)
  }

  @Test("objects, properties and associations change and go, and names are taken once")
  func members() async throws {
    let cloud = try await cloud()
    let property: JSON = ["name": "p", "title": "P", "type": "string"]
    let made: [(String, JSON, String)] = [
      ("/N/properties", property, "/p"), ("/N/objects", ["name": "o"], "/o"),
      ("/N/resource_types", ["name": "T"], "/T"),
    ]
    for (path, body, name) in made {
      #expect(try await cloud.post(Self.base + path, body, as: "admin").status == 201)
      #expect(try await cloud.post(Self.base + path, body, as: "admin").status == 409)
      if name != "/T" { #expect(try await put(cloud, path + name, body).status == 200) }
      #expect(try await cloud.send(.delete, Self.base + path + name, as: "admin").status == 204)
      #expect(try await cloud.send(.delete, Self.base + path + name, as: "admin").status == 404)
    }
    #expect(try await cloud.get("/v2/metadefs/resource_types").json["resource_types"]?.array?.count == 1)
  }

  @Test("a new cloud has the common namespaces, each of which the API itself would take")
  func seed() async throws {
    let cloud = try await Cloud()
    try await MetadefSeed.seed(cloud.world)
    let namespaces = try await cloud.get(Self.base).json["namespaces"]?.array ?? []
    #expect(namespaces.count == MetadefSeed.catalog.count)
    for text in MetadefSeed.catalog {
      let entry = try JSON(parsing: Array(text.utf8))
      #expect(throws: Never.self) { try MetadefSchemas.namespace.validate(entry) }
    }
    let hypervisor = try await cloud.get(Self.base + "/OS::Compute::Hypervisor").json
    #expect(hypervisor["properties"]?["vm_mode"]?["enum"] == ["hvm", "xen", "uml", "exe"])
  }
}
