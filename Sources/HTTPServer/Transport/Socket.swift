import CSystem
import Glibc

/// What a system call on a socket came to.
enum SocketResult {
  case done(Int)
  case wouldBlock
  case failed
}

/// A connected non-blocking socket on its loop: system calls that never wait, and ways to wait.
///
/// Safe to share between threads: all of it is touched on its loop only.
final class Socket: @unchecked Sendable {
  enum Wake: Sendable {
    case ready
    case timedOut
    case closed
    /// The server is shutting down and nothing was under way.
    case draining
  }

  /// A point in time as of `Clock`, in milliseconds.
  typealias Deadline = UInt64

  let descriptor: Int32
  let loop: EventLoop
  /// The name under which the loop knows the socket.
  var tag = UInt64.max
  /// Called when the server cuts the connection off.
  var onCut: (() -> Void)?
  private(set) var isClosed = false
  private var reading = Direction()
  private var writing = Direction()
  private var isEnded = false
  private var waitsIdle = false

  /// One of the two ways: who waits for it, or whether something happened while nobody did.
  private struct Direction {
    var waiter: UnsafeContinuation<Wake, Never>?
    var deadline = Deadline.max
    var isReady = false
  }

  init(descriptor: Int32, loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
  }

  /// Waits until there is something to receive. `idle` says that nothing is under way, so that a draining server may
  /// end the connection.
  func waitReadable(until deadline: Deadline, idle: Bool = false) async -> Wake {
    await withUnsafeContinuation { continuation in
      waitsIdle = idle
      // After the peer's end no event may follow, but a read never blocks.
      if isEnded { reading.isReady = true }
      wait(&reading, continuation, deadline)
    }
  }

  /// Waits until something can be sent.
  func waitWritable(until deadline: Deadline) async -> Wake {
    await withUnsafeContinuation { continuation in
      wait(&writing, continuation, deadline)
    }
  }

  /// A read that fills the buffer may have left something for which there will be no event; a shorter one has not.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketResult {
    guard !isClosed else { return .failed }
    let result = result { csystem_receive(descriptor, buffer.baseAddress, buffer.count) }
    if case .done(buffer.count) = result {
      reading.isReady = true
    } else {
      reading.isReady = false
    }
    return result
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> SocketResult {
    sending { csystem_send(descriptor, bytes.baseAddress, bytes.count) }
  }

  /// Sends the pieces in order as one. `more` holds back a short packet because more follows at once.
  func send(
    _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ c: UnsafeRawBufferPointer, more: Bool = false
  ) -> SocketResult {
    sending {
      csystem_send3(
        descriptor, a.baseAddress, a.count, b.baseAddress, b.count, c.baseAddress, c.count, more ? 1 : 0)
    }
  }

  func sendFile(_ file: Int32, offset: Int, count: Int) -> SocketResult {
    sending { csystem_sendfile(descriptor, file, Int64(offset), count) }
  }

  /// Says that nothing more will be sent.
  func shutdownSending() {
    if !isClosed { shutdown(descriptor, Int32(SHUT_WR)) }
  }

  /// Ends the connection; whoever waits is told. `reset` lets the client see that something went wrong.
  func close(reset: Bool = false) {
    guard !isClosed else { return }
    isClosed = true
    onCut = nil
    if reset { csystem_reset_on_close(descriptor) }
    loop.unregister(self)
    wake(&reading, .closed)
    wake(&writing, .closed)
    _ = Glibc.close(descriptor)
  }

  /// Ends the connection whatever is under way.
  func cut() {
    onCut?()
    close(reset: true)
  }

  /// Wakes whoever waits to receive, as if the connection had been closed.
  func abandonReader() {
    wake(&reading, .closed)
  }

  /// Wakes a connection that only waits for its next request.
  func drain() {
    if waitsIdle { wake(&reading, .draining) }
  }

  func expire(now: Deadline) {
    if now >= reading.deadline { wake(&reading, .timedOut) }
    if now >= writing.deadline { wake(&writing, .timedOut) }
  }

  /// The kernel saw something happen.
  func report(_ event: Poller.Event) {
    if event.isEnd { isEnded = true }
    if event.canReceive { signal(&reading) }
    if event.canSend { signal(&writing) }
  }

  /// Closes a descriptor that never became a socket here.
  static func closeDescriptor(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }

  private func signal(_ direction: inout Direction) {
    if direction.waiter == nil {
      direction.isReady = true
    } else {
      wake(&direction, .ready)
    }
  }

  private func wait(
    _ direction: inout Direction, _ continuation: UnsafeContinuation<Wake, Never>, _ deadline: Deadline
  ) {
    // A second waiter is a handler that reads or writes from two tasks at once; it loses.
    if isClosed || direction.waiter != nil { return continuation.resume(returning: .closed) }
    if direction.isReady {
      direction.isReady = false
      return continuation.resume(returning: .ready)
    }
    direction.waiter = continuation
    direction.deadline = deadline
  }

  private func wake(_ direction: inout Direction, _ reason: Wake) {
    guard let waiter = direction.waiter else { return }
    direction.waiter = nil
    direction.deadline = .max
    waiter.resume(returning: reason)
  }

  private func sending(_ call: () -> Int) -> SocketResult {
    guard !isClosed else { return .failed }
    let result = result(call)
    if case .wouldBlock = result { writing.isReady = false }
    return result
  }

  private func result(_ call: () -> Int) -> SocketResult {
    while true {
      let count = call()
      if count >= 0 { return .done(count) }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed
    }
  }
}
