import Locking

/// Those who hear of things as they come, each through a stream of its own. One who is too slow misses the oldest.
public final class Followers<Element: Sendable>: Sendable {
  /// What a follower hears.
  public enum Event: Sendable {
    case element(Element)
    /// Nothing for a while: a word now and then shows whether anybody still listens.
    case silence
  }

  private struct State {
    var continuations: [Int: AsyncStream<Event>.Continuation] = [:]
    var made = 0
    var isClosed = false
  }

  private let state = Locked(State())

  /// Nobody so far.
  public init() {}

  /// Whether nobody listens.
  public var isEmpty: Bool { state.withLock { $0.continuations.isEmpty } }

  /// Tells all.
  public func publish(_ element: Element) {
    state.withLock { state in
      guard !state.continuations.isEmpty else { return }
      for continuation in state.continuations.values { continuation.yield(.element(element)) }
    }
  }

  /// What comes from now on, until `close`.
  public func follow() -> AsyncStream<Event> {
    let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(10_000))
    guard let number = add(continuation) else {
      continuation.finish()
      return stream
    }
    let heartbeat = Task {
      while (try? await Task.sleep(for: .seconds(5))) != nil { continuation.yield(.silence) }
    }
    continuation.onTermination = { [weak self] _ in
      heartbeat.cancel()
      self?.remove(number)
    }
    return stream
  }

  private func add(_ continuation: AsyncStream<Event>.Continuation) -> Int? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      state.made += 1
      state.continuations[state.made] = continuation
      return state.made
    }
  }

  private func remove(_ number: Int) { state.withLock { $0.continuations[number] = nil } }

  /// Ends all streams, for good.
  public func close() {
    let continuations = state.withLock { state in
      defer { state.continuations = [:] }
      state.isClosed = true
      return Array(state.continuations.values)
    }
    for continuation in continuations { continuation.finish() }
  }
}
