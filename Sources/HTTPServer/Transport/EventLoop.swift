import Dispatch
import Glibc
import Synchronization

/// A serial Dispatch queue on which a share of the connections live. Their tasks prefer it as executor, so a request
/// that never waits for anything else begins and ends on it.
///
/// Safe to share between threads: everything that changes is touched only while the queue runs a block of the loop's
/// (`perform`), and the queue runs one at a time; `runner` is atomic.
final class EventLoop: TaskExecutor, @unchecked Sendable {
  let queue: DispatchQueue
  /// What the loop receives into when a connection has nothing buffered of its own.
  let scratch: UnsafeMutableRawBufferPointer
  /// Where response heads are put together. Empty whenever a task suspends.
  let out = OutputBuffer()
  let dates = DateCache()
  let compressor = GzipCompressor()

  /// The thread now inside `perform`, or 0. A thread can only ever find its own number here if it is that thread.
  private let runner = Atomic<UInt>(0)
  private var ready: [UnownedJob] = []
  private let poller = Poller()
  private var sockets = SocketTable()
  private var source: (any DispatchSourceRead)?
  private var timer: (any DispatchSourceTimer)?

  private static let scratchBytes = 64 * 1024
  private static let maxJobsPerTurn = 256
  private static let maxPollsPerTurn = 4

  init(index: Int) {
    queue = DispatchQueue(label: "http.loop.\(index)")
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
  }

  deinit {
    scratch.deallocate()
  }

  /// Whether the caller runs on this loop.
  var isCurrent: Bool { runner.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// A job made ready from within the loop runs in the same turn; from elsewhere it costs a block on the queue.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      ready.append(job)
    } else {
      queue.async { self.perform { self.ready.append(job) } }
    }
  }

  /// Runs `body` and then the jobs that became ready. To be called from blocks of the queue only.
  func perform(_ body: () -> Void) {
    runner.store(UInt(pthread_self()), ordering: .relaxed)
    body()
    runReadyJobs()
    runner.store(0, ordering: .relaxed)
  }

  /// Runs `body` on the loop, soon.
  func execute(_ body: @escaping @Sendable () -> Void) {
    queue.async { self.perform(body) }
  }

  /// Lets the other connections of the loop go first.
  func yieldTurn() async {
    await withUnsafeContinuation { continuation in
      execute { continuation.resume() }
    }
  }

  private func runReadyJobs() {
    var next = 0
    let executor = asUnownedTaskExecutor()
    while next < ready.count, next < Self.maxJobsPerTurn {
      ready[next].runSynchronously(on: executor)
      next += 1
    }
    if next == ready.count {
      ready.removeAll(keepingCapacity: ready.capacity <= Self.maxJobsPerTurn)
    } else {
      ready.removeFirst(next)
      execute {}
    }
  }
}

// The sockets of the loop. All of this is called on the loop only.
extension EventLoop {
  /// Begins to watch the sockets, and every `interval` milliseconds their deadlines.
  func start(interval: Int) {
    let source = DispatchSource.makeReadSource(fileDescriptor: poller.descriptor, queue: queue)
    source.setEventHandler { [weak self] in self?.pollSockets() }
    // The poller's descriptor must stay open until the source has let go of it.
    source.setCancelHandler { [self] in withExtendedLifetime(self) {} }
    source.activate()
    self.source = source
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(
      deadline: .now() + .milliseconds(interval), repeating: .milliseconds(interval),
      leeway: .milliseconds(max(1, interval / 4)))
    timer.setEventHandler { [weak self] in
      guard let self else { return }
      perform { self.expireDeadlines() }
    }
    timer.activate()
    self.timer = timer
  }

  /// Stops watching, once no socket is left.
  func stop() {
    source?.cancel()
    source = nil
    timer?.cancel()
    timer = nil
  }

  /// Takes a socket in; false if the system refuses to watch it.
  func register(_ socket: Socket) -> Bool {
    socket.tag = sockets.insert(socket)
    if poller.add(socket.descriptor, tag: socket.tag) { return true }
    sockets.remove(socket.tag)
    return false
  }

  func unregister(_ socket: Socket) {
    sockets.remove(socket.tag)
  }

  /// Calls `body` for each open socket, which may close it.
  func forEachSocket(_ body: (Socket) -> Void) {
    sockets.forEach(body)
  }

  private func pollSockets() {
    var polls = 0
    var mayHaveMore = true
    while mayHaveMore, polls < Self.maxPollsPerTurn {
      perform {
        mayHaveMore = poller.poll { event in sockets[event.tag]?.report(event) }
      }
      polls += 1
    }
  }

  private func expireDeadlines() {
    let now = Clock.milliseconds()
    sockets.forEach { $0.expire(now: now) }
  }
}

/// The time since the machine started, as coarse as the kernel's tick and as cheap.
enum Clock {
  static func milliseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}
