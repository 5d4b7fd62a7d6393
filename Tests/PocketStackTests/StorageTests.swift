import CloudTesting
import OpenStackAPI
import Persistence
import Testing

@testable import PocketStack

@Suite("What a cloud keeps")
struct StorageTests {
  private static func directory() -> String { "/tmp/pocketstack-tests-\(Identifiers().hex())" }

  @Test("is there after a restart, and seeds are sown once")
  func restart() async throws {
    let data = Self.directory()
    let toys = CloudServices.toys(ToyService().service)
    for expected: JSON in [["seeded"], ["seeded", "mine"], ["seeded", "mine", "mine"]] {
      let cloud = try await TestCloud(services: toys, data: data)
      let client = try await cloud.client("/toy")
      try await client.get("/notes").expect(200, ["notes": expected])
      try await client.post("/notes/mine", [:]).expect(201)
      await cloud.close()
    }
    try File.remove(data)
  }

  @Test("begins anew after a first start that did not finish")
  func halfSeeded() async throws {
    let data = Self.directory()
    let failing = ToyService(type: "other", seed: { _ in throw TestFailure("the disk caught fire") })
    await #expect(throws: CloudError.self) {
      try await TestCloud(services: .toys(ToyService().service, failing.service), data: data)
    }
    let whole = CloudServices.toys(ToyService().service, ToyService(type: "other", seed: { _ in }).service)
    let cloud = try await TestCloud(services: whole, data: data)
    try await cloud.client("/toy").get("/notes").expect(200, ["notes": ["seeded"]])
    await cloud.close()
    try File.remove(data)
  }

  @Test("is not touched by a program that is too old for it")
  func newerVersion() async throws {
    let data = Self.directory()
    let toys = CloudServices.toys(ToyService().service)
    await (try TestCloud(services: toys, data: data)).close()
    let database = try Database(.file(data + "/default/cloud.sqlite"), migrations: [])
    _ = try await database.write { db in
      try db.execute("INSERT INTO schema_migrations VALUES ('toy', 99, 'later', '2030-01-01T00:00:00Z')")
    }
    database.close()
    let before = try File.read(data + "/default/cloud.sqlite")
    let error = await #expect(throws: CloudError.self) { try await TestCloud(services: toys, data: data) }
    #expect(
      error?.description.contains("\(data)/default/cloud.sqlite: the database was written by a later version") == true)
    #expect(try File.read(data + "/default/cloud.sqlite") == before)
    try File.remove(data)
  }

  @Test("belongs to one server at a time")
  func inUse() async throws {
    let data = Self.directory()
    let toys = CloudServices.toys(ToyService().service)
    let first = try await TestCloud(services: toys, data: data)
    let error = await #expect(throws: CloudError.self) { try await TestCloud(services: toys, data: data) }
    #expect(error?.description == "\(data) is in use by another server")
    await first.close()
    try File.remove(data)
  }
}
