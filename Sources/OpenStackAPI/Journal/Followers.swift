import Locking

/// Those who hear of things as they come, each through a queue of its own. One who is too slow misses the oldest.
public final class Followers<Element: Sendable & Weighed>: Sendable {
  /// What a follower hears.
  public enum Event: Sendable {
    case element(Element)
    /// Nothing for a while: a word now and then shows whether anybody still listens.
    case silence
  }

  private struct State {
    var followers: [Int: Follower<Element>] = [:]
    var made = 0
    var isClosed = false
  }

  /// How many bytes all queues together may hold.
  private static var mostBytes: Int { 16 << 20 }

  private let state = Locked(State())

  /// Nobody so far.
  public init() {}

  /// Whether nobody listens.
  public var isEmpty: Bool { state.withLock { $0.followers.isEmpty } }

  /// Tells all.
  public func publish(_ element: Element) {
    state.withLock { state in
      guard !state.followers.isEmpty else { return }
      let (bytes, share) = (element.weight, Self.mostBytes / max(4, state.followers.count))
      for follower in state.followers.values { follower.tell(element, bytes: bytes, within: share) }
    }
  }

  /// What comes from now on, until `close`. Who drops it hears no more, and is forgotten.
  public func follow() -> Following<Element> {
    let (stream, bell) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
    let follower = Follower<Element>(bell: bell)
    guard let number = add(follower) else {
      bell.finish()
      return Following(follower: follower, wakes: stream)
    }
    let heartbeat = Task {
      while (try? await Task.sleep(for: .seconds(5))) != nil { bell.yield(true) }
    }
    // The stream ends with its last reader, for which nothing else may hold it.
    bell.onTermination = { [weak self] _ in
      heartbeat.cancel()
      self?.remove(number)
    }
    return Following(follower: follower, wakes: stream)
  }

  private func add(_ follower: Follower<Element>) -> Int? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      state.made += 1
      state.followers[state.made] = follower
      return state.made
    }
  }

  private func remove(_ number: Int) { state.withLock { $0.followers[number] = nil } }

  /// Ends what all of them hear, for good.
  public func close() {
    let followers = state.withLock { state in
      defer { state.followers = [:] }
      state.isClosed = true
      return Array(state.followers.values)
    }
    for follower in followers { follower.bell.finish() }
  }
}

/// One who listens: what was not heard yet, and a bell that says that there is something.
final class Follower<Element: Sendable & Weighed>: Sendable {
  private let unheard = Locked(BoundedQueue<Element>(bytes: Int.max))
  /// Rings with `true` where there is nothing to hear.
  let bell: AsyncStream<Bool>.Continuation

  init(bell: AsyncStream<Bool>.Continuation) { self.bell = bell }

  func tell(_ element: Element, bytes: Int, within share: Int) {
    unheard.withLock { unheard in
      unheard.append(element, bytes: bytes)
      unheard.dropOldest(within: share)
    }
    bell.yield(false)
  }

  func next() -> Element? { unheard.withLock { $0.popFirst() } }
}

/// What one who listens hears.
public struct Following<Element: Sendable & Weighed>: AsyncSequence, Sendable {
  /// One event after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let follower: Follower<Element>
    fileprivate var wakes: AsyncStream<Bool>.AsyncIterator

    /// The next event; `nil` at the end.
    public mutating func next() async -> Followers<Element>.Event? {
      while true {
        if let element = follower.next() { return .element(element) }
        guard let isSilence = await wakes.next() else { return nil }
        if isSilence { return .silence }
      }
    }
  }

  fileprivate let follower: Follower<Element>
  fileprivate let wakes: AsyncStream<Bool>

  /// Begins to listen. There is one iterator.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(follower: follower, wakes: wakes.makeAsyncIterator())
  }
}
