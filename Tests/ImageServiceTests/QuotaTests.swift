import OpenStackAPI
import Testing

@testable import ImageService

@Suite("How much a project's images may take")
struct QuotaTests {
  private static let megabyte = [UInt8](repeating: 1, count: 1 << 20)

  private func cloud(_ limits: [ImageQuota: Int]) async throws -> Cloud {
    var quota = ImageQuota.Limits()
    for (resource, limit) in limits { quota[resource] = limit }
    return try await Cloud(quota: quota)
  }

  @Test("usage counts every copy, what is staged, and what is under way")
  func usage() async throws {
    let cloud = try await cloud([.countTotal: 10])
    let (copied, staged) = (try await cloud.create(), try await cloud.create())
    try await cloud.upload(copied, Self.megabyte)
    try await cloud.importing(copied, ["method": ["name": "copy-image"], "all_stores": true], as: "admin")
    await cloud.world.settle()
    try await cloud.stage(staged, Self.megabyte)
    #expect(
      try await cloud.get("/v2/info/usage").json == [
        "usage": [
          "image_size_total": ["usage": 2, "limit": -1], "image_stage_total": ["usage": 1, "limit": -1],
          "image_count_total": ["usage": 2, "limit": 10], "image_count_uploading": ["usage": 1, "limit": -1],
        ]
      ])
    #expect(try await cloud.get("/v2/info/usage", as: "stranger").json["usage"]?["image_count_total"]?["usage"] == 0)
  }

  @Test("one image too many, or too large, is refused in oslo.limit's words")
  func limits() async throws {
    let cloud = try await cloud([.countTotal: 1, .sizeTotal: 1, .stageTotal: 0, .countUploading: 5])
    let id = try await cloud.create()
    let second = try await cloud.post("/v2/images", [:])
    #expect(second.status == 413)
    #expect(
      second.json["message"]?.text?.contains(
        "Project \(Cloud.project) is over a limit for [Resource image_count_total is over limit of 1 due to current "
          + "usage 1 and delta 1]") == true)
    #expect(try await cloud.stage(id, Self.megabyte).status == 413)
    #expect(try await cloud.upload(id, Self.megabyte + Self.megabyte).status == 413)
    #expect(try await cloud.get("/v2/images/" + id).json["status"] == "queued")
    #expect(try await cloud.upload(id, Self.megabyte).status == 204)
  }

  @Test("no more images than allowed are under way at once")
  func uploading() async throws {
    let cloud = try await cloud([.countUploading: 1])
    let (first, second) = (try await cloud.create(), try await cloud.create())
    #expect(try await cloud.stage(first, [1]).status == 204)
    #expect(try await cloud.upload(second, [1]).status == 413)
    #expect(cloud.status(of: second) == "queued")
    try await cloud.importing(first, ["method": ["name": "glance-direct"]])
    await cloud.world.settle()
    #expect(try await cloud.upload(second, [1]).status == 204)
  }

  @Test("an import that goes over the quota is taken back")
  func imports() async throws {
    let cloud = try await cloud([.sizeTotal: 1])
    let (first, second) = (try await cloud.create(), try await cloud.create())
    try await cloud.stage(second, Self.megabyte)
    try await cloud.upload(first, Self.megabyte)
    #expect(try await cloud.importing(second, ["method": ["name": "glance-direct"]]).status == 202)
    await cloud.world.settle()
    #expect(cloud.status(of: second) == "queued")
    let task = try #require(try await cloud.tasks(second).first)
    #expect(task["status"] == "failure" && task["message"]?.text?.contains("Resource image_size_total") == true)
  }
}
