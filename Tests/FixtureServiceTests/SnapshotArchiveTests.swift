import CloudTesting
import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("A snapshot as one file")
struct SnapshotArchiveTests {
  @Test("goes from one cloud to another with rows and bytes", arguments: [true, false])
  func travels(inMemory: Bool) async throws {
    let scratch = try ScratchDirectory()
    let first = try await TestCloud(data: inMemory ? nil : scratch.path)
    try await first.compute().post("/os-keypairs", ["keypair": ["name": "mine"]]).expect(200)
    let image = try await first.upload("these bytes")
    try await first.control().post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let file = try await first.control().get("/snapshots/base/export").expect(200)
    #expect(try file.header("Content-Type") == "application/x-tar")
    await first.close()

    let second = try await TestCloud(data: inMemory ? scratch.path : nil)
    let control = try await second.control()
    try await control.send("PUT", "/snapshots/taken/import", body: file.body).expect(201)
    try await control.send("PUT", "/snapshots/taken/import", body: file.body).expect(409)
    try await control.post("/worlds", ["world": ["name": "red", "from": ["snapshot": "taken"]]]).expect(201)
    try await second.compute(world: "red").get("/os-keypairs/mine").expect(200)
    #expect(try await second.image(world: "red").get("/images/\(image)/file").expect(200).text == "these bytes")
    await second.close()
  }

  @Test("that is damaged or none is refused, and leaves nothing")
  func damaged() async throws {
    let cloud = try await TestCloud()
    let control = try await cloud.control()
    try await control.post("/snapshots", ["snapshot": ["name": "base"]]).expect(201)
    let whole = try await control.get("/snapshots/base/export").expect(200).body
    var wrongRows = whole
    for place in 1536..<(1536 + 4096) { wrongRows[place] = 7 }
    let outside = TarEntry(name: "../evil", size: 0).head
    for bytes in [[], Array(whole.prefix(5000)), Array("nothing of the kind".utf8), wrongRows, outside + whole] {
      let answer = try await control.send("PUT", "/snapshots/taken/import", body: bytes).expect(400)
      #expect(answer.json["error"]?["message"]?.text?.hasPrefix("This is no snapshot: ") == true)
      try await control.get("/snapshots/taken").expect(404)
    }
    await cloud.close()
  }

  @Test(
    "is a tar archive, whatever the sizes of its files", arguments: [0, 1, 511, 512, 8 << 30, (8 << 30) - 1, 1 << 40])
  func heads(_ size: Int) {
    let entry = TarEntry(name: "blobs/a.blob", size: size)
    #expect(TarEntry(head: entry.head) == entry && (size + entry.padding) % 512 == 0)
    var broken = entry.head
    broken[130] ^= 1
    #expect(TarEntry(head: broken) == nil)
  }
}
