/// A dictionary whose values take so many bytes at most. When it is full, what was not asked for since it was last half
/// full goes.
///
/// Every memory that clients fill is one of these, or a `BoundedQueue`: by the number of values alone it would have no
/// bound, as clients choose how large they are.
public struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    let value: Value
    let bytes: Int
  }

  private var young: [Key: Entry] = [:]
  private var old: [Key: Entry] = [:]
  private var youngBytes = 0
  private var oldBytes = 0
  private let half: Int

  /// What an entry takes besides key and value.
  private static var overhead: Int { 64 }

  /// An empty cache of at most so many bytes.
  public init(bytes: Int) { half = max(1, bytes / 2) }

  /// How many values there are.
  public var count: Int { young.count + old.count }

  /// How many bytes they take.
  public var bytes: Int { youngBytes + oldBytes }

  /// The value of a key; asking keeps it.
  public mutating func value(for key: Key) -> Value? {
    if let entry = young[key] { return entry.value }
    guard let entry = old.removeValue(forKey: key) else { return nil }
    oldBytes -= entry.bytes
    keep(entry, for: key)
    return entry.value
  }

  /// Keeps a value that takes, with its key, so many bytes, unless it alone would take half of them all.
  public mutating func insert(_ value: Value, for key: Key, bytes: Int) {
    remove(key)
    keep(Entry(value: value, bytes: bytes + Self.overhead), for: key)
  }

  private mutating func keep(_ entry: Entry, for key: Key) {
    guard entry.bytes <= half else { return }
    if youngBytes + entry.bytes > half {
      (old, oldBytes) = (young, youngBytes)
      (young, youngBytes) = ([:], 0)
    }
    young[key] = entry
    youngBytes += entry.bytes
  }

  /// Drops a value.
  public mutating func remove(_ key: Key) {
    youngBytes -= young.removeValue(forKey: key)?.bytes ?? 0
    oldBytes -= old.removeValue(forKey: key)?.bytes ?? 0
  }
}
