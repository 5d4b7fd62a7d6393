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
  private var sockets: [Socket] = []
  private var timer: (any DispatchSourceTimer)?

  private static let scratchBytes = 64 * 1024
  private static let maxJobsPerTurn = 256

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

// Deadlines: one coarse timer for all the sockets of the loop.
extension EventLoop {
  /// Begins to look for passed deadlines every `interval` milliseconds. On the loop only.
  func startTimer(interval: Int) {
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

  /// Ends the timer. On the loop only.
  func stopTimer() {
    timer?.cancel()
    timer = nil
  }

  func register(_ socket: Socket) {
    socket.position = sockets.count
    sockets.append(socket)
  }

  func unregister(_ socket: Socket) {
    let position = socket.position
    guard position < sockets.count, sockets[position] === socket else { return }
    let last = sockets.removeLast()
    if last !== socket {
      sockets[position] = last
      last.position = position
    }
  }

  /// Calls `body` for each open socket, which may close it.
  func forEachSocket(_ body: (Socket) -> Void) {
    for socket in sockets { body(socket) }
  }

  private func expireDeadlines() {
    let now = Clock.milliseconds()
    for socket in sockets { socket.expire(now: now) }
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
