import PocketStack
import Testing

/// The program under test is `KeyPairs`, which knows no more of a cloud than an address and a login.
@Suite("Key pairs")
struct KeyPairTests {
  /// One cloud for all tests, in this process, on a free port of 127.0.0.1.
  static let cloud = Task { try await PocketStack.memory() }
  /// A world for each test: a copy of that cloud, which goes when the test is over.
  let world: CloudWorld

  init() async throws { world = try await Self.cloud.value.world() }

  @Test("are there once they were made")
  func create() async throws {
    let keys = try await KeyPairs(authURL: world.authURL, user: "demo", password: "secret", project: "demo")
    try await keys.create("mine")
    #expect(try await keys.names() == ["mine"])
  }

  @Test("of another test are not there")
  func apart() async throws {
    let keys = try await KeyPairs(authURL: world.authURL, user: "demo", password: "secret", project: "demo")
    #expect(try await keys.names().isEmpty)
  }
}
