import CSystem
import Dispatch
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
  /// The place in the loop's list.
  var position = 0
  private(set) var isClosed = false
  /// Called when the server cuts the connection off.
  var onCut: (() -> Void)?
  private var reading: Direction
  private var writing: Direction?
  private var openSources = 1
  private var waitsIdle = false

  /// A Dispatch source and who waits for it. It is suspended while it would only report what nobody asked for.
  private struct Direction {
    let source: any DispatchSourceProtocol
    var waiter: UnsafeContinuation<Wake, Never>?
    var deadline = Deadline.max
    var isSuspended = true
    /// The source reported when nobody waited.
    var isReady = false
  }

  init(descriptor: Int32, loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: loop.queue)
    reading = Direction(source: source)
    source.setEventHandler { [unowned self] in self.loop.perform { self.report(&self.reading) } }
    source.setCancelHandler { self.sourceCancelled() }
  }

  /// Waits until there is something to receive. `idle` says that nothing is under way, so that a draining server may
  /// end the connection.
  func waitReadable(until deadline: Deadline, idle: Bool = false) async -> Wake {
    await withUnsafeContinuation { continuation in
      waitsIdle = idle
      wait(&reading, continuation, deadline)
    }
  }

  /// Waits until something can be sent.
  func waitWritable(until deadline: Deadline) async -> Wake {
    await withUnsafeContinuation { continuation in
      if isClosed { return continuation.resume(returning: .closed) }
      var direction = writing ?? makeWriting()
      wait(&direction, continuation, deadline)
      writing = direction
    }
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketResult {
    isClosed ? .failed : result { csystem_receive(descriptor, buffer.baseAddress, buffer.count) }
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> SocketResult {
    isClosed ? .failed : result { csystem_send(descriptor, bytes.baseAddress, bytes.count) }
  }

  /// Sends the pieces in order as one. `more` holds back a short packet because more follows at once.
  func send(
    _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ c: UnsafeRawBufferPointer, more: Bool = false
  ) -> SocketResult {
    guard !isClosed else { return .failed }
    return result {
      csystem_send3(
        descriptor, a.baseAddress, a.count, b.baseAddress, b.count, c.baseAddress, c.count, more ? 1 : 0)
    }
  }

  func sendFile(_ file: Int32, offset: Int, count: Int) -> SocketResult {
    isClosed ? .failed : result { csystem_sendfile(descriptor, file, Int64(offset), count) }
  }

  /// Says that nothing more will be sent.
  func shutdownSending() {
    if !isClosed { shutdown(descriptor, Int32(SHUT_WR)) }
  }

  /// Ends the connection; whoever waits is told. `reset` lets the client see that something went wrong.
  func close(reset: Bool = false) {
    guard !isClosed else { return }
    isClosed = true
    if reset { csystem_reset_on_close(descriptor) }
    loop.unregister(self)
    end(&reading)
    if var direction = writing {
      writing = nil
      end(&direction)
    }
  }

  /// Wakes whoever waits to receive, as if the connection had been closed.
  func abandonReader() {
    wake(&reading, .closed)
  }

  /// Wakes a connection that only waits for its next request.
  func drain() {
    if waitsIdle { wake(&reading, .draining) }
  }

  /// Ends the connection whatever is under way.
  func cut() {
    onCut?()
    close(reset: true)
  }

  /// Closes a descriptor that never became a socket here.
  static func closeDescriptor(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }

  func expire(now: Deadline) {
    if now >= reading.deadline { wake(&reading, .timedOut) }
    if let deadline = writing?.deadline, now >= deadline, var direction = writing {
      wake(&direction, .timedOut)
      writing = direction
    }
  }

  private func makeWriting() -> Direction {
    let source = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: loop.queue)
    openSources += 1
    source.setEventHandler { [unowned self] in
      self.loop.perform {
        guard var direction = self.writing else { return }
        self.report(&direction)
        self.writing = direction
      }
    }
    source.setCancelHandler { self.sourceCancelled() }
    return Direction(source: source)
  }

  private func wait(_ direction: inout Direction, _ continuation: UnsafeContinuation<Wake, Never>, _ deadline: Deadline)
  {
    // A second waiter is a handler that reads or writes from two tasks at once; it loses.
    if isClosed || direction.waiter != nil { return continuation.resume(returning: .closed) }
    if direction.isReady {
      direction.isReady = false
      return continuation.resume(returning: .ready)
    }
    direction.waiter = continuation
    direction.deadline = deadline
    if direction.isSuspended {
      direction.isSuspended = false
      direction.source.resume()
    }
  }

  /// The source saw the socket ready.
  private func report(_ direction: inout Direction) {
    guard !isClosed else { return }
    if direction.waiter != nil { return wake(&direction, .ready) }
    direction.isReady = true
    direction.isSuspended = true
    direction.source.suspend()
  }

  private func wake(_ direction: inout Direction, _ reason: Wake) {
    guard let waiter = direction.waiter else { return }
    direction.waiter = nil
    direction.deadline = .max
    waiter.resume(returning: reason)
  }

  private func end(_ direction: inout Direction) {
    wake(&direction, .closed)
    direction.source.cancel()
    // A suspended source may be neither released nor told of its cancellation.
    if direction.isSuspended { direction.source.resume() }
    direction.isSuspended = false
  }

  private func sourceCancelled() {
    openSources -= 1
    if openSources == 0 { _ = Glibc.close(descriptor) }
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
