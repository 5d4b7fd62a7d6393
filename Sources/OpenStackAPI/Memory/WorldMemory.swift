import Locking

/// What services keep in memory for a world (caches), by type, each made on first use.
public final class WorldMemory: Sendable {
  private let values = Locked<[ObjectIdentifier: any Sendable]>([:])

  /// Nothing yet.
  public init() {}

  /// What is kept of a type.
  public func remembered<T: Sendable>(_ type: T.Type = T.self, make: () -> T) -> T {
    values.withLock { values in
      if let kept = values[ObjectIdentifier(type)] as? T { return kept }
      let made = make()
      values[ObjectIdentifier(type)] = made
      return made
    }
  }
}
