import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Schemas and discovery")
struct SchemaTests {
  @Test("the image schema is the one that clients build their images from")
  func image() async throws {
    let schema = try await Cloud().get("/v2/schemas/image").json
    #expect(schema["name"] == "image")
    #expect(schema["additionalProperties"] == ["type": "string"])
    #expect(schema["links"]?.array?.map { $0["rel"] } == ["self", "enclosure", "describedby"])
    #expect(schema["properties"]?["name"]?["type"] == ["null", "string"])
    #expect(schema["properties"]?["name"]?["maxLength"] == 255)
    #expect(schema["properties"]?["size"]?["readOnly"] == true)
    #expect(schema["properties"]?["visibility"]?["enum"] == ["community", "public", "private", "shared"])
    #expect(schema["properties"]?["disk_format"]?["enum"]?.array?.first == .null)
    #expect(schema["properties"]?["tags"]?["items"] == ["type": "string", "maxLength": 255])
    #expect(schema["properties"]?.object?.keys.count == 25)
  }

  @Test("an image fits its own schema")
  func fits() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["custom": "x", "tags": ["t"]])
    try await cloud.upload(id, [1])
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(throws: Never.self) { try ImageSchemas.image.validate(image) }
  }

  @Test(
    "every schema is there",
    arguments: [
      ("image", "image"), ("images", "images"), ("member", "member"), ("members", "members"), ("task", "task"),
      ("tasks", "tasks"), ("metadefs/namespace", "namespace"), ("metadefs/namespaces", "namespaces"),
      ("metadefs/resource_type", "resource_type_association"),
      ("metadefs/resource_types", "resource_type_associations"), ("metadefs/property", "property"),
      ("metadefs/properties", "properties"), ("metadefs/object", "object"), ("metadefs/objects", "objects"),
      ("metadefs/tag", "tag"), ("metadefs/tags", "tags"),
    ])
  func all(_ path: String, _ name: String) async throws {
    let answer = try await Cloud().get("/v2/schemas/" + path)
    #expect(answer.status == 200)
    #expect(answer.json["name"]?.text == name)
    #expect(answer.json["properties"]?.object?.keys.isEmpty == false)
  }

  @Test("definitions are referred to, and lists hold them once")
  func definitions() async throws {
    let cloud = try await Cloud()
    let namespace = try await cloud.get("/v2/schemas/metadefs/namespace").json
    #expect(namespace["properties"]?["properties"] == ["$ref": "#/definitions/property"])
    #expect(namespace["required"] == ["namespace"])
    #expect(namespace["definitions"]?.object?.keys.count == 4)
    let page = try await cloud.get("/v2/schemas/metadefs/namespaces").json
    #expect(page["definitions"] == namespace["definitions"])
    #expect(page["properties"]?["namespaces"]?["items"]?["definitions"] == nil)
  }

  @Test("a definition is checked through its references")
  func references() throws {
    let bad: JSON = ["namespace": "x", "properties": ["p": ["title": "t", "type": "nope"]]]
    let fault = #expect(throws: Fault.self) { try MetadefSchemas.namespace.validate(bad) }
    #expect(fault?.message.contains("'nope' is not one of ['array', 'boolean'") == true, "\(fault?.message ?? "")")
    #expect(throws: Fault.self) { try MetadefSchemas.namespace.validate(["name": "x"]) }
    #expect(throws: Never.self) {
      try MetadefSchemas.namespace.validate(["namespace": "x", "properties": ["p": ["title": "t", "type": "string"]]])
    }
  }

  @Test("discovery says what there is")
  func discovery() async throws {
    let cloud = try await Cloud()
    let methods = try await cloud.get("/v2/info/import")
    #expect(methods.json["import-methods"]?["value"] == ["glance-direct", "web-download", "copy-image"])
    let namespaces = try await cloud.get("/v2/metadefs/namespaces?resource_types=OS::Glance::Image")
    #expect(namespaces.json["namespaces"] == [])
  }
}
