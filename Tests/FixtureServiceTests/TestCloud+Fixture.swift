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

extension TestCloud {
  /// Makes a server, ready when this returns; its id.
  func boot(_ name: String) async throws -> String {
    let image = try await image().get("/images?limit=1").expect(200).json["images"]?.array?.first?["id"] ?? .null
    let server: JSON = ["name": .string(name), "flavorRef": "1", "imageRef": image]
    let made = try await compute().post("/servers", ["server": server]).expect(202)
    try await settle()
    return made.json["server"]?["id"]?.text ?? ""
  }

  /// What leaked since a mark, as `compute/keypair/mine`.
  func leaks(_ query: String = "", world: String? = nil) async throws -> [String] {
    let leaks = try await control(world: world).get("/leaks" + query).expect(200).json["leaks"]?.array ?? []
    return leaks.map { leak in ["service", "resource", "name"].map { leak[$0]?.text ?? "-" }.joined(separator: "/") }
  }
}
