import Crypto
import HTTPServer
import OpenStackAPI
import Testing

@testable import ImageService

@Suite("The locations of images")
struct LocationTests {
  private static let bytes = Array("hello world".utf8)
  private static let sha256 = Identifiers.hex(Array(SHA256.hash(data: bytes)))

  /// A cloud that shows locations, and a server whose images it may use.
  private func setUp(
    _ change: (inout ImportSettings) -> Void = { _ in }
  ) async throws -> (cloud: Cloud, remote: RemoteServer) {
    let remote = try RemoteServer { request in
      request.path == "/image" ? .bytes(Self.bytes) : HTTPResponse(status: 404)
    }
    var settings = remote.imports
    (settings.showsLocations, settings.showsDirectURL) = (true, true)
    change(&settings)
    return (try await Cloud(imports: settings, stores: try .withWeb()), remote)
  }

  @Test("an image of a location is active without digests, and its bytes come from there")
  func add() async throws {
    let (cloud, remote) = try await setUp()
    let id = try await cloud.create()
    #expect(try await cloud.get("/v2/images/" + id).json["locations"] == [])
    let location: JSON = ["url": .string(remote.url()), "metadata": ["foo": "bar"]]
    let image = try await cloud.patch(id, [["op": "add", "path": "/locations/-", "value": location]]).json
    #expect(image["status"] == "active" && image["size"] == 11 && image["os_hash_algo"] == .null)
    #expect(image["locations"]?.array?.first?["metadata"] == ["foo": "bar", "store": "web"])
    #expect(image["stores"] == "web" && image["direct_url"]?.text == remote.url())
    #expect(try await cloud.patch(id, [["op": "add", "path": "/locations/-", "value": location]]).status == 400)
    #expect(try await cloud.patch(id, [["op": "remove", "path": "/locations/0"]]).status == 403)
    let file = try await cloud.get("/v2/images/\(id)/file")
    #expect(file.status == 200 && file.bytes == Self.bytes)
    let part = try await cloud.get("/v2/images/\(id)/file", headers: ["Range": "bytes=6-8"])
    #expect(part.status == 206 && part.text == "wor" && part.headers["Content-Range"] == "bytes 6-8/11")
    await remote.stop()
  }

  @Test("locations are changed as a whole only in what is said of them, and go one by one")
  func replaceAndRemove() async throws {
    let (cloud, remote) = try await setUp()
    let id = try await cloud.create()
    for suffix in ["", "#new"] {
      let location: JSON = ["url": .string(remote.url() + suffix), "metadata": [:]]
      try await cloud.patch(id, [["op": "add", "path": "/locations/-", "value": location]])
    }
    var locations = try #require(try await cloud.get("/v2/images/" + id).json["locations"]?.array)
    #expect(locations.count == 2)
    locations[0] = ["url": .string(remote.url()), "metadata": ["date": "x", "store": "web"]]
    let replaced = try await cloud.patch(id, [["op": "replace", "path": "/locations", "value": .array(locations)]])
    #expect(replaced.json["locations"] == .array(locations))
    let fewer = try await cloud.patch(id, [["op": "replace", "path": "/locations", "value": [locations[0]]]])
    #expect(fewer.status == 400 && fewer.message.hasPrefix("Original locations is not empty: [{'url': "))
    let removed = try await cloud.patch(id, [["op": "remove", "path": "/locations/0"]], as: "admin")
    #expect(removed.json["locations"] == [locations[1]])
    let last = try await cloud.patch(id, [["op": "remove", "path": "/locations/0"]], as: "admin")
    #expect(last.status == 403 && last.message == "Cannot remove last location in the image.")
    await remote.stop()
  }

