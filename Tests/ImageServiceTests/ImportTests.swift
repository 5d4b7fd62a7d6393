import HTTPServer
import OpenStackAPI
import Persistence
import Testing

@testable import ImageService

@Suite("Imports of images")
struct ImportTests {
  @Test("staged bytes become an image in every store, each with its own copy")
  func glanceDirect() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    #expect(try await cloud.stage(id, Array("hello".utf8)).status == 204)
    let staged = try await cloud.get("/v2/images/" + id).json
    #expect(staged["status"] == "uploading" && staged["size"] == 5 && staged["checksum"] == .null)
    #expect(staged["stores"] == nil)
    #expect(try await cloud.importing(id, ["method": ["name": "glance-direct"], "all_stores": true]).status == 202)
    await cloud.world.settle()
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["status"] == "active" && image["stores"] == "fast,slow" && image["virtual_size"] == 5)
    #expect(image["os_glance_importing_to_stores"] == "" && image["os_glance_failed_import"] == "")
    #expect(image["os_glance_import_task"] == nil)
    try await cloud.eventually { cloud.files.count == 2 }
    #expect(try await cloud.get("/v2/images/\(id)/file").text == "hello")
    let task = try #require(try await cloud.tasks(id).first)
    #expect(task["status"] == "success" && task["result"] == ["image_id": .string(id)] && task["message"] == "")
    #expect(task["type"] == "api_image_import" && task["request_id"] == "req-test" && task["deleted"] == false)
    #expect(task["input"]?["import_req"]?["method"]?["name"] == "glance-direct")
    #expect(task["input"]?["backend"] == ["fast", "slow"])
    #expect(task["expires_at"]?.text?.hasPrefix("2026-11-25") == true)
  }

  @Test("a copy goes where there is none, and deleting one leaves the other")
  func copyAndDelete() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.upload(id, [1, 2, 3])
    let copy: JSON = ["method": ["name": "copy-image"], "all_stores": true, "all_stores_must_succeed": false]
    #expect(try await cloud.importing(id, copy).status == 403)
    #expect(try await cloud.importing(id, copy, as: "admin").status == 202)
    await cloud.world.settle()
    #expect(try await cloud.get("/v2/images/" + id).json["stores"] == "fast,slow")
    #expect(try await cloud.importing(id, copy, as: "admin").status == 202)
    #expect(try await cloud.tasks(id).count == 1)
    #expect(try await cloud.send(.delete, "/v2/stores/fast/" + id).status == 403)
    #expect(try await cloud.send(.delete, "/v2/stores/fast/" + id, as: "admin").status == 204)
    #expect(try await cloud.send(.delete, "/v2/stores/fast/" + id, as: "admin").status == 403)
    #expect(try await cloud.send(.delete, "/v2/stores/tape/" + id, as: "admin").status == 409)
    try await cloud.eventually { cloud.files.count == 1 }
    #expect(try await cloud.get("/v2/images/" + id).json["stores"] == "slow")
    #expect(try await cloud.get("/v2/images/\(id)/file").bytes == [1, 2, 3])
  }

  @Test("an image is fetched from a server that is allowed, also in chunks", arguments: [true, false])
  func webDownload(_ isChunked: Bool) async throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let remote = try RemoteServer { request in
      if request.path == "/old" { return HTTPResponse(status: 302, headers: ["Location": "/image?x=1"]) }
      return isChunked ? HTTPResponse(body: .stream(length: nil) { try await $0.write(bytes) }) : .bytes(bytes)
    }
    let cloud = try await Cloud(imports: remote.imports)
    let id = try await cloud.create()
    #expect(try await cloud.download(id, remote.url("/old")).status == 202)
    await cloud.world.settle()
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["status"] == "active" && image["size"] == 300_000 && image["stores"] == "fast")
    #expect(try await cloud.get("/v2/images/\(id)/file").bytes == bytes)
    try await cloud.eventually { cloud.files.count == 1 }
    await remote.stop()
  }

  @Test("what cannot be fetched leaves the image queued and the stores failed", arguments: ["/gone", "/cut", "/away"])
  func failure(_ path: String) async throws {
    let remote = try RemoteServer { request in
      switch request.path {
      case "/cut": HTTPResponse(body: .stream(length: 10) { try await $0.write([1, 2, 3]) })
      case "/away": HTTPResponse(status: 301, headers: ["Location": "http://localhost/"])
      default: HTTPResponse(status: 404)
      }
    }
    let cloud = try await Cloud(imports: remote.imports)
    let id = try await cloud.create()
    #expect(try await cloud.download(id, remote.url(path)).status == 202)
    await cloud.world.settle()
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["status"] == "queued" && image["os_glance_failed_import"] == "fast" && image["size"] == .null)
    #expect(image["os_glance_importing_to_stores"] == "" && image["os_glance_import_task"] == nil)
    let task = try #require(try await cloud.tasks(id).first)
    #expect(task["status"] == "failure" && task["message"] == "Task failed due to Internal Error")
    try await cloud.eventually { cloud.files.isEmpty }
    #expect(try await cloud.upload(id, [1]).status == 204)
    await remote.stop()
  }

  @Test("a store that takes no bytes fails, alone or with all")
  func readOnlyStore() async throws {
    let cloud = try await Cloud(stores: try .withWeb())
    for allMustSucceed in [false, true] {
      let id = try await cloud.create()
      try await cloud.stage(id, [1])
      try await cloud.importing(
        id,
        [
          "method": ["name": "glance-direct"], "stores": ["fast", "web"],
          "all_stores_must_succeed": .bool(allMustSucceed),
        ])
      await cloud.world.settle()
      let image = try await cloud.get("/v2/images/" + id).json
      #expect(image["status"] == (allMustSucceed ? "importing" : "active"))
      #expect(image["stores"] == (allMustSucceed ? nil : "fast"))
      #expect(image["os_glance_failed_import"] == "web" && image["os_glance_importing_to_stores"] == "")
      #expect(try await cloud.tasks(id).first?["status"] == (allMustSucceed ? "failure" : "success"))
      #expect(try await cloud.send(.delete, "/v2/images/" + id).status == 204)
    }
    try await cloud.eventually { cloud.files.isEmpty }
  }

  @Test("an import goes on where a kill interrupted it")
  func restart() async throws {
    try await Disk.withDirectory { directory in
      let first = try await Cloud(directory: directory)
      let id = try await first.create()
      try await first.stage(id, Array("hello".utf8))
      try await first.world.database.write { db in
        guard var image = try Image.find(id, db) else { return }
        let input: JSON = [
          "image_id": .string(id), "import_req": ["method": ["name": "glance-direct"]], "backend": ["fast"],
        ]
        let task = ImageTask(
          .imageImport, input: input, image: id, id: "t", owner: Cloud.project, user: "u", request: "r",
          at: first.world.now)
        try task.insert(db)
        image[property: ImportLock.name] = task.id
        try image.save(db, at: first.world.now)
        // Under way, as if the program had been killed in its midst.
        try db.execute(
          "INSERT INTO works (kind, resource, action, step, due, payload) VALUES (?, 't', 'api_image_import', 0, 0, '{}')",
          ImportWork.kind)
      }
      await first.world.close()
      let second = try await Cloud(directory: directory)
      await second.world.settle()
      let image = try await second.get("/v2/images/" + id).json
      #expect(image["status"] == "active" && image["stores"] == "fast")
      #expect(try await second.get("/v2/images/\(id)/file").text == "hello")
      await second.world.close()
    }
  }

  @Test("only one task works on an image, unless it has not moved for long")
  func lock() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    try await cloud.stage(id, [1])
    try await cloud.world.write { db in
      guard var image = try Image.find(id, db) else { return }
      let input: JSON = ["image_id": .string(id), "backend": ["slow"]]
      let task = ImageTask(
        .imageImport, input: input, image: id, id: "t", owner: Cloud.project, user: "u", request: "r",
        at: cloud.world.now)
      try task.insert(db)
      image[property: ImportLock.name] = "t"
      image.mark(["slow"], in: .importing, true)
      try image.save(db, at: cloud.world.now)
    }
    let direct: JSON = ["method": ["name": "glance-direct"]]
    let refused = try await cloud.importing(id, direct)
    #expect(refused.status == 409 && refused.message == "Image has active task")
    cloud.world.clock.advance(by: .seconds(7200))
    #expect(try await cloud.importing(id, direct).status == 202)
    await cloud.world.settle()
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["status"] == "active" && image["os_glance_importing_to_stores"] == "")
    #expect(try await cloud.tasks(id).map { $0["message"] } == ["Expired lock preempted", ""])
  }

  @Test(
    "a request that makes no sense is refused",
    arguments: [
      ([:], 400, "Import request requires a 'method' field."),
      (["method": [:]], 400, "Import request requires a 'name' field."),
      (["method": ["name": "tape"]], 400, "Unknown import method name 'tape'."),
      (["method": ["name": "glance-download"]], 400, "Unknown import method name 'glance-download'."),
      (["method": ["name": "copy-image"], "all_stores": 1], 400, "'all_stores' must be boolean value only"),
      (
        ["method": ["name": "glance-direct"]], 409,
        "Image needs to be staged before 'glance-direct' method can be used"
      ), (["method": ["name": "copy-image"]], 409, "Only images with status active can be targeted for copying"),
      (
        ["method": ["name": "web-download", "uri": "http://127.0.0.1/"]], 400,
        "URI for web-download does not pass filtering: http://127.0.0.1/"
      ), (["method": ["name": "web-download"]], 400, "URI for web-download does not pass filtering: None"),
      (
        ["method": ["name": "web-download"], "stores": ["tape"]], 409, "Store for identifier tape not found"
      ),
      (
        ["method": ["name": "web-download"], "stores": ["fast"], "all_stores": true], 400,
        "All_stores parameter can't be used with x-image-meta-store header or stores parameter"
      ),
    ] as [(JSON, Int, String)])
  func refusals(_ body: JSON, _ status: Int, _ message: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let answer = try await cloud.importing(id, body)
    #expect(answer.status == status)
    #expect(answer.message == message)
    #expect(try await cloud.get("/v2/images/" + id).json["status"] == "queued")
  }

  @Test("staging that breaks off, or was under way at a kill, can begin anew")
  func stagingRecovery() async throws {
    try await Disk.withDirectory { directory in
      let first = try await Cloud(directory: directory)
      let (broken, staged) = (try await first.create(), try await first.create())
      try await first.stage(staged, [1])
      _ = try await first.world.write { try $0.execute("UPDATE images SET status = 'uploading' WHERE id = ?", broken) }
      await first.world.close()
      let second = try await Cloud(directory: directory)
      #expect(second.status(of: broken) == "queued" && second.status(of: staged) == "uploading")
      #expect(second.files.count == 1)
      #expect(try await second.stage(staged, [2]).status == 409)
      #expect(try await second.send(.delete, "/v2/images/" + staged).status == 204)
      try await second.eventually { second.files.isEmpty }
      await second.world.close()
    }
  }
}

extension ImageStores {
  static func withWeb() throws -> ImageStores {
    let text = #"{"enabled_backends": {"fast": {}, "slow": {}, "web": {"type": "http"}}}"#
    return try ImageStores(Configuration(file: "x", JSON(parsing: Array(text.utf8))))
  }
}

extension Cloud {
  @discardableResult
  func stage(_ image: String, _ bytes: [UInt8]) async throws -> Answer {
    try await send(
      .put, "/v2/images/\(image)/stage", headers: ["Content-Type": "application/octet-stream"], body: bytes)
  }

  @discardableResult
  func importing(_ image: String, _ body: JSON, as user: String = "member") async throws -> Answer {
    try await post("/v2/images/\(image)/import", body, as: user)
  }

  func download(_ image: String, _ uri: String) async throws -> Answer {
    try await importing(image, ["method": ["name": "web-download", "uri": .string(uri)]])
  }

  func tasks(_ image: String) async throws -> [JSON] {
    try await get("/v2/images/\(image)/tasks").json["tasks"]?.array ?? []
  }
}
