import Glibc
import Testing

@testable import Persistence

@Suite struct BlobTests {
  let scratch: Scratch
  let store: BlobStore

  init() throws {
    scratch = try Scratch()
    store = try BlobStore(directory: scratch.path + "/blobs")
  }

  func write(_ chunks: [[UInt8]], id: String? = nil) async throws -> BlobID {
    let writer = if let id { try store.makeWriter(id: id) } else { try store.makeWriter() }
    for chunk in chunks { try await writer.append(chunk) }
    #expect(writer.count == chunks.reduce(0) { $0 + $1.count })
    return try await writer.commit()
  }

  func files() -> Set<String> { Scratch.names(store.directory).subtracting(["lock"]) }

  @Test(
    "bytes come back whole, whatever the size of the chunks",
    arguments: [[], [0], [1, 70_000, 3], [600_000, 1], [9 << 20, 9 << 20, 5]])
  func roundTrip(_ sizes: [Int]) async throws {
    let chunks = sizes.enumerated().map { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
    let id = try await write(chunks)
    #expect(Scratch.bytes(store.path(id)) == chunks.flatMap { $0 })
    #expect(try store.size(of: id) == sizes.reduce(0, +))
    #expect(store.contains(id) && files().count == 1)
    #expect(try store.remove(id))
    #expect(try !store.remove(id))
    #expect(throws: BlobError.notFound(id: id.rawValue)) { try store.size(of: id) }
  }

  @Test("a copy has the bytes for itself")
  func copy() async throws {
    let id = try await write([[1, 2, 3]])
    let other = try #require(BlobID(rawValue: "other"))
    try await store.copy(id, as: other)
    await #expect(throws: BlobError.exists(id: "other")) { try await store.copy(id, as: other) }
    #expect(try store.remove(id))
    #expect(Scratch.bytes(store.path(other)) == [1, 2, 3])
    await #expect(throws: BlobError.notFound(id: id.rawValue)) { try await store.copy(id, as: id) }
    store.close()
    await #expect(throws: BlobError.closed) { try await store.copy(other, as: id) }
  }

  @Test("nothing is visible before the commit")
  func atomic() async throws {
    let writer = try store.makeWriter(id: "image")
    for _ in 0..<10 { try await writer.append([UInt8](repeating: 1, count: 100_000)) }
    let id = try #require(BlobID(rawValue: "image"))
    #expect(!store.contains(id))
    #expect(throws: BlobError.exists(id: "image")) { try store.makeWriter(id: "image") }
    #expect(try await writer.commit() == id)
    #expect(throws: BlobError.exists(id: "image")) { try store.makeWriter(id: "image") }
    await #expect(throws: BlobError.finished) { try await writer.append([1]) }
    await #expect(throws: BlobError.finished) { try await writer.commit() }
    writer.abandon()
    #expect(try store.size(of: id) == 1_000_000)
  }

  @Test("what is abandoned or dropped leaves nothing", arguments: [true, false], [300_000, 9 << 20])
  func abandoned(explicitly: Bool, _ count: Int) async throws {
    do {
      let writer = try store.makeWriter(id: "gone")
      try await writer.append([UInt8](repeating: 1, count: count))
      #expect(files() == ["gone.partial"])
      if explicitly { writer.abandon() }
    }
    for _ in 0..<200 where !files().isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    #expect(files() == [])
    for _ in 0..<200 {
      if (try? store.makeWriter(id: "gone")) != nil { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the name was not given back")
  }

  @Test("a sweep takes what no row owns and leaves what is being written")
  func sweep() async throws {
    let kept = try await write([[1]], id: "kept")
    _ = try await write([[1, 2, 3]], id: "orphan")
    let writer = try store.makeWriter(id: "busy")
    for name in ["dead.partial", "notes.txt"] {
      let file = try #require(fopen("\(store.directory)/\(name)", "w"))
      fputs("1234", file)
      fclose(file)
    }
    let swept = try store.sweep(keeping: [kept])
    #expect(swept.files == 2 && swept.bytes == 7)
    #expect(files() == ["kept.blob", "busy.partial", "notes.txt"])
    _ = try await writer.commit()
    #expect(throws: ScratchError.self) { try store.sweep { _ in throw ScratchError() } }
  }

  @Test("names that could leave the directory are refused", arguments: ["", "../x", "a/b", ".", "a.b", "ü", "a\0"])
  func names(_ name: String) {
    #expect(throws: BlobError.invalidID(name)) { try store.makeWriter(id: name) }
  }

  @Test("names come from the maker given, and at random otherwise")
  func makers() async throws {
    let seeded = try BlobStore(directory: scratch.path + "/seeded", makeID: { "seed-1" })
    #expect(try await seeded.makeWriter().commit().rawValue == "seed-1")
    #expect(Set((0..<100).map { _ in BlobID.random() }).count == 100)
    #expect(BlobID.random().utf8.count == 32)
  }

  @Test("a directory has one owner at a time, and a closed store refuses")
  func owners() async throws {
    #expect(throws: BlobError.inUse(path: store.directory)) { try BlobStore(directory: store.directory) }
    let writer = try store.makeWriter()
    store.close()
    #expect(throws: BlobError.closed) { try store.makeWriter() }
    await #expect(throws: BlobError.closed) { try await writer.commit() }
    try BlobStore(directory: store.directory).close()
  }

  @Test("a temporary store goes with its directory; a dead process's is swept")
  func temporary() async throws {
    // Process numbers end at 4194304 on Linux.
    let stale = "/tmp/pocketstack-blobs-4194399-test"
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    if parent == "/tmp" { mkdir(stale, 0o700) }
    let path: String
    do {
      let store = try BlobStore.temporary()
      path = store.directory
      let writer = try store.makeWriter()
      try await writer.append([1, 2, 3])
      let id = try await writer.commit()
      #expect(Scratch.bytes(store.path(id)) == [1, 2, 3])
      let other = try BlobStore.temporary()
      #expect(store.contains(id))
      other.close()
    }
    #expect(access(path, F_OK) != 0)
    #expect(access(stale, F_OK) != 0)
  }

  @Test("a temporary store that begins with an image has those blobs without a file of its own")
  func inheritance() async throws {
    var original: BlobStore? = try BlobStore.temporary()
    for id in ["kept", "removed", "swept"] {
      let writer = try #require(try original?.makeWriter(id: id))
      try await writer.append(Array(id.utf8))
      _ = try await writer.commit()
    }
    let heir = try BlobStore.temporary(from: try #require(original).image())
    original = nil
    let ids = try ["kept", "removed", "swept", "own"].map { try #require(BlobID(rawValue: $0)) }
    #expect(ids.map(heir.contains) == [true, true, true, false])
    #expect(access(heir.directory, F_OK) != 0)
    #expect(try heir.remove(ids[1]))
    #expect(try !heir.remove(ids[1]))
    #expect(try heir.sweep(keeping: [ids[0]]) == BlobSweep(files: 1, bytes: 5))
    await #expect(throws: BlobError.exists(id: "kept")) { try await heir.copy(ids[0], as: ids[0]) }
    #expect(throws: BlobError.exists(id: "kept")) { try heir.makeWriter(id: "kept") }
    try await heir.copy(ids[0], as: ids[3])
    let next = try BlobStore.temporary(from: heir.image())
    heir.close()
    #expect(access(heir.directory, F_OK) != 0)
    #expect(ids.map(next.contains) == [true, false, false, true])
    #expect(Scratch.bytes(next.path(ids[3])) == Array("kept".utf8))
    let writer = try next.makeWriter(id: "removed")
    try await writer.append([1])
    #expect(try await next.size(of: writer.commit()) == 1)
  }

  @Test("a full disk is an error of its own")
  func noSpace() throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let error = #expect(throws: SystemError.self) { try Files.write([1, 2, 3], to: full, "/dev/full") }
    #expect(error.map { BlobError($0) } == .noSpace)
  }
}
