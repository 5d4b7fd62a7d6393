import Locking

/// The last requests of one world, the oldest dropped first.
public final class Journal: Sendable {
  private struct State {
    var entries: BoundedQueue<JournalEntry>
    /// What is known of requests that are not here yet, as their answers are still on the way.
    var early: [(requestID: String, failure: Fault)] = []
  }

  /// How much is kept.
  public let settings: JournalSettings
  private let state: Locked<State>
  private let followers = Followers<JournalEntry>()

  init(_ settings: JournalSettings) {
    self.settings = settings
    state = Locked(State(entries: BoundedQueue(bytes: settings.bytes, elements: settings.entries)))
  }

  /// Adds a request.
  func record(_ entry: JournalEntry) {
    guard settings.entries > 0 else { return }
    state.withLock { state in
      guard !state.early.isEmpty else { return keep(entry, &state) }
      var entry = entry
      Self.complete(&entry, &state)
      keep(entry, &state)
    }
  }

  private func keep(_ entry: JournalEntry, _ state: inout State) {
    state.entries.append(entry, bytes: entry.weight)
    followers.publish(entry)
  }

  /// All that is remembered, the oldest first.
  public var entries: [JournalEntry] { state.withLock { $0.entries.all } }

  /// Writes to a request that was accepted what became of it: the reason for which its work failed later.
  public func note(_ failure: Fault, of requestID: String) {
    state.withLock { state in
      let isHere = state.entries.changeLast(where: { $0.requestID == requestID }, weight: \.weight) { entry in
        entry.refusal = entry.refusal ?? failure
      }
      guard !isHere else { return }
      if state.early.count >= 64 { state.early.removeFirst() }
      state.early.append((requestID, failure))
    }
  }

  private static func complete(_ entry: inout JournalEntry, _ state: inout State) {
    guard let place = state.early.firstIndex(where: { $0.requestID == entry.requestID }) else { return }
    let failure = state.early.remove(at: place).failure
    entry.refusal = entry.refusal ?? failure
  }

  /// What comes from now on, until the world ends.
  public func follow() -> Following<JournalEntry> { followers.follow() }

  /// Ends what follows, for good.
  public func close() { followers.close() }
}
