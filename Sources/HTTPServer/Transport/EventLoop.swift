import Dispatch
import Glibc
import Locking
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
  /// Work from other threads.
  private let mailbox = Locked<[Work]>([])
  /// The loop waits in the kernel and must be woken there.
  private let isLingering = Atomic<Bool>(false)
  private let poller = Poller()
  private var sockets = SocketTable()
  private var source: (any DispatchSourceRead)?
  private var timer: (any DispatchSourceTimer)?

  private static let scratchBytes = 60 * 1024
  private static let maxJobsPerTurn = 256
  /// How long the loop stays in the kernel for more before it gives its thread back to Dispatch. A client's next
  /// request mostly comes within it, and then costs no wake-up of a thread.
  private static let lingerMilliseconds = 1
  /// How long the loop goes on before Dispatch may run its timer.
  private static let turnMilliseconds: UInt64 = 20

  private enum Work {
    case job(UnownedJob)
    case block(@Sendable () -> Void)
  }

  init(index: Int) {
    queue = DispatchQueue(label: "http.loop.\(index)")
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
  }

  deinit {
    scratch.deallocate()
  }

  /// Whether the caller runs on this loop.
  var isCurrent: Bool { runner.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// A job made ready from within the loop runs in the same turn.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      ready.append(job)
    } else {
      post(.job(job))
    }
  }

  /// Runs `body` on the loop, soon.
  func execute(_ body: @escaping @Sendable () -> Void) {
    post(.block(body))
  }

  /// Either the loop sees the mail before it begins to wait, or this sees it waiting: both go through the mailbox's
  /// lock between their own writing and reading. And whoever was seen waiting looks into the mailbox afterwards.
  private func post(_ work: Work) {
    mailbox.withLock { $0.append(work) }
    if isLingering.load(ordering: .sequentiallyConsistent) {
      poller.interrupt()
    } else {
      queue.async { self.perform { self.takeMail() } }
    }
  }

  private func takeMail() {
    let mail = mailbox.withLock { mail in
      let taken = mail
      mail.removeAll(keepingCapacity: false)
      return taken
    }
    for work in mail {
      switch work {
      case .job(let job): ready.append(job)
      case .block(let body): body()
      }
    }
  }

  /// Runs `body` and then the jobs that became ready. To be called from blocks of the queue only.
  private func perform(_ body: () -> Void) {
    runner.store(UInt(pthread_self()), ordering: .relaxed)
    body()
    runReadyJobs()
    runner.store(0, ordering: .relaxed)
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

  /// Serves what is ready, and what becomes so meanwhile.
  private func pollSockets() {
    let end = Clock.milliseconds() + Self.turnMilliseconds
    var happened = 0
    repeat {
      isLingering.store(true, ordering: .sequentiallyConsistent)
      let hasMail = mailbox.withLock { !$0.isEmpty }
      happened = poller.wait(milliseconds: hasMail ? 0 : Self.lingerMilliseconds)
      isLingering.store(false, ordering: .sequentiallyConsistent)
      perform {
        poller.report(happened) { event in sockets[event.tag]?.report(event) }
        takeMail()
      }
    } while happened > 0 && Clock.milliseconds() < end
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
