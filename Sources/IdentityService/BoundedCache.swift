/// A dictionary of at most so many values. When it is full, what was not asked for since it was last half full goes.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]
  private let half: Int

  /// An empty cache of at most `capacity` values.
  init(capacity: Int) { half = max(1, capacity / 2) }

  /// How many values there are.
  var count: Int { young.count + old.count }

  /// The value of a key; asking keeps it.
  mutating func value(for key: Key) -> Value? {
    if let value = young[key] { return value }
    guard let value = old.removeValue(forKey: key) else { return nil }
    insert(value, for: key)
    return value
  }

  /// Keeps a value.
  mutating func insert(_ value: Value, for key: Key) {
    if young.count >= half { (old, young) = (young, [:]) }
    old[key] = nil
    young[key] = value
  }

  /// Drops a value.
  mutating func remove(_ key: Key) {
    young[key] = nil
    old[key] = nil
  }
}
