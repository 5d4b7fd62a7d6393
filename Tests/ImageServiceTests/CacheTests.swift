import OpenStackAPI
import Testing

@testable import ImageService

@Suite("The cache of images")
struct CacheTests {
  @Test("an image is queued, then cached, until the cache is cleared")
  func cycle() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    #expect(try await cloud.put(id).status == 400)
    try await cloud.upload(id, [1, 2])
    #expect(try await cloud.put(id).status == 202)
    await cloud.world.settle()
    let cache = try await cloud.get("/v2/cache", as: "admin").json
    #expect(cache["queued_images"] == [])
    let entry = try #require(cache["cached_images"]?.array?.first)
    #expect(entry["image_id"]?.text == id && entry["size"] == 2 && entry["hits"] == 0)
    for (target, left) in [("queue", 1), ("cache", 0), ("", 0)] {
      let headers = ["x-image-cache-clear-target": target]
      #expect(try await cloud.send(.delete, "/v2/cache", as: "admin", headers: headers).status == 204)
      #expect(try await cloud.get("/v2/cache", as: "admin").json["cached_images"]?.array?.count == left)
    }
    let bad = try await cloud.send(.delete, "/v2/cache", as: "admin", headers: ["x-image-cache-clear-target": "x"])
    #expect(bad.status == 400)
  }

  @Test("a pruned cache holds ten gibibytes at most: what was asked for first goes")
  func pruning() async throws {
    let cloud = try await Cloud()
    var ids: [String] = []
    for gibibytes in [6, 5, 5] {
      let id = try await cloud.create()
      try await cloud.upload(id, [1])
      try await cloud.world.write { db in
        _ = try db.execute("UPDATE images SET size = ? WHERE id = ?", gibibytes << 30, id)
      }
      #expect(try await cloud.put(id).status == 202)
      ids.append(id)
    }
    await cloud.world.settle()
    #expect(try await cloud.send(.post, "/v2/cache/clean", as: "admin").status == 200)
    for bytes in [6 << 30, 0] {
      let pruned = try await cloud.send(.post, "/v2/cache/prune", as: "admin").json
      #expect(pruned == ["total_files_pruned": bytes > 0 ? 1 : 0, "total_bytes_pruned": .integer(bytes)])
    }
    for (id, isCached) in zip(ids, [false, true, true]) {
      let nodes = try await cloud.get("/v2/cache/nodes/" + id, as: "admin")
      #expect(nodes.json.array?.isEmpty == !isCached)
    }
  }

  @Test("only administrators manage it, of images that there are")
  func refusals() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let refused = try await cloud.get("/v2/cache")
    #expect(refused.status == 403 && refused.message.hasPrefix("You are not authorized to complete cache_"))
    #expect(try await cloud.send(.delete, "/v2/cache/" + id).status == 403)
    #expect(try await cloud.send(.delete, "/v2/cache/" + id, as: "admin").status == 204)
    #expect(try await cloud.send(.post, "/v2/cache/prune").status == 403)
    #expect(try await cloud.get("/v2/cache/nodes/nope", as: "admin").message == "Image nope not found.")
    let missing = try await cloud.put("nope")
    #expect(missing.status == 404 && missing.message == "Image nope not found.")
  }

  @Test("a cloud may have none")
  func disabled() async throws {
    var settings = ImportSettings()
    settings.hasCache = false
    let answer = try await Cloud(imports: settings).get("/v2/cache", as: "admin")
    #expect(answer.status == 404 && answer.message == "Caching via API is not supported at this site.")
  }
}

extension Cloud {
  fileprivate func put(_ image: String) async throws -> Answer {
    try await send(.put, "/v2/cache/" + image, as: "admin")
  }
}
