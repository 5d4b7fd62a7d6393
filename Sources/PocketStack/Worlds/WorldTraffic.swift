import Locking

/// Counts the requests that are under way in one world, so that it is not closed under them.
final class WorldTraffic: Sendable {
  private struct State {
    var count = 0
    var waiting: CheckedContinuation<Void, Never>?
  }

  private let state = Locked(State())

  /// A request begins.
  func enter() { state.withLock { $0.count += 1 } }

  /// A request has its answer.
  func leave() {
    let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
      state.count -= 1
      guard state.count == 0 else { return nil }
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume()
  }

  /// Returns when no request is under way, or after `patience`: one that waits for a slow client may take forever.
  func drain(patience: Duration) async {
    guard state.withLock({ $0.count > 0 }) else { return }
    let timer = Task {
      try await Task.sleep(for: patience)
      giveUp()
    }
    await withCheckedContinuation { continuation in
      let isQuiet = state.withLock { state in
        if state.count > 0 { state.waiting = continuation }
        return state.count == 0
      }
      if isQuiet { continuation.resume() }
    }
    timer.cancel()
  }

  private func giveUp() {
    let waiting = state.withLock { state in
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume()
  }
}
