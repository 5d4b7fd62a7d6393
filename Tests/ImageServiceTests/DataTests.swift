import Glibc
import OpenStackAPI
import Persistence
import Testing

@testable import ImageService

@Suite("The bytes of images")
struct DataTests {
  @Test("bytes come back as they went up, with both digests")
  func roundTrip() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    #expect(try await cloud.get("/v2/images/\(id)/file").status == 204)
    let bytes = Array("hello world".utf8)
    let uploaded = try await cloud.upload(id, bytes)
    #expect(uploaded.status == 204)
    #expect(uploaded.bytes.isEmpty)
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["status"] == "active")
    #expect(image["size"] == 11)
    #expect(image["virtual_size"] == 11)
    #expect(image["checksum"] == "5eb63bbbe01eeed093cb22bb8f5acdc3")
    #expect(image["os_hash_algo"] == "sha512")
    #expect(
      image["os_hash_value"]?.text?.hasPrefix("309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f")
        == true)
    let file = try await cloud.get("/v2/images/\(id)/file")
    #expect(file.status == 200)
    #expect(file.bytes == bytes)
    #expect(file.headers["Content-Type"] == "application/octet-stream")
    #expect(file.headers["Content-MD5"] == "5eb63bbbe01eeed093cb22bb8f5acdc3")
  }

  @Test("bytes whose files are gone are none, and those of a torn file are not sent")
  func missingFiles() async throws {
    try await Disk.withDirectory { directory in
      let cloud = try await Cloud(directory: directory)
      let id = try await cloud.create()
      try await cloud.upload(id, Array("hello world".utf8))
      let path = try #require(cloud.files.first.map { "\(cloud.world.blobs.directory)/\($0)" })
      truncate(path, 10)
      for headers in [[:], ["Range": "bytes=0-4"]] {
        let torn = try await cloud.get("/v2/images/\(id)/file", headers: headers)
        #expect(torn.status == 503 && torn.message == "Corrupt image download for image \(id)")
      }
      unlink(path)
      let missing = try await cloud.get("/v2/images/\(id)/file")
      #expect(missing.status == 204 && missing.bytes.isEmpty)
      #expect(try await cloud.send(.delete, "/v2/images/" + id).status == 204)
      #expect(try await cloud.get("/v2/images/\(id)/file").status == 404)
    }
  }

  @Test("bytes are read from the next store where the first has lost them")
  func nextStore() async throws {
    try await Disk.withDirectory { directory in
      let cloud = try await Cloud(directory: directory)
      let id = try await cloud.create()
      try await cloud.upload(id, [1, 2, 3])
      let copy: JSON = ["method": ["name": "copy-image"], "stores": ["slow"]]
      #expect(try await cloud.post("/v2/images/\(id)/import", copy, as: "admin").status == 202)
      await cloud.world.settle()
      let first = try cloud.world.read {
        try $0.first("SELECT blob FROM image_locations WHERE image_id = ?", id, as: String.self)
      }
      unlink("\(cloud.world.blobs.directory)/\(try #require(first)).blob")
      #expect(try await cloud.get("/v2/images/\(id)/file").bytes == [1, 2, 3])
    }
  }

  @Test(
    "a part of the bytes comes with the whole image's checksum",
    arguments: [
      ("Range", "bytes=0-4", "hello", "bytes 0-4/11"), ("Range", "bytes=6-", "world", "bytes 6-10/11"),
      ("Range", "bytes=-3", "rld", "bytes 8-10/11"), ("Range", "bytes=6-99", "world", "bytes 6-10/11"),
      ("Content-Range", "bytes 0-4/11", "hello", "bytes 0-4/11"),
      ("Content-Range", "bytes 6-10/*", "world", "bytes 6-10/11"),
    ])
  func ranges(_ field: String, _ value: String, _ text: String, _ range: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, Array("hello world".utf8))
    let part = try await cloud.get("/v2/images/\(id)/file", headers: [field: value])
    #expect(part.status == 206)
    #expect(part.text == text)
    #expect(part.headers["Content-Range"] == range)
    #expect(part.headers["Content-MD5"] == "5eb63bbbe01eeed093cb22bb8f5acdc3")
  }

  @Test(
    "a range that is not there is refused",
    arguments: [
      (
        "Range", "bytes=99-100", 416,
        "Invalid start position in Range header. Start position MUST be in the inclusive range [0, 10]."
      ),
      ("Range", "bytes=4-2", 416, "Invalid Range header."), ("Range", "lines=1-2", 416, "Invalid Range header."),
      ("Range", "bytes=0-1,3-4", 400, "Requests with multiple ranges are not supported in Glance."),
      ("Content-Range", "bytes 0-11/*", 416, "Invalid stop position in Content-Range header."),
      ("Content-Range", "bytes 99-100/*", 416, "Invalid stop position in Content-Range header."),
      ("Content-Range", "x", 416, "Invalid Content-Range header."),
    ])
  func badRanges(_ field: String, _ value: String, _ status: Int, _ message: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, Array("hello world".utf8))
    let answer = try await cloud.get("/v2/images/\(id)/file", headers: [field: value])
    #expect(answer.status == status)
    #expect(answer.text.contains(message), "\(answer.text)")
  }

  @Test("bytes go up once")
  func secondUpload() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, [1])
    let again = try await cloud.upload(id, [2])
    #expect(again.status == 409)
    #expect(again.message == "Image status transition from active to saving is not allowed")
    #expect(try await cloud.get("/v2/images/\(id)/file").bytes == [1])
  }

  @Test("an upload needs both formats, its media type and an image")
  func refusals() async throws {
    let cloud = try await Cloud()
    let none = try await cloud.create(["disk_format": nil, "container_format": nil])
    #expect(
      try await cloud.upload(none, [1]).message
        == "Properties disk_format, container_format must be set prior to saving data.")
    let one = try await cloud.create(["disk_format": nil])
    let answer = try await cloud.upload(one, [1])
    #expect(answer.status == 400)
    #expect(answer.message == "Property disk_format must be set prior to saving data.")
    let type = try await cloud.send(
      .put, "/v2/images/\(one)/file", headers: ["Content-Type": "application/json", "Accept": ""], body: [1])
    #expect(type.status == 415)
    #expect(
      type.text == "415 Unsupported Media Type\n\nThe request media type application/json is not supported by this "
        + "server. \n\n Invalid content type application/json")
    #expect(try await cloud.upload("nope", [1]).status == 404)
    #expect(try await cloud.get("/v2/images/" + one).json["status"] == "queued")
    #expect(cloud.files.isEmpty)
  }

  @Test("an upload of another size than announced leaves nothing behind, and may be tried again")
  func announcedSize() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    for size in ["3", "x", "-1"] {
      let answer = try await cloud.send(
        .put, "/v2/images/\(id)/file",
        headers: ["Content-Type": "application/octet-stream", "x-openstack-image-size": size], body: [1])
      #expect(answer.status == 400)
    }
    #expect(try await cloud.get("/v2/images/" + id).json["status"] == "queued")
    try await cloud.eventually { cloud.files.isEmpty }
    #expect(try await cloud.upload(id, [1]).status == 204)
  }

  @Test("more bytes than an image may have are refused, and the image waits for others", arguments: ["file", "stage"])
  func cap(_ kind: String) async throws {
    var settings = ImportSettings()
    settings.sizeCap = 4
    let cloud = try await Cloud(imports: settings)
    let id = try await cloud.create()
    let octets = ["Content-Type": "application/octet-stream"]
    let answer = try await cloud.send(
      .put, "/v2/images/\(id)/\(kind)", headers: octets, body: [1, 2, 3, 4, 5])
    #expect(answer.status == 413)
    #expect(answer.text.contains("The incoming image is too large: The provided image is too large."))
    #expect(try await cloud.get("/v2/images/" + id).json["status"] == "queued")
    try await cloud.eventually { cloud.files.isEmpty }
    #expect(try await cloud.send(.put, "/v2/images/\(id)/\(kind)", headers: octets, body: [1, 2, 3, 4]).status == 204)
  }

  @Test("the bytes go with the image")
  func deletion() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, [UInt8](repeating: 1, count: 300_000))
    #expect(cloud.files.count == 1)
    #expect(try await cloud.send(.delete, "/v2/images/" + id).status == 204)
    await cloud.world.settle()
    try await cloud.eventually { cloud.files.isEmpty }
    #expect(try cloud.world.read { try $0.query("SELECT id FROM image_blobs", as: String.self) } == ["image-blank"])
  }

  @Test("an empty image is an image")
  func empty() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    #expect(try await cloud.upload(id, []).status == 204)
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["size"] == 0)
    #expect(image["checksum"] == "d41d8cd98f00b204e9800998ecf8427e")
    #expect(try await cloud.get("/v2/images/\(id)/file").status == 200)
  }
}

extension Cloud {
  /// Waits, a second at most, for what happens on another queue.
  func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<200 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
    #expect(condition())
  }
}