  @Test("digests that a client gives are taken over once")
  func validation() async throws {
    let (cloud, remote) = try await setUp()
    let id = try await cloud.create()
    let data: JSON = [
      "checksum": .string(String(repeating: "1", count: 32)), "os_hash_algo": "sha512",
      "os_hash_value": .string(String(repeating: "deadbeef", count: 16)),
    ]
    func add(_ url: String, _ data: JSON) async throws -> Answer {
      let value: JSON = ["url": .string(url), "metadata": [:], "validation_data": data]
      return try await cloud.patch(id, [["op": "add", "path": "/locations/-", "value": value]])
    }
    let image = try await add(remote.url(), data).json
    #expect(image["checksum"] == data["checksum"] && image["os_hash_value"] == data["os_hash_value"])
    #expect(image["locations"]?.array?.first?["validation_data"] == nil)
    #expect(try await add(remote.url() + "#new", data).status == 200)
    var other = try #require(data.object)
    other["os_hash_algo"] = "sha256"
    let refused = try await add(remote.url() + "#more", .object(other))
    #expect(refused.status == 409 && refused.message == "os_hash_algo is already set with a different value")
    await remote.stop()
  }

  @Test(
    "what is no image elsewhere is no location",
    arguments: ["gopher://info.example/", "file:///etc/passwd", "http://169.254.169.254/", "http://localhost/"])
  func invalid(_ url: String) async throws {
    let (cloud, remote) = try await setUp()
    let id = try await cloud.create()
    let value: JSON = ["url": .string(url), "metadata": [:]]
    let answer = try await cloud.patch(id, [["op": "add", "path": "/locations/-", "value": value]])
    #expect(answer.status == 400 && answer.message == "Invalid location")
    #expect(cloud.status(of: id) == "queued")
    await remote.stop()
  }

  @Test("a location of a task is read for its digests, and must have those that are given")
  func task() async throws {
    let (cloud, remote) = try await setUp()
    for (data, status, algorithm) in [
      ([:], "active", "sha512"),
      (["os_hash_algo": "sha256", "os_hash_value": .string(Self.sha256)], "active", "sha256"),
      (["os_hash_algo": "sha256", "os_hash_value": .string(String(repeating: "00", count: 32))], "queued", nil),
    ] as [(JSON, String, String?)] {
      let id = try await cloud.create()
      let body: JSON = ["url": .string(remote.url()), "validation_data": data]
      #expect(try await cloud.post("/v2/images/\(id)/locations", body).status == 202)
      await cloud.world.settle()
      let image = try await cloud.get("/v2/images/" + id).json
      #expect(image["status"]?.text == status && image["stores"] == "web" && image["os_hash_algo"]?.text == algorithm)
      #expect(image["checksum"]?.text == (algorithm == nil ? nil : "5eb63bbbe01eeed093cb22bb8f5acdc3"))
      #expect(image["os_glance_import_task"] == nil)
      #expect(try await cloud.tasks(id).first?["status"] == (algorithm == nil ? "failure" : "success"))
    }
    await remote.stop()
  }

  @Test(
    "a location that makes no sense is refused",
    arguments: [
      (["url": "http://x/", "validation_data": ["os_hash_algo": "sha123", "os_hash_value": "00"]], 400),
      (["url": "http://x/", "validation_data": ["os_hash_value": "00"]], 400), ([:], 400),
      (["url": "http://x/", "validation_data": ["os_hash_algo": "sha512", "os_hash_value": "00"]], 400),
      (["url": "http://x/", "validation_data": ["os_hash_algo": "sha512", "os_hash_value": "zz"]], 400),
      (["url": "file:///x"], 403),
    ] as [(JSON, Int)])
  func refusals(_ body: JSON, _ status: Int) async throws {
    let (cloud, remote) = try await setUp()
    let id = try await cloud.create()
    #expect(try await cloud.post("/v2/images/\(id)/locations", body).status == status)
    await remote.stop()
  }

  @Test("locations are shown to other services, and to nobody where they are not to be seen")
  func shown() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, [1])
    #expect(try await cloud.get("/v2/images/" + id).json["locations"] == nil)
    #expect(try await cloud.get("/v2/images/\(id)/locations").status == 403)
    let locations = try await cloud.get("/v2/images/\(id)/locations", as: "admin").json
    #expect(locations.array?.first?["metadata"] == ["store": "fast"])
    #expect(locations.array?.first?["url"]?.text?.hasPrefix("file://") == true)
    let value: JSON = ["url": "http://x/", "metadata": [:]]
    let answer = try await cloud.patch(id, [["op": "add", "path": "/locations/-", "value": value]])
    #expect(answer.status == 403)
    #expect(answer.message == "It's not allowed to add locations if locations are invisible.")
  }
}
