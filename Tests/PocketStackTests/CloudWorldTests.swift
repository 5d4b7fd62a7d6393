import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("A world of a server in this process")
struct CloudWorldTests {
  private func names(_ server: CloudServer) -> [String] { server.cloud.registry.worlds.map(\.name) }

  @Test("has its own address, and goes when it is deleted or nobody holds it")
  func goes() async throws {
    let server = try await PocketStack.memory()
    var red: CloudWorld? = try await server.world(named: "red")
    let blue = try await server.world(named: "blue", from: .empty)
    #expect(red?.authURL == server.url + "/worlds/red/identity/v3")
    #expect(blue.environment().contains { $0 == ("OS_AUTH_URL", blue.authURL) })
    #expect(names(server) == ["blue", "default", "red"])
    try await blue.delete()
    try await blue.delete()
    #expect(names(server) == ["default", "red"])
    red = nil
    for _ in 1...500 where names(server) != ["default"] { try await Task.sleep(for: .milliseconds(10)) }
    #expect(names(server) == ["default"] && red == nil)
    await server.stop()
  }

  @Test("begins with what the main world holds")
  func fork() async throws {
    let server = try await PocketStack.memory()
    _ = try await server.cloud.world()?.write { db in
      try db.execute("INSERT INTO marks (name, value) VALUES ('mine', 'here')")
    }
    let world = try await server.world()
    let mark = try server.cloud.world(world.name)?.read { db in
      try db.first("SELECT value FROM marks WHERE name = 'mine'", as: String.self)
    }
    #expect(mark == "here")
    await server.stop()
  }
}

@Suite("What the documents show of Swift")
struct SwiftExampleTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  private func text(_ path: String) throws -> String {
    String(decoding: try File.read("\(Self.root)/\(path)"), as: UTF8.self)
  }

  @Test("is a part of the example that runs", arguments: ["README.md", "docs/FIXTURE.md"])
  func shown(_ document: String) throws {
    let path = "Tests/PocketStackTests/Example/KeyPairTests.swift"
    let example = try text(path)
    let blocks = try text(document).split(separator: "```swift\n", omittingEmptySubsequences: false).dropFirst()
    #expect(!blocks.isEmpty)
    for block in blocks {
      let code = block.prefix(upTo: block.firstRange(of: "```")?.lowerBound ?? block.endIndex)
      #expect(example.contains(code), "\(document) shows what \(path) has not")
    }
  }
}
