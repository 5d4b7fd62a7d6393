/// Values in the order in which they came, so many and of so many bytes at most: the oldest go first.
public struct BoundedQueue<Element: Sendable>: Sendable {
  private struct Entry: Sendable {
    var element: Element
    var bytes: Int
  }

  /// The entries; those before `first` are gone.
  private var entries: [Entry?] = []
  private var first = 0
  /// How many bytes the values take.
  public private(set) var bytes = 0
  private let mostBytes: Int
  private let mostElements: Int

  /// An empty queue. The last value stays, whatever it takes.
  public init(bytes: Int, elements: Int = Int.max) { (mostBytes, mostElements) = (bytes, max(1, elements)) }

  /// How many values there are.
  public var count: Int { entries.count - first }

  /// The values, the oldest first.
  public var all: [Element] { entries[first...].compactMap { $0?.element } }

  /// Adds a value that takes so many bytes.
  public mutating func append(_ element: Element, bytes: Int) {
    entries.append(Entry(element: element, bytes: bytes))
    self.bytes += bytes
    dropOldest(within: mostBytes)
  }

  /// Drops the oldest values but the last, until the others take no more than so many bytes.
  public mutating func dropOldest(within bytes: Int) {
    while count > 1, count > mostElements || self.bytes > bytes { _ = popFirst() }
  }

  /// Takes the oldest value out.
  public mutating func popFirst() -> Element? {
    guard first < entries.count, let entry = entries[first] else { return nil }
    entries[first] = nil
    first += 1
    bytes -= entry.bytes
    if first == entries.count || first > 1024, first > entries.count / 2 {
      entries.removeFirst(first)
      first = 0
    }
    return entry.element
  }

  /// Changes the last value for which something holds, and what it takes; false where there is none.
  public mutating func changeLast(
    where holds: (Element) -> Bool, weight: (Element) -> Int, _ change: (inout Element) -> Void
  ) -> Bool {
    for place in entries.indices[first...].reversed() {
      guard var entry = entries[place], holds(entry.element) else { continue }
      change(&entry.element)
      bytes -= entry.bytes
      entry.bytes = weight(entry.element)
      bytes += entry.bytes
      entries[place] = entry
      return true
    }
    return false
  }
}
