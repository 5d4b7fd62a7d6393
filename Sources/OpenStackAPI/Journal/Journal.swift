import Locking

/// The last requests of one world, the oldest dropped first.
public final class Journal: Sendable {
  private struct State {
    var entries: [JournalEntry] = []
    /// Where the next entry goes, once there are as many as there may be.
    var next = 0
    /// What is known of requests that are not here yet, as their answers are still on the way.
    var early: [(requestID: String, failure: Fault)] = []
  }

  /// How much is kept.
  public let settings: JournalSettings
  private let state = Locked(State())
  private let followers = Followers<JournalEntry>()

  init(_ settings: JournalSettings) { self.settings = settings }

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
    if state.entries.count < settings.entries {
      state.entries.append(entry)
    } else {
      state.entries[state.next] = entry
      state.next = (state.next + 1) % settings.entries
    }
    followers.publish(entry)
  }

  /// All that is remembered, the oldest first.
  public var entries: [JournalEntry] {
    state.withLock { Array($0.entries[$0.next...] + $0.entries[..<$0.next]) }
  }

  /// Writes to a request that was accepted what became of it: the reason for which its work failed later.
  public func note(_ failure: Fault, of requestID: String) {
    state.withLock { state in
      guard let place = state.entries.lastIndex(where: { $0.requestID == requestID }) else {
        if state.early.count >= 64 { state.early.removeFirst() }
        return state.early.append((requestID, failure))
      }
      state.entries[place].refusal = state.entries[place].refusal ?? failure
    }
  }

  private static func complete(_ entry: inout JournalEntry, _ state: inout State) {
    guard let place = state.early.firstIndex(where: { $0.requestID == entry.requestID }) else { return }
    let failure = state.early.remove(at: place).failure
    entry.refusal = entry.refusal ?? failure
  }

  /// What comes from now on, until the world ends.
  public func follow() -> AsyncStream<Followers<JournalEntry>.Event> { followers.follow() }

  /// Ends what follows, for good.
  public func close() { followers.close() }
}
