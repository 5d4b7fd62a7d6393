import HTTPServer
import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Tasks")
struct TaskTests {
  private func task(_ uri: String) -> JSON {
    [
      "type": "import",
      "input": [
        "import_from": .string(uri), "import_from_format": "raw",
        "image_properties": ["name": "made", "disk_format": "raw", "container_format": "bare"],
      ],
    ]
  }

  @Test("a task makes an image of what is at an address, and is forgotten in time")
  func legacyImport() async throws {
    let remote = try RemoteServer { _ in .bytes([1, 2, 3]) }
    let cloud = try await Cloud(imports: remote.imports)
    let created = try await cloud.post("/v2/tasks", task(remote.url()), as: "admin")
    #expect(created.status == 201)
    let id = try #require(created.json["id"]?.text)
    #expect(created.headers["Location"]?.hasSuffix("/v2/tasks/" + id) == true)
    #expect(created.json["status"] == "pending" && created.json["self"]?.text == "/v2/tasks/" + id)
    await cloud.world.settle()
    let task = try await cloud.get("/v2/tasks/" + id, as: "admin").json
    #expect(task["status"] == "success")
    let image = try #require(task["result"]?["image_id"]?.text)
    #expect(try await cloud.get("/v2/images/\(image)/file").bytes == [1, 2, 3])
    let list = try await cloud.get("/v2/tasks?limit=1&status=success&type=import", as: "admin").json
    #expect(list["tasks"]?.array?.first?["id"]?.text == id)
    #expect(list["tasks"]?.array?.first?["input"] == nil)
    #expect(list["next"]?.text?.contains("marker=" + id) == true)
    cloud.world.clock.advance(by: .seconds(48 * 3600))
    #expect(try await cloud.get("/v2/tasks/" + id, as: "admin").status == 404)
    #expect(try await cloud.get("/v2/tasks", as: "admin").json["tasks"] == [])
    await remote.stop()
  }

  @Test("an image of a task that fails is not there")
  func failure() async throws {
    let remote = try RemoteServer { _ in HTTPResponse(status: 500) }
    let cloud = try await Cloud(imports: remote.imports)
    let id = try #require(try await cloud.post("/v2/tasks", task(remote.url()), as: "admin").json["id"]?.text)
    await cloud.world.settle()
    #expect(try await cloud.get("/v2/tasks/" + id, as: "admin").json["status"] == "failure")
    #expect(try await cloud.names().isEmpty)
    await remote.stop()
  }

  @Test(
    "only administrators have tasks, and they make sense",
    arguments: [
      ("member", ["type": "import", "input": [:]], 403, "You are not authorized to complete tasks_api_access action."),
      ("admin", ["input": [:]], 400, "Task 'type' is required"),
      ("admin", ["type": "import"], 400, "Task 'input' is required"),
      ("admin", ["type": "import", "input": [:]], 400, "Invalid location: None"),
      (
        "admin", ["type": "import", "input": ["import_from": "file:///etc/passwd"]], 400,
        "File based imports are not allowed. Please use a non-local source of image data."
      ),
      (
        "admin", ["type": "import", "input": ["import_from": "http://169.254.169.254/"]], 400,
        "URI for legacy import task does not pass filtering: http://169.254.169.254/"
      ),
    ] as [(String, JSON, Int, String)])
  func refusals(_ user: String, _ body: JSON, _ status: Int, _ message: String) async throws {
    let answer = try await Cloud().post("/v2/tasks", body, as: user)
    #expect(answer.status == status)
    #expect(answer.message == message)
  }

  @Test("a task for an image that it does not hold fails")
  func withoutLock() async throws {
    let cloud = try await Cloud()
    let image = try await cloud.create()
    let whole: JSON = ["image_id": .string(image), "import_req": ["method": ["name": "glance-direct"]]]
    let cases: [(JSON, String)] = [
      (whole, ImageTask.internalError), ([:], "Input to api_image_import task is empty."),
      (["x": 1], "Missing required 'image_id' field"),
    ]
    for (input, message) in cases {
      let answer = try await cloud.post("/v2/tasks", ["type": "api_image_import", "input": input], as: "admin")
      let id = try #require(answer.json["id"]?.text)
      await cloud.world.settle()
      #expect(try await cloud.get("/v2/tasks/" + id, as: "admin").json["message"]?.text == message)
    }
    #expect(cloud.status(of: image) == "queued")
  }

  @Test("tasks are not deleted by hand, and strange lists are refused")
  func strange() async throws {
    let cloud = try await Cloud()
    let deleted = try await cloud.send(.delete, "/v2/tasks/x", as: "admin")
    #expect(deleted.status == 405 && deleted.headers["Allow"] == "GET")
    #expect(try await cloud.get("/v2/tasks/x", as: "admin").message == "Could not find task x")
    for query in ["limit=x", "limit=-1", "marker=x", "sort_dir=up", "sort_key=x", "status=x", "type=export"] {
      #expect(try await cloud.get("/v2/tasks?" + query, as: "admin").status == 400, "\(query)")
    }
  }
}
