import CSystem
import Dispatch
import Glibc

/// Accepts connections on one address and hands them on.
///
/// Safe to share between threads: what changes is touched on `queue` only.
final class Listener: @unchecked Sendable {
  let tag: Int
  private let descriptor: Int32
  private let queue: DispatchQueue
  private var source: (any DispatchSourceRead)?
  private var isPaused = false
  private var isClosed = false

  private static let maxAcceptsPerTurn = 64
  /// How long to stop accepting when the process is out of descriptors; clients wait in the backlog.
  private static let pause = DispatchTimeInterval.milliseconds(100)

  init(descriptor: Int32, tag: Int, queue: DispatchQueue) {
    self.descriptor = descriptor
    self.tag = tag
    self.queue = queue
  }

  /// Begins to accept; `accepted` gets the descriptor, which is its to close.
  func start(_ accepted: @escaping @Sendable (Int32, PeerAddress, Int) -> Void) {
    queue.async { [self] in
      guard source == nil, !isClosed else { return }
      let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
      source.setEventHandler { [weak self] in self?.acceptAll(accepted) }
      source.activate()
      self.source = source
    }
  }

  /// Stops accepting and frees the port, then calls `done`.
  func close(_ done: @escaping @Sendable () -> Void) {
    queue.async { [self] in
      if isClosed { return done() }
      isClosed = true
      guard let source else {
        _ = Glibc.close(descriptor)
        return done()
      }
      source.setCancelHandler { [descriptor] in
        _ = Glibc.close(descriptor)
        done()
      }
      source.cancel()
      if isPaused { source.resume() }
      self.source = nil
    }
  }

  private func acceptAll(_ accepted: (Int32, PeerAddress, Int) -> Void) {
    for _ in 0..<Self.maxAcceptsPerTurn {
      var address = sockaddr_storage()
      let connection = csystem_accept(descriptor, &address)
      if connection >= 0 {
        csystem_set_no_delay(connection)
        accepted(connection, PeerAddress(address), tag)
        continue
      }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO: continue
      case EAGAIN, EWOULDBLOCK: return
      default: return pauseAccepting()
      }
    }
  }

  /// Out of descriptors or memory: the source would report the waiting client again and again.
  private func pauseAccepting() {
    guard !isPaused, let source else { return }
    isPaused = true
    source.suspend()
    queue.asyncAfter(deadline: .now() + Self.pause) { [self] in
      guard !isClosed, isPaused else { return }
      isPaused = false
      self.source?.resume()
    }
  }
}
