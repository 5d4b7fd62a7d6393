import OpenStackAPI
import Testing

@testable import ImageService

@Suite("The stores of images")
struct StoreTests {
  @Test("two stores are offered, and an administrator sees how they work")
  func info() async throws {
    let cloud = try await Cloud()
    #expect(
      try await cloud.get("/v2/info/stores").json == ["stores": [["id": "fast", "default": "true"], ["id": "slow"]]])
    #expect(try await cloud.get("/v2/info/stores/detail").status == 403)
    let stores = try await cloud.get("/v2/info/stores/detail", as: "admin").json["stores"]?.array
    #expect(stores?.first?["type"] == "file")
    #expect(stores?.first?["weight"] == 0)
    #expect(stores?.first?["properties"]?["chunk_size"] == 65536)
    #expect(stores?.first?["properties"]?["data_dir"]?.text == cloud.world.blobs.directory)
  }

  @Test("a new image names the stores, and one with bytes those that hold it")
  func stores() async throws {
    let cloud = try await Cloud()
    let created = try await cloud.post("/v2/images", ["disk_format": "raw", "container_format": "bare"])
    #expect(created.headers["OpenStack-image-store-ids"] == "fast,slow")
    #expect(created.json["stores"] == nil)
    let id = try #require(created.json["id"]?.text)
    try await cloud.upload(id, [1])
    #expect(try await cloud.get("/v2/images/" + id).json["stores"] == "fast")
  }

  @Test("bytes go to the store that the client names", arguments: [("slow", 204), ("nope", 400)])
  func chosen(_ store: String, _ status: Int) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let headers = ["Content-Type": "application/octet-stream", "X-Image-Meta-Store": store]
    let answer = try await cloud.send(.put, "/v2/images/\(id)/file", headers: headers, body: [1])
    #expect(answer.status == status)
    guard status == 204 else {
      #expect(answer.message == "Store for identifier nope not found")
      return
    }
    #expect(try await cloud.get("/v2/images/" + id).json["stores"] == "slow")
  }

  @Test(
    "stores are configured by name, and a mistake is named",
    arguments: [
      (#"{"a": {"type": "tape"}}"#, "image.enabled_backends.a.type"),
      (#"{"os_glance_x": {}}"#, "image.enabled_backends.os_glance_x"), (#"{"a b": {}}"#, "image.enabled_backends.a b"),
      (#"{"web": {"type": "http"}}"#, "image.default_backend"),
    ])
  func mistakes(_ backends: String, _ key: String) throws {
    let text = #"{"enabled_backends": \#(backends)}"#
    let file = try Configuration(file: "x.json", JSON(parsing: Array(#"{"image": \#(text)}"#.utf8)))
    let error = #expect(throws: ConfigurationError.self) { try ImageStores(file.section("image")) }
    #expect(error?.description.contains(key + ":") == true)
  }

  @Test("the heaviest store comes first, whatever the order of writing")
  func weights() throws {
    let text = #"{"image": {"enabled_backends": {"a": {"weight": 1}, "b": {"weight": 2}, "c": {"weight": 2}}}}"#
    let file = try Configuration(file: "x.json", JSON(parsing: Array(text.utf8)))
    let stores = try ImageStores(file.section("image"))
    #expect(stores.defaultID == "a")
    let places = ["a", "b", "c"].map { ImageLocation(address: "", metadata: JSONObject([("store", .string($0))])) }
    #expect(stores.ranked(places).compactMap(\.store) == ["b", "c", "a"])
  }
}
