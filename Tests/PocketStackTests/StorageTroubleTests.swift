import CloudTesting
import OpenStackAPI
import Persistence
import Testing

@testable import PocketStack

@Suite("Storage in trouble")
struct StorageTroubleTests {
  private static let room = "There was not enough space to save the resource: the disk of this cloud is full."

  /// A creation that can be done again and again, each service's refusal of it, and what it made.
  struct Creation: Sendable, CustomTestStringConvertible {
    let path: String
    let body: @Sendable (Int) -> JSON
    let refusal: JSON
    let made: @Sendable (JSON) -> String?
    var testDescription: String { path }
  }

  private static let long = String(repeating: "x", count: 8000)

  static let creations = [
    Creation(
      path: "/identity/v3/users", body: { ["user": ["name": .string("u\($0)"), "description": .string(long)]] },
      refusal: ["error": ["code": 507, "message": .string(room), "title": "Insufficient Storage"]],
      made: { $0["user"]?["id"]?.text }),
    Creation(
      path: "/compute/v2.1/os-keypairs",
      body: { ["keypair": ["name": .string("k\($0)" + String(repeating: "k", count: 200))]] },
      refusal: ["computeFault": ["code": 507, "message": .string(room)]], made: { $0["keypair"]?["name"]?.text }),
    Creation(
      path: "/image/v2/images", body: { ["name": .string("i\($0)"), "about": .string(String(long.prefix(200)))] },
      refusal: [
        "message": .string(room + "<br /><br />\n\n\n"), "code": "507 Insufficient Storage",
        "title": "Insufficient Storage",
      ], made: { $0["id"]?.text }),
  ]

  @Test(
    "is a 507 in each service's words where there is no room, and what is there can be read and removed",
    arguments: creations)
  func full(_ creation: Creation) async throws {
    let cloud = try await TestCloud()
    let world = try cloud.world()
    let client = try await cloud.client(as: .admin)
    let pages = try world.read { try $0.scalar("PRAGMA page_count", as: Int.self) ?? 0 }
    _ = try await world.write { try $0.query("PRAGMA max_page_count = \(pages + 8)", as: Int.self) }
    let json = [("Accept", "application/json")]
    var made: [String] = []
    var refused: Answer?
    for number in 0..<2000 where refused == nil {
      let answer = try await client.post(creation.path, creation.body(number), headers: json)
      if answer.status >= 400 { refused = answer } else { made += [creation.made(answer.json)].compactMap { $0 } }
    }
    try refused?.expect(507, creation.refusal)
    #expect(refused != nil && !made.isEmpty)
    try await client.get(creation.path).expect(200)
    for id in made { #expect(try await client.delete("\(creation.path)/\(id)").status < 300) }
    #expect(try await client.post(creation.path, creation.body(0)).status < 300)
    await cloud.close()
  }
}
