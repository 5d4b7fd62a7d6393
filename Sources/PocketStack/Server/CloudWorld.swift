import Locking
import OpenStackAPI

/// A world of a running cloud: a whole cloud of its own, at an address of its own. It goes when nobody holds it any more,
/// so that one which a suite keeps in a stored property ends with its test.
public final class CloudWorld: Sendable {
  /// Its name.
  public let name: String
  /// The cloud that it is a world of.
  public let server: CloudServer
  private let isDeleted = Locked(false)

  fileprivate init(_ name: String, of server: CloudServer) { (self.name, self.server) = (name, server) }

  /// What every path of it begins with: `http://127.0.0.1:49152/worlds/<name>`.
  public var url: String { "\(server.url)/worlds/\(name)" }

  /// The address for `OS_AUTH_URL`.
  public var authURL: String { url + "/identity/v3" }

  /// The variables that OpenStack's clients read to log in here as a seeded user.
  public func environment(user: String = "demo", project: String? = nil) -> [(name: String, value: String)] {
    server.configuration.credentials(authURL: authURL, user: user, project: project).environment
  }

  /// Ends it now, once its requests have their answers, and forgets all that it holds. A second time it does nothing.
  public func delete() async throws {
    guard isFirst() else { return }
    try await server.cloud.registry.delete(world: name)
  }

  private func isFirst() -> Bool {
    isDeleted.withLock { isDeleted in
      defer { isDeleted = true }
      return !isDeleted
    }
  }

  deinit {
    guard isFirst() else { return }
    // A server that was stopped meanwhile has no worlds any more, which is as well.
    Task { [registry = server.cloud.registry, name] in try? await registry.delete(world: name) }
  }
}

extension CloudServer {
  /// Makes a world; it serves when this returns. By default it begins with all that the main world holds, so that what a
  /// suite put there once is there in every test.
  public func world(named name: String? = nil, from source: WorldSource = .world(WorldName.main)) async throws
    -> CloudWorld
  {
    CloudWorld(try await cloud.registry.create(WorldPlan(name: name, from: source)).name, of: self)
  }
}
