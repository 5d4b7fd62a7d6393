import CloudTesting
import OpenStackAPI

extension TestCloud {
  /// A client of the control interface; `path` in its calls is what follows `/pocketstack/v1`.
  func control(world: String? = nil) async throws -> TestClient {
    try await client("/pocketstack/v1", world: world)
  }

  /// Makes an image of these bytes; its id.
  func upload(_ text: String, world: String? = nil) async throws -> String {
    let client = try await image(world: world)
    let made = try await client.post("/images", ["name": "i", "disk_format": "raw", "container_format": "bare"])
    let id = try made.expect(201).json["id"]?.text ?? ""
    try await client.send(
      "PUT", "/images/\(id)/file", body: Array(text.utf8), headers: [("Content-Type", "application/octet-stream")]
    ).expect(204)
    return id
  }
}
