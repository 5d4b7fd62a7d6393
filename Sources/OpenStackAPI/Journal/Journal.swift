import Locking

/// The last requests of one world, the oldest dropped first.
public final class Journal: Sendable {
  private struct State {
    var entries: [JournalEntry] = []
    /// Where the next entry goes, once there are as many as there may be.
    var next = 0
    var isClosed = false
    /// What is known of requests that are not here yet, as their answers are still on the way.
    var early: [(requestID: String, failure: Fault)] = []
    var followers: [Int: AsyncStream<JournalEvent>.Continuation] = [:]
    var nextFollower = 0
  }

  /// How much is kept.
  public let settings: JournalSettings
  private let state = Locked(State())

  init(_ settings: JournalSettings) { self.settings = settings }

  /// Adds a request.
  func record(_ entry: JournalEntry) {
    guard settings.entries > 0 else { return }
    state.withLock { state in
      guard !state.early.isEmpty else { return Self.keep(entry, settings.entries, &state) }
      var entry = entry
      Self.complete(&entry, &state)
      Self.keep(entry, settings.entries, &state)
    }
  }

  private static func keep(_ entry: JournalEntry, _ most: Int, _ state: inout State) {
    if state.entries.count < most {
      state.entries.append(entry)
    } else {
      state.entries[state.next] = entry
      state.next = (state.next + 1) % most
    }
    if !state.followers.isEmpty { for follower in state.followers.values { follower.yield(.entry(entry)) } }
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
  public func follow() -> AsyncStream<JournalEvent> {
    let (stream, continuation) = AsyncStream.makeStream(of: JournalEvent.self, bufferingPolicy: .bufferingNewest(1000))
    let number: Int? = state.withLock { state in
      guard !state.isClosed else { return nil }
      state.nextFollower += 1
      state.followers[state.nextFollower] = continuation
      return state.nextFollower
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    let heartbeat = Task {
      while (try? await Task.sleep(for: .seconds(5))) != nil { continuation.yield(.silence) }
    }
    continuation.onTermination = { [weak self] _ in
      heartbeat.cancel()
      self?.state.withLock { $0.followers[number] = nil }
    }
    return stream
  }

  /// Ends what follows, for good.
  public func close() {
    let followers = state.withLock { state in
      defer { state.followers = [:] }
      state.isClosed = true
      return Array(state.followers.values)
    }
    for follower in followers { follower.finish() }
  }
}

/// What a follower of a journal hears.
public enum JournalEvent: Sendable {
  case entry(JournalEntry)
  /// Nothing for a while: a word now and then shows whether anybody still listens.
  case silence
}
